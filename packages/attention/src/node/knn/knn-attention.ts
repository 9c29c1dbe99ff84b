import { booleanOption, customOption, integerOption, OptionError, type OptionRule, optionTable, problem } from "@attnlab/check";
import { createExactIndex, type NeighborIndex, type Vectors } from "@attnlab/neighbors";
import type { Rng } from "@attnlab/random";
import { type AttentionInput, type AttentionResult, checkAttentionInput } from "../attention-input.ts";
import { type AttentionKernel, withKernel } from "../attention-kernel.ts";
import { type CommonAttentionOptions, commonRules } from "../attention-options.ts";
import { stratifiedRows } from "../cells/choose-probes.ts";
import {
  type AttentionDotProducts,
  countDotProducts,
  type NearestKeyOptions,
  nearestKeyRules,
  nearestKeys,
  resolveK,
  scoreOf,
} from "../sampling/nearest-keys.ts";
import { rngOption } from "../sampling/rng-option.ts";
import { checkVisibility, emptyResult, type VisibleHead, visibleHeads } from "../visible-head.ts";
import { checkGivenIndices } from "./given-indices.ts";
import { createQuality } from "./row-quality.ts";
import { rowWithTail } from "./softmax-row.ts";
import { createTailSampler } from "./tail-keys.ts";

/** Options of {@link topKAttention}. */
export interface TopKAttentionOptions extends CommonAttentionOptions {
  /** Keys per query, at most the number of keys; default the whole part of its square root. A query that sees fewer takes all. */
  readonly k?: number;
  /** Rows that are also computed exactly, per head, for the report; default 32. */
  readonly probeRows?: number;
}

/** Options of {@link knnAttention}. */
export interface KnnAttentionOptions extends TopKAttentionOptions, NearestKeyOptions {
  /** Indices made before, by inner product, one for each head over all its keys; not with `causal`, `keyMask` or `buildIndex`. */
  readonly indices?: readonly NeighborIndex[];
  /** Other keys that are drawn for each query, uniformly and without repeats; `k + tail` is at most the number of keys. Default 0. */
  readonly tail?: number;
  /** Leave the tail out of rows where it would add more variance than it removes bias; default `false`. Needs a tail of at least 2. */
  readonly adaptiveTail?: boolean;
  /** Draws the tail, from a stream of its own for each head and query; required with a tail. */
  readonly rng?: Rng;
}

/** How well one head was served. */
export interface KnnAttentionReport {
  /** The part of the true top keys that were found, over the checked rows; `undefined` without `probeRows`. */
  readonly recall: number | undefined;
  /** The largest amount by which the score of a missed key exceeds that of a key found: the gap that samplers have to allow for. */
  readonly gap: number | undefined;
  /** Mean share of the true weights that fell on the keys found. */
  readonly mass: number | undefined;
  /** $\sum|\hat o - o| / \sum|o|$ over the checked rows. */
  readonly error: number | undefined;
  /** Queries whose tail entered their row. */
  readonly tailQueries: number;
}

/** The result of {@link topKAttention} and {@link knnAttention}. */
export interface KnnAttentionResult extends AttentionResult {
  /** One report for each head, row by row. */
  readonly heads: readonly KnnAttentionReport[];
  /** Vectors whose inner product was taken, without the checked rows. */
  readonly dotProducts: AttentionDotProducts;
}

const topRules = { ...commonRules, k: nearestKeyRules.k, probeRows: integerOption({ doc: "Rows to check.", min: 0, default: 32 }) };
const topTable = optionTable("topKAttention", topRules);
const table = optionTable("knnAttention", {
  ...topRules,
  buildIndex: { ...nearestKeyRules.buildIndex, fallback: undefined } as OptionRule<NearestKeyOptions["buildIndex"]>,
  effort: nearestKeyRules.effort,
  indices: customOption<readonly NeighborIndex[] | undefined>({
    doc: "Indices made before, one for each head.",
    expected: "a list of indices of @attnlab/neighbors",
    accepts: (value) => Array.isArray(value) && value.every((one) => typeof one === "object" && one !== null && "search" in one),
    invalid: [null, {}, [1]],
  }),
  tail: integerOption({ doc: "Other keys that are drawn for each query.", min: 0, default: 0 }),
  adaptiveTail: booleanOption({ doc: "Leave the tail out of rows where it does not pay.", default: false }),
  rng: { ...rngOption, required: false } as OptionRule<Rng | undefined>,
});

