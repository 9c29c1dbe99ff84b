import { problem, ShapeError, sameShape, showShape } from "@attnlab/check";
import { add, expandDims, matmul, mul, neg, reshape, sliceAxis, squeeze, sum, type Tensor } from "@attnlab/graph";
import { appendAxes, type PromptSizes, type PromptTokens, type TokenPair, type TokenUpdate } from "./prompt-tokens.ts";

/**
 * Sparse weights of one layer of linear attention, $P = \begin{pmatrix} B & 0 \\ 0 & 1 \end{pmatrix}$ and
 * $Q = -\begin{pmatrix} A & 0 \\ 0 & 0 \end{pmatrix}$.
 *
 * Each is a multiple of the identity `[]`, a matrix `[dim, dim]`, one multiple per head `[heads]` or one matrix per head
 * `[heads, dim, dim]`; axes of runs come first.
 */
export interface LinearAttentionLayer<T = Tensor> {
  /** $A$, the preconditioner of the gradient step that the layer takes. */
  readonly preconditioner: T;
  /** $B$, which moves the covariates (GD++). Default: zero. */
  readonly covariate?: T;
}

/** How the score of two tokens is formed. */
export interface LayerOptions {
  readonly transposeScore: boolean;
}

/** One layer's weights, split into heads. */
interface Head {
  readonly preconditioner: Tensor;
  readonly covariate: Tensor | undefined;
}

/** Checks the weights of all layers against the sizes of the prompts; returns the number of heads. */
export function checkLayers(where: string, layers: readonly LinearAttentionLayer[], { runs, dim }: PromptSizes): number {
  let heads = 1;
  layers.forEach((layer, l) => {
    for (const name of ["preconditioner", "covariate"] as const) {
      const x = layer[name];
      if (x === undefined) continue;
      const own = x.shape.slice(runs.length);
      const square = own.length < 2 || (own.at(-1) === dim && own.at(-2) === dim);
      const sameHeads = name === "preconditioner" || headCount(x, runs) === headCount(layer.preconditioner, runs);
      if (sameShape(x.shape.slice(0, runs.length), runs) && own.length <= 3 && square && sameHeads) continue;
      const forms = `[], [${dim}, ${dim}], [heads] or [heads, ${dim}, ${dim}]`;
      const after = runs.length === 0 ? "" : ` after the axes ${showShape(runs)} of the runs`;
      const expected = `layers.${l}.${name} must have shape ${forms}${after}, with as many heads everywhere`;
      throw new ShapeError(problem({ where, expected, got: showShape(x.shape), fix: "Make the parameters for the size of the prompts." }));
    }
    heads = Math.max(heads, headCount(layer.preconditioner, runs) ?? 1);
  });
  return heads;
}

function headCount({ shape }: Tensor, runs: readonly number[]): number | undefined {
  return (shape.length - runs.length) % 2 === 1 ? shape[runs.length] : undefined;
}

/** What every head of a layer writes, one update per head. */
export function headUpdates(layer: LinearAttentionLayer, tokens: PromptTokens, sizes: PromptSizes, options: LayerOptions): TokenUpdate[] {
  const direction = labelMoment(tokens, sizes);
  return headsOf(layer, sizes).map((head) => headUpdate(head, tokens, direction, sizes, options));
}

/**
 * What a layer writes, $\tfrac1n \operatorname{Attn}(Z)$ summed over its heads: with $S = \tfrac1n \sum_{i \le n} x_i x_i^\top$ and
 * $u = \tfrac1n \sum_{i \le n} y_i x_i$ it is $-B S A x_j$ for the covariates and $-u^\top A x_j$ for the label of every token $j$.
 */
export function layerUpdate(layer: LinearAttentionLayer, tokens: PromptTokens, sizes: PromptSizes, options: LayerOptions): TokenUpdate {
  const direction = labelMoment(tokens, sizes);
  const { runs } = sizes;
  // Without B the heads are one: their sum depends on the sum of their A alone.
  if (layer.covariate === undefined) {
    const one = headCount(layer.preconditioner, runs) === undefined ? layer.preconditioner : sum(layer.preconditioner, runs.length);
    return headUpdate({ preconditioner: one, covariate: undefined }, tokens, direction, sizes, options);
  }
  const [first, ...rest] = headsOf(layer, sizes).map((head) => headUpdate(head, tokens, direction, sizes, options));
  return rest.reduce(addUpdates, first as TokenUpdate);
}

