import { oneOfOption, optionTable, problem, ShapeError, sameShape, showShape, sizeOf } from "@attnlab/check";
import { expandDims, matmul, mul, softmax, sum, type Tensor } from "@attnlab/graph";

/** Parameters of {@link attentionClassifier}; a leading axis of runs may precede all axes. */
export interface AttentionClassifierParams<T = Tensor> {
  /** $W$: `[dim, dim]`, key and query matrix in one. */
  readonly keyQuery: T;
  /** $v$: `[dim]`, the head. */
  readonly head: T;
}

/** What {@link attentionClassifier} works on; a leading axis of runs may precede all axes. */
export interface AttentionClassifierInputs<T = Tensor> {
  /** $X$: `[samples, tokens, dim]`. */
  readonly tokens: T;
  /** $z$: `[samples, dim]`. */
  readonly query: T;
}

/** Options of {@link attentionClassifier}. */
export interface AttentionClassifierConfig {
  /** Gradient of the softmax. Default `"stable"`. */
  readonly softmaxGradient?: "standard" | "stable";
}

const table = optionTable("attentionClassifier", {
  softmaxGradient: oneOfOption(["standard", "stable"], { doc: "Gradient of the softmax.", default: "stable" }),
});

/**
 * One attention layer with a linear head: $f_i = v^\top X_i^\top \operatorname{softmax}(X_i W z_i)$.
 *
 * Shapes: `tokens [samples, tokens, dim]`, `query [samples, dim]`, `keyQuery [dim, dim]`, `head [dim]` → `[samples]`. A leading
 * axis on all four trains independent runs at once: → `[runs, samples]`. Keeps the dtype.
 *
 * @param config.softmaxGradient - default `"stable"`: it goes on where the standard form drowns in rounding.
 * @throws {@link ShapeError} when the sizes do not fit; {@link OptionError} on an unknown or bad option.
 * @example
 * ```ts
 * import { tensorData } from "@attnlab/check";
 * import { evaluate, specOf, trace } from "@attnlab/graph";
 * import { attentionClassifier } from "@attnlab/models";
 * const params = { keyQuery: tensorData("float64", [1, 1], [0]), head: tensorData("float64", [1], [2]) };
 * const inputs = { tokens: tensorData("float64", [1, 2, 1], [1, 3]), query: tensorData("float64", [1, 1], [1]) };
 * const program = trace((params, inputs) => attentionClassifier(params, inputs), [specOf(params), specOf(inputs)]);
 * evaluate(program, [params, inputs]).data; // => Float64Array [4]
 * ```
 * @see Julistiono, Tarzanagh, Azizan, arXiv 2410.14581; Ataee Tarzanagh et al. 2023. No factor on the scores and no bias.
 */
export function attentionClassifier(
  params: AttentionClassifierParams,
  inputs: AttentionClassifierInputs,
  config?: AttentionClassifierConfig,
): Tensor {
  const weights = attentionClassifierWeights(params, inputs, config); // [...runs, samples, tokens]
  const head = expandDims(expandDims(params.head, -2), -2); // [...runs, 1, 1, dim]
  const values = sum(mul(inputs.tokens, head), -1); // [...runs, samples, tokens]
  return sum(mul(weights, values), -1); // [...runs, samples]
}

/**
 * The attention of {@link attentionClassifier}: $a_i = \operatorname{softmax}(X_i W z_i)$.
 *
 * Shapes: as there → `[samples, tokens]`, or `[runs, samples, tokens]`.
 *
 * @throws {@link ShapeError} when the sizes do not fit; {@link OptionError} on an unknown or bad option.
 */
export function attentionClassifierWeights(
  params: Pick<AttentionClassifierParams, "keyQuery">,
  inputs: AttentionClassifierInputs,
  config?: AttentionClassifierConfig,
): Tensor {
  const { softmaxGradient } = table.parse(config);
  checkSizes(params.keyQuery, inputs);
  // Tiny products cost more as matrix products, one call each, than as one multiplication and one sum.
  const [left, right] = scoreFactors(params.keyQuery, inputs);
  const scores = sum(mul(left, expandDims(right, -2)), -1); // [...runs, samples, tokens]
  return softmax(scores, -1, { gradient: softmaxGradient });
}

// Up to this many numbers an operation costs what its call costs, whatever it works on.
const TINY = 2048;

/** $X_i W$ and $z_i$, or $X_i$ and $W z_i$: whichever bracket is faster. */
function scoreFactors(keyQuery: Tensor, { tokens, query }: AttentionClassifierInputs): readonly [Tensor, Tensor] {
  // (X W) z is more arithmetic, but its gradient in W is one product, with no sum over tokens before it.
  if (keyQuery.shape.length === 2 && sizeOf(tokens.shape) <= TINY) return [matmul(tokens, keyQuery), query];
  return [tokens, matmul(query, keyQuery, { transposeB: true })]; // W z: [...runs, samples, dim]
}

function checkSizes(keyQuery: Tensor, { tokens, query }: AttentionClassifierInputs): void {
  const dim = tokens.shape.at(-1) as number;
  const runs = tokens.shape.slice(0, -3);
  const fits =
    tokens.shape.length >= 3 &&
    sameShape(query.shape, [...runs, tokens.shape.at(-3) as number, dim]) &&
    sameShape(keyQuery.shape, [...runs, dim, dim]);
  if (fits) return;
  throw new ShapeError(
    problem({
      where: "attentionClassifier",
      expected: "tokens [...runs, samples, tokens, dim], query [...runs, samples, dim] and keyQuery [...runs, dim, dim] must fit",
      got: `${showShape(tokens.shape)}, ${showShape(query.shape)} and ${showShape(keyQuery.shape)}`,
      fix: "Give all of them the same leading axes.",
    }),
  );
}