/**
 * Attention over the $k$ keys of largest score: $o_i = \sum_{j \in S_i} e^{y_{ij}} v_j / \sum_{j \in S_i} e^{y_{ij}}$, found by exact search.
 *
 * Shapes: those of `exactAttention`. No entry of the output is off by more than $2(1 - \text{mass}_i) \max|V|$.
 *
 * @param input - finite float32 tensors.
 * @param options - see {@link TopKAttentionOptions}; `scale`, `causal`, `keyMask`, `kernel` and `threads` as in `exactAttention`.
 * @returns output, `lse` over the keys taken, a report for each head.
 * @throws what `exactAttention` throws; OptionError for more keys per query than there are.
 * @example
 * ```ts
 * import { tensorData } from "@attnlab/check";
 * import { topKAttention } from "@attnlab/attention/node";
 * const query = tensorData("float32", [1, 1, 1, 1], [1]);
 * const key = tensorData("float32", [1, 1, 3, 1], [3, 3, -9]);
 * const { output } = await topKAttention({ query, key, value: key }, { k: 2 });
 * output.data; // => Float32Array [3]
 * ```
 */
export async function topKAttention(input: AttentionInput, options?: TopKAttentionOptions): Promise<KnnAttentionResult> {
  return await attendNearest(topTable.owner, input, {
    ...topTable.parse({ ...options }),
    buildIndex: undefined,
    effort: undefined,
    indices: undefined,
    tail: 0,
    adaptiveTail: false,
    rng: undefined,
  });
}

/**
 * Attention over the keys that an index finds, and over a uniform sample of the others:
 * $\hat o_i = \big(\sum_{S_i} e^{y_{ij}} v_j + \frac{r}{\ell}\sum_{T_i} e^{y_{ij}} v_j\big) / \big(\sum_{S_i} e^{y_{ij}} + \frac{r}{\ell}\sum_{T_i} e^{y_{ij}}\big)$
 * with $\ell$ of the $r$ keys outside $S_i$ in $T_i$.
 *
 * Shapes: those of `exactAttention`. Without a tail this is top-k attention; with `tail` all other keys, exact attention. The denominator is
 * unbiased, the output has a bias of order $1/\ell$. A small tail adds more variance than it removes bias: see `adaptiveTail`. An index
 * that misses keys costs accuracy only, because what it misses is in the tail.
 *
 * Causal queries meet an index that grows with them, one key at a time. Neither threads nor blocks change what is drawn.
 *
 * @param input - finite float32 tensors.
 * @param options - see {@link KnnAttentionOptions}; the default index is exact.
 * @returns output, `lse`, a report for each head.
 * @throws what `exactAttention` throws; OptionError for `k`, or `k + tail`, above the number of keys, a tail without `rng`, or an index of
 * other keys.
 * @example
 * ```ts
 * import { tensorData } from "@attnlab/check";
 * import { createInvertedFileIndex } from "@attnlab/neighbors";
 * import { createRng } from "@attnlab/random";
 * import { knnAttention } from "@attnlab/attention/node";
 * const rng = createRng(1);
 * const x = tensorData("float32", [1, 1, 500, 8], rng.fillNormal(new Float32Array(4000)));
 * const buildIndex = (keys: typeof x) => createInvertedFileIndex(keys, { rng: rng.split("index") });
 * const { heads } = await knnAttention({ query: x, key: x, value: x }, { k: 32, tail: 128, buildIndex, rng: rng.split("tail") });
 * (heads[0]?.error ?? 1) < 0.5; // => true
 * ```
 * @see Haris 2024 (arXiv:2411.04013); the tail is the estimator of Mussmann, Levy and Ermon 2017.
 */