/** The sum of two updates. */
export function addUpdates(a: TokenUpdate, b: TokenUpdate): TokenUpdate {
  const plus = (x: TokenPair, y: TokenPair): TokenPair => ({ examples: add(x.examples, y.examples), query: add(x.query, y.query) });
  const covariates =
    a.covariates === undefined || b.covariates === undefined ? (a.covariates ?? b.covariates) : plus(a.covariates, b.covariates);
  return { labels: plus(a.labels, b.labels), ...(covariates === undefined ? {} : { covariates }) };
}

/** An update with its covariates and labels multiplied by tensors that broadcast to them. */
export function scaleUpdate({ covariates, labels }: TokenUpdate, factor: TokenUpdate | Tensor): TokenUpdate {
  const by = (x: TokenPair, y: TokenPair | Tensor | undefined): TokenPair => {
    if (y === undefined) return x;
    const [examples, query] = "examples" in y ? [y.examples, y.query] : [y, y];
    return { examples: mul(x.examples, examples), query: mul(x.query, query) };
  };
  const [own, theirs] = "labels" in factor ? [factor.labels, factor.covariates] : [factor, factor];
  return { labels: by(labels, own), ...(covariates === undefined ? {} : { covariates: by(covariates, theirs) }) };
}

function headsOf({ preconditioner, covariate }: LinearAttentionLayer, { runs }: PromptSizes): Head[] {
  const count = headCount(preconditioner, runs);
  if (count === undefined) return [{ preconditioner, covariate }];
  const head = (x: Tensor, h: number): Tensor => squeeze(sliceAxis(x, runs.length, h, h + 1), runs.length);
  return Array.from({ length: count }, (_, h) => ({
    preconditioner: head(preconditioner, h),
    covariate: covariate === undefined ? undefined : head(covariate, h),
  }));
}

/** $u$: `[...runs, dim, batch]`. */
function labelMoment({ covariates, labels }: PromptTokens, { runs, examples }: PromptSizes): Tensor {
  return mul(sum(mul(covariates.examples, labels.examples), runs.length), 1 / examples);
}

function headUpdate(head: Head, tokens: PromptTokens, moment: Tensor, sizes: PromptSizes, { transposeScore }: LayerOptions): TokenUpdate {
  const lead = sizes.runs.length;
  const { preconditioner, covariate } = head;
  const { covariates } = tokens;
  const isMatrix = preconditioner.shape.length > lead;
  const along = isMatrix ? matmul(preconditioner, moment, { transposeA: !transposeScore }) : mul(moment, appendAxes(preconditioner, 2));
  const step = expandDims(neg(along), lead); // -Aᵀu: [...runs, 1, dim, batch]
  const read = (x: Tensor): Tensor => sum(mul(x, step), lead + 1, { keepDims: true });
  const labels = { examples: read(covariates.examples), query: read(covariates.query) };
  if (covariate === undefined) return { labels };
  const map = expandDims(neg(covariateMap(covariates.examples, preconditioner, covariate, sizes, transposeScore)), lead);
  const move = (x: Tensor): Tensor => sum(mul(map, expandDims(x, lead + 1)), lead + 2); // [...runs, tokens, dim, batch]
  return { labels, covariates: { examples: move(covariates.examples), query: move(covariates.query) } };
}

/** $B S A$ of every prompt: `[...runs, dim, dim, batch]`. */
function covariateMap(
  examples: Tensor,
  preconditioner: Tensor,
  covariate: Tensor,
  { runs, examples: count, batch, dim }: PromptSizes,
  transposeScore: boolean,
): Tensor {
  const lead = runs.length;
  const outer = mul(expandDims(examples, lead + 2), expandDims(examples, lead + 1)); // [...runs, examples, dim, dim, batch]
  const second = mul(sum(outer, lead), 1 / count); // S: [...runs, dim, dim, batch]
  // S A, over the second index of S: a product per row of S.
  const scored =
    preconditioner.shape.length > lead
      ? matmul(expandDims(preconditioner, lead), second, { transposeA: !transposeScore })
      : mul(second, appendAxes(preconditioner, 3));
  if (covariate.shape.length === lead) return mul(scored, appendAxes(covariate, 3));
  const rows = reshape(scored, [...runs, dim, dim * batch]);
  return reshape(matmul(covariate, rows), [...runs, dim, dim, batch]);
}
