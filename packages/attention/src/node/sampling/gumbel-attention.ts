import { integerOption, numberOption, OptionError, type OptionRule, oneOfOption, optionTable, problem } from "@attnlab/check";
import type { Rng } from "@attnlab/random";
import { type AttentionInput, type AttentionResult, checkAttentionInput, type FloatTensor } from "../attention-input.ts";
import { type CommonAttentionOptions, commonRules } from "../attention-options.ts";
import { checkVisibility, emptyResult, type VisibleHead, visibleHeads } from "../visible-head.ts";
import { type GroupedSamples, meanSamples, medianOfMeansSamples, releasedSamples } from "./budgets.ts";
import { keySampler } from "./draw-keys.ts";
import { createGroupMeans, type GroupMeans } from "./group-means.ts";
import {
  type AttentionDotProducts,
  countDotProducts,
  type NearestKeyOptions,
  type NearestKeys,
  nearestKeyRules,
  nearestKeys,
  resolveK,
} from "./nearest-keys.ts";
import { rngOption } from "./rng-option.ts";

/** Options of {@link gumbelAttention}; either `samples` or `epsilon` must be given. */
export interface GumbelAttentionOptions extends NearestKeyOptions, Pick<CommonAttentionOptions, "scale" | "causal" | "keyMask"> {
  /** The source of chance; it is split, not advanced: give each call a child of its own, such as `rng.split(step)`. */
  readonly rng: Rng;
  /** Draws per query. Default: as many as `epsilon` and `delta` ask for. */
  readonly samples?: number;
  /** Largest error of an entry. */
  readonly epsilon?: number;
  /** Chance that any entry is further off; default 0.1. */
  readonly delta?: number;
  /** `"mean"` of all draws, or the `"median-of-means"` of groups; default `"mean"`, which is closer at equal cost when values are bounded. */
  readonly estimator?: "mean" | "median-of-means";
  /** Groups of a median of means when `samples` is given; default 9. */
  readonly groups?: number;
  /** `"released"` takes the few groups and draws of the paper's code instead of those of the bound. */
  readonly preset?: "released";
  /** How far above the lowest score found an approximate index may have missed one, after scaling; default 0, for an exact index. */
  readonly gap?: number;
}

/** Sampled attention, and what it took. */
export interface GumbelAttentionResult extends AttentionResult {
  /** Draws per query. */
  readonly samples: number;
  /** Groups of a median of means; 1 for the mean. */
  readonly groups: number;
  readonly dotProducts: AttentionDotProducts;
}

const { scale, causal, keyMask } = commonRules;
const table = optionTable("gumbelAttention", {
  rng: rngOption,
  samples: integerOption({ doc: "Draws per query.", min: 1 }) as OptionRule<number | undefined>,
  epsilon: numberOption({ doc: "Largest error of an entry.", above: 0 }) as OptionRule<number | undefined>,
  delta: numberOption({ doc: "Chance that any entry is further off.", above: 0, below: 1, default: 0.1 }),
  estimator: oneOfOption(["mean", "median-of-means"], { doc: "How draws are combined." }) as OptionRule<
    "mean" | "median-of-means" | undefined
  >,
  groups: integerOption({ doc: "Groups of a median of means.", min: 1 }) as OptionRule<number | undefined>,
  preset: oneOfOption(["released"], { doc: "Groups and draws of the paper's code." }) as OptionRule<"released" | undefined>,
  gap: numberOption({ doc: "How far above the lowest score found a key may have been missed.", min: 0, default: 0 }),
  scale,
  causal,
  keyMask,
  ...nearestKeyRules,
});

/**
 * Attention as an average of sampled values: $\hat o_i = \frac1s \sum_t v_{J_t}$ with $J_t$ drawn from the attention of query $i$.
 *
 * Draws are lazy Gumbel draws around the $k$ nearest keys: exact softmax draws that look at about $\sqrt n$ keys each when $k = \sqrt n$. With
 * `epsilon` and `delta`, all entries are within `epsilon` with probability $1 - \delta$ ({@link meanSamples}, {@link medianOfMeansSamples}).
 *
 * Shapes: those of `exactAttention`. The result depends on the input and the seed, not on blocks: each query has a stream of its own.
 *
 * @param input - finite float32 tensors.
 * @param options - see {@link GumbelAttentionOptions}.
 * @returns `output` is unbiased with `"mean"`. `lse` is too: $e^{-\max}$ of a draw is exponential with rate $\sum_j e^{y_j}$, so that
 * $\psi(s) - \log\sum_t e^{-\max_t}$ has the right mean, and a standard deviation near $1/\sqrt s$.
 * @throws DtypeError, ShapeError or DataError for input that does not fit, is empty or not finite; OptionError for a bad option, no budget, `k` above
 * the number of keys, or an index of other keys.
 * @example
 * ```ts
 * import { tensorData } from "@attnlab/check";
 * import { createRng } from "@attnlab/random";
 * import { gumbelAttention } from "@attnlab/attention/node";
 * const row = (...values: number[]) => tensorData("float32", [1, 1, values.length, 1], values);
 * const input = { query: row(0), key: row(1, 2), value: row(10, 20) };
 * const { output, samples } = await gumbelAttention(input, { rng: createRng(1), epsilon: 0.5, delta: 0.01 });
 * samples; // => 16955
 * Math.abs((output.data[0] as number) - 15) < 0.5; // => true
 * ```
 * @see Haris 2024, whose released code estimates attention by a median of means.
 */