export async function knnAttention(input: AttentionInput, options?: KnnAttentionOptions): Promise<KnnAttentionResult> {
  return await attendNearest(table.owner, input, table.parse({ ...options }));
}

type Resolved = ReturnType<typeof table.parse>;

async function attendNearest(where: string, input: AttentionInput, options: Resolved): Promise<KnnAttentionResult> {
  const { causal, keyMask, kernel: given, threads, indices } = options;
  const sizes = checkAttentionInput(where, input);
  checkVisibility(where, sizes, { causal, keyMask });
  const k = resolveK(where, options.k, sizes.keys);
  checkTail(where, options, k, sizes.keys);
  if (indices !== undefined) checkGivenIndices(where, indices, input, sizes, options);
  const result = emptyResult(sizes);
  const heads: KnnAttentionReport[] = [];
  const counter = countDotProducts();
  await withKernel(where, { kernel: given, threads }, async (kernel) => {
    for (const head of visibleHeads(where, input, sizes, { causal, keyMask })) {
      heads.push(await nearestHead(where, kernel, head, { ...options, k, counter }, result));
    }
  });
  return { ...result, heads, dotProducts: counter.total() };
}

function checkTail(where: string, { tail, adaptiveTail, rng }: Resolved, k: number, keys: number): void {
  const refuse = (expected: string, got: string, fix: string): never => {
    throw new OptionError(problem({ where, expected, got, fix }));
  };
  if (k + tail > keys) refuse(`k + tail must be at most the number of keys, ${keys}`, `${k} + ${tail}`, `Draw at most ${keys - k}.`);
  if (tail > 0 && rng === undefined) refuse("rng must be given with a tail", "nothing", "Pass createRng(1) of @attnlab/random.");
  if (adaptiveTail && tail < 2) refuse("tail must be at least 2 when it is adaptive", String(tail), "Draw some dozens.");
}

type HeadOptions = Omit<Resolved, "k"> & { readonly k: number; readonly counter: ReturnType<typeof countDotProducts> };

async function nearestHead(
  where: string,
  kernel: AttentionKernel,
  head: VisibleHead,
  options: HeadOptions,
  result: AttentionResult,
): Promise<KnnAttentionReport> {
  const { k, tail, adaptiveTail, rng, effort, counter, probeRows, indices } = options;
  const { queries, headDim, valueDim, index } = head;
  const scale = options.scale ?? 1 / Math.sqrt(headDim);
  const ready = indices?.[index];
  const exactIndex = async (keys: Vectors): Promise<NeighborIndex> => createExactIndex(keys, { kernel: await kernel.products() });
  const buildIndex = ready === undefined ? (options.buildIndex ?? exactIndex) : async () => ready;
  const streams = rng?.split(`head ${index}`);
  const draw = createTailSampler(head.keys);
  const quality = createQuality(head, scale, probeRows === 0 ? new Int32Array(0) : stratifiedRows(queries, probeRows));
  let tailQueries = 0;
  const all = Int32Array.from({ length: queries }, (_, i) => i);
  for await (const near of nearestKeys(head, all, { where, k, scale, buildIndex, effort, counter })) {
    const { query, visible } = near;
    const population = visible - near.indices.length;
    const wanted = Math.min(tail, population);
    const drawn = streams === undefined ? new Int32Array(0) : draw(streams.split(query), visible, near.indices, wanted);
    const logits = Float64Array.from(drawn, (key) => scoreOf(head, query, key, scale));
    counter.direct += drawn.length;
    const row = rowWithTail(head, near, { indices: drawn, logits, population }, adaptiveTail);
    if (row.usesTail) tailQueries++;
    result.output.data.set(row.output, (index * queries + query) * valueDim);
    result.lse.data[index * queries + query] = row.lse;
    quality.visit(near, row.output);
  }
  return { ...quality.report(), tailQueries };
}