export async function gumbelAttention(input: AttentionInput, options: GumbelAttentionOptions): Promise<GumbelAttentionResult> {
  const { rng, scale: given, causal, keyMask, k: wanted, gap, buildIndex, effort, ...budget } = table.parse({ ...options });
  const sizes = checkAttentionInput(table.owner, input);
  checkVisibility(table.owner, sizes, { causal, keyMask });
  const k = resolveK(table.owner, wanted, sizes.keys);
  const { groups, groupSize } = resolveBudget(budget, input.value, sizes.heads * sizes.queries * sizes.valueDim);
  const samples = groups * groupSize;
  const scale = given ?? 1 / Math.sqrt(sizes.headDim);
  const counter = countDotProducts();
  const result = emptyResult(sizes);
  const means = createGroupMeans(groups, sizes.valueDim);
  const expectedLog = harmonic(samples - 1) - EULER;
  const all = Int32Array.from({ length: sizes.queries }, (_, i) => i);
  for (const head of visibleHeads(table.owner, input, sizes, { causal, keyMask })) {
    const stream = rng.split(head.index);
    for await (const nearest of nearestKeys(head, all, { where: table.owner, k, scale, buildIndex, effort, counter })) {
      const draw = keySampler(head, nearest, { scale, gap, counter });
      const logSum = drawValues(means, head, draw.draw, { rng: stream.split(nearest.query), samples, groups });
      const row = head.index * sizes.queries + nearest.query;
      means.write(groupSize, result.output.data, row * sizes.valueDim);
      result.lse.data[row] = isComplete(nearest) ? draw.topLogSum : expectedLog - logSum;
    }
  }
  return { ...result, samples, groups, dotProducts: counter.total() };
}

function isComplete({ visible, indices }: NearestKeys): boolean {
  return visible === indices.length;
}

/** Sums the values of the draws, and returns $\log\sum_t e^{-\max_t}$. */
function drawValues(
  means: GroupMeans,
  { value, valueDim }: VisibleHead,
  draw: ReturnType<typeof keySampler>["draw"],
  { rng, samples, groups }: { readonly rng: Rng; readonly samples: number; readonly groups: number },
): number {
  means.clear();
  let shift = Number.POSITIVE_INFINITY;
  let sum = 0;
  for (let t = 0; t < samples; t++) {
    const { index, maximum } = draw(rng);
    means.add(t % groups, value, index * valueDim);
    if (maximum < shift) {
      sum = sum * Math.exp(maximum - shift) + 1;
      shift = maximum;
    } else sum += Math.exp(shift - maximum);
  }
  return Math.log(sum) - shift;
}

const EULER = 0.5772156649015329;

/** $\sum_{i=1}^n 1/i$. */
function harmonic(n: number): number {
  // From here on the asymptotic series is exact to the last bit.
  if (n > 1000) return Math.log(n) + EULER + 1 / (2 * n) - 1 / (12 * n * n);
  let sum = 0;
  for (let i = n; i >= 1; i--) sum += 1 / i;
  return sum;
}

interface Budget {
  readonly samples: number | undefined;
  readonly epsilon: number | undefined;
  readonly delta: number;
  readonly estimator: "mean" | "median-of-means" | undefined;
  readonly groups: number | undefined;
  readonly preset: "released" | undefined;
}

function refuse(expected: string, got: string, fix: string): OptionError {
  return new OptionError(problem({ where: table.owner, expected, got, fix }));
}

function resolveBudget(
  { samples, epsilon, delta, estimator, groups, preset }: Budget,
  value: FloatTensor,
  entries: number,
): GroupedSamples {
  if ((samples === undefined) === (epsilon === undefined)) {
    const got = samples === undefined ? "neither" : "both";
    throw refuse("either samples or epsilon must be given", got, "Pass samples for a number of draws, epsilon for an accuracy.");
  }
  if (preset !== undefined && (epsilon === undefined || estimator === "mean")) {
    const got = epsilon === undefined ? "no epsilon" : 'estimator "mean"';
    throw refuse('preset "released" must go with epsilon and a median of means', got, "Leave preset out for the numbers of the bounds.");
  }
  if (groups !== undefined && (samples === undefined || estimator !== "median-of-means")) {
    const got = samples === undefined ? "no samples" : `estimator ${estimator ?? "mean"}`;
    throw refuse('groups must go with samples and estimator "median-of-means"', got, "Leave groups out.");
  }
  if (samples !== undefined) {
    if (estimator !== "median-of-means") return { groups: 1, groupSize: samples };
    const parts = groups ?? Math.min(9, samples);
    if (samples % parts !== 0) {
      const fix = `Pass samples: ${Math.ceil(samples / parts) * parts}.`;
      throw refuse("samples must be a multiple of groups", `${samples} samples in ${parts} groups`, fix);
    }
    return { groups: parts, groupSize: samples / parts };
  }
  const accuracy = { epsilon: epsilon as number, delta };
  if (preset === "released") return releasedSamples(accuracy);
  let bound = 0;
  for (const x of value.data) bound = Math.max(bound, Math.abs(x));
  return estimator === "median-of-means"
    ? medianOfMeansSamples({ ...accuracy, variance: bound ** 2, entries })
    : { groups: 1, groupSize: meanSamples({ ...accuracy, bound, entries }) };
}
