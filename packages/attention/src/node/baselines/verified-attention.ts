import { integerOption, numberOption, type OptionRule, optionTable } from "@attnlab/check";
import { createExactIndex, type NeighborIndex, type Vectors } from "@attnlab/neighbors";
import type { Rng } from "@attnlab/random";
import { type AttentionInput, type AttentionResult, checkAttentionInput } from "../attention-input.ts";
import { withKernel } from "../attention-kernel.ts";
import { type CommonAttentionOptions, commonRules } from "../attention-options.ts";
import { rowWithTail, type Tail } from "../knn/softmax-row.ts";
import { createTailSampler } from "../knn/tail-keys.ts";
import {
  type AttentionDotProducts,
  countDotProducts,
  type NearestKeyOptions,
  type NearestKeys,
  nearestKeyRules,
  nearestKeys,
  resolveK,
  scoreOf,
} from "../sampling/nearest-keys.ts";
import { rngOption } from "../sampling/rng-option.ts";
import { checkVisibility, emptyResult, type VisibleHead, visibleHeads } from "../visible-head.ts";
import { twoSidedQuantile } from "./normal-quantile.ts";

/** Options of {@link verifiedAttention}. */
export interface VerifiedAttentionOptions extends CommonAttentionOptions, NearestKeyOptions {
  /** Draws the sampled keys, from a stream of its own for each head and query. */
  readonly rng: Rng;
  /** $\epsilon$, the relative error of the denominator that the sample is made for; default 0.1. */
  readonly epsilon?: number;
  /** $\delta$ in (0, 1), the chance of a larger error; default 0.1. */
  readonly delta?: number;
  /** First keys that every query keeps; default 4. */
  readonly sink?: number;
  /** Last keys, of those that a query sees, that it keeps: when causal the keys up to the query; default 32. */
  readonly window?: number;
  /** Sampled keys from which the size of the sample is found, at least 2; default 32. */
  readonly pilot?: number;
}

/** How much one head sampled. */
export interface VerifiedAttentionReport {
  /** Mean number of sampled keys per query. */
  readonly sampled: number;
  /** Queries that looked at every key they see. */
  readonly exactQueries: number;
}

/** The result of {@link verifiedAttention}. */
export interface VerifiedAttentionResult extends AttentionResult {
  /** One report for each head, row by row. */
  readonly heads: readonly VerifiedAttentionReport[];
  /** Vectors whose inner product was taken. */
  readonly dotProducts: AttentionDotProducts;
}

const table = optionTable("verifiedAttention", {
  ...commonRules,
  ...nearestKeyRules,
  buildIndex: { ...nearestKeyRules.buildIndex, fallback: undefined } as OptionRule<NearestKeyOptions["buildIndex"]>,
  rng: rngOption,
  epsilon: numberOption({ doc: "Relative error of the denominator.", above: 0, default: 0.1 }),
  delta: numberOption({ doc: "Chance of a larger error.", above: 0, below: 1, default: 0.1 }),
  sink: integerOption({ doc: "First keys that every query keeps.", min: 0, default: 4 }),
  window: integerOption({ doc: "Last keys, of those that a query sees, that it keeps.", min: 0, default: 32 }),
  pilot: integerOption({ doc: "Sampled keys from which the size of the sample is found.", min: 2, default: 32 }),
});

/**
 * Attention in the manner of vAttention: the first keys and the last ones that the query sees and the $k$ of largest score are kept, $S_i$; of the $r$ others as many
 * are drawn as an error of $\epsilon$ in the denominator with probability $1 - \delta$ takes,
 * $\ell_i = \big(z_{1-\delta/2}\,\hat\sigma_i r / (\epsilon \hat Z_i)\big)^2$ with $\hat\sigma_i$ the deviation of $e^{y_{ij}}$ and $\hat Z_i$ the denominator over a pilot
 * sample. The estimator is that of `knnAttention` with a tail.
 *
 * Shapes: those of `exactAttention`. The number of keys a query costs depends on its scores: a query of few large ones samples the pilot, one of
 * heavy-tailed small ones all keys.
 *
 * The size is that of the normal approximation: a pilot that misses rare large scores promises too much.
 *
 * @param input - finite float32 tensors.
 * @param options - see {@link VerifiedAttentionOptions}; `scale`, `causal`, `keyMask`, `kernel` and `threads` as in `exactAttention`.
 * @returns output, `lse` (the logarithm of the estimated denominator), how much was sampled for each head, and products taken. A query that sees no key
 * gets zeros, and minus infinity in `lse`.
 * @throws what `exactAttention` throws; OptionError for a bad option, or `k` above the number of keys.
 * @example
 * ```ts
 * import { tensorData } from "@attnlab/check";
 * import { createRng } from "@attnlab/random";
 * import { verifiedAttention } from "@attnlab/attention/node";
 * const rng = createRng(1);
 * const x = tensorData("float32", [1, 1, 500, 8], rng.fillNormal(new Float32Array(4000)));
 * const options = { k: 16, rng: rng.split("sample") };
 * const rough = await verifiedAttention({ query: x, key: x, value: x }, { ...options, epsilon: 0.5 });
 * const fine = await verifiedAttention({ query: x, key: x, value: x }, { ...options, epsilon: 0.05 });
 * (rough.heads[0]?.sampled ?? 0) < (fine.heads[0]?.sampled ?? 0); // => true
 * ```
 * @see Desai et al. 2025 (vAttention), whose bounds also cover the numerator; Haris 2024 for the estimator.
 */
export async function verifiedAttention(input: AttentionInput, options: VerifiedAttentionOptions): Promise<VerifiedAttentionResult> {
  const {
    scale,
    causal,
    keyMask,
    kernel: shared,
    threads,
    k: wanted,
    buildIndex: given,
    rng,
    delta,
    ...rest
  } = table.parse({ ...options });
  const sizes = checkAttentionInput(table.owner, input);
  checkVisibility(table.owner, sizes, { causal, keyMask });
  const k = resolveK(table.owner, wanted, sizes.keys);
  const result = emptyResult(sizes);
  const heads: VerifiedAttentionReport[] = [];
  const counter = countDotProducts();
  const settings = { ...rest, scale: scale ?? 1 / Math.sqrt(sizes.headDim), quantile: twoSidedQuantile(delta) };
  const all = Int32Array.from({ length: sizes.queries }, (_, i) => i);
  await withKernel(table.owner, { kernel: shared, threads }, async (kernel) => {
    const exactIndex = async (keys: Vectors): Promise<NeighborIndex> => createExactIndex(keys, { kernel: await kernel.products() });
    const buildIndex = given ?? exactIndex;
    for (const head of visibleHeads(table.owner, input, sizes, { causal, keyMask })) {
      const streams = rng.split(`head ${head.index}`);
      const draw = createTailSampler(head.keys);
      let [sampled, exactQueries] = [0, 0];
      for await (const near of nearestKeys(head, all, { ...settings, where: table.owner, k, buildIndex, counter })) {
        const kept = withFixedKeys(head, near, settings);
        const tail = adaptiveSample(head, kept, { ...settings, draw, rng: streams.split(near.query) });
        const row = rowWithTail(head, kept, tail, false);
        counter.direct += kept.indices.length - near.indices.length + tail.indices.length;
        sampled += tail.indices.length;
        if (tail.indices.length === tail.population) exactQueries++;
        const at = head.index * sizes.queries + near.query;
        result.output.data.set(row.output, at * sizes.valueDim);
        result.lse.data[at] = row.lse;
      }
      heads.push({ sampled: sampled / sizes.queries, exactQueries });
    }
  });
  return { ...result, heads, dotProducts: counter.total() };
}

/** The keys found, and the first and last ones that the query sees and that are not among them. */
function withFixedKeys(
  head: VisibleHead,
  near: NearestKeys,
  { sink, window, scale }: { readonly sink: number; readonly window: number; readonly scale: number },
): NearestKeys {
  const found = new Set(near.indices);
  const more: number[] = [];
  const add = (start: number, end: number): void => {
    for (let key = start; key < end; key++) {
      if (found.has(key)) continue;
      found.add(key);
      more.push(key);
    }
  };
  add(0, Math.min(sink, near.visible));
  add(Math.max(0, near.visible - window), near.visible);
  return {
    ...near,
    indices: Int32Array.from([...near.indices, ...more]),
    logits: Float64Array.from([...near.logits, ...more.map((key) => scoreOf(head, near.query, key, scale))]),
  };
}

interface SampleSettings {
  readonly epsilon: number;
  readonly quantile: number;
  readonly pilot: number;
  readonly scale: number;
  readonly rng: Rng;
  readonly draw: ReturnType<typeof createTailSampler>;
}

/** A pilot sample of the keys that are not kept, and as many more as its spread asks for. */
function adaptiveSample(
  head: VisibleHead,
  { query, visible, indices, logits }: NearestKeys,
  { epsilon, quantile, pilot, scale, rng, draw }: SampleSettings,
): Tail {
  const population = visible - indices.length;
  const count = Math.min(pilot, population);
  const scores = (keys: Int32Array): Float64Array => Float64Array.from(keys, (key) => scoreOf(head, query, key, scale));
  const first = draw(rng, visible, indices, count);
  const firstLogits = scores(first);
  const none = { indices: first, logits: firstLogits, population };
  if (count === population) return none;
  const largest = Math.max(largestOf(logits), largestOf(firstLogits));
  const kept = logits.reduce((sum, y) => sum + Math.exp(y - largest), 0);
  const mean = firstLogits.reduce((sum, y) => sum + Math.exp(y - largest), 0) / count;
  const variance = firstLogits.reduce((sum, y) => sum + (Math.exp(y - largest) - mean) ** 2, 0) / (count - 1);
  const wanted = ((quantile * Math.sqrt(variance) * population) / (epsilon * (kept + population * mean))) ** 2;
  const more = Math.min(population, Math.ceil(wanted)) - count;
  if (more <= 0) return none;
  const rest = draw(rng, visible, joined(indices, first), more);
  return { indices: joined(first, rest), logits: Float64Array.from([...firstLogits, ...scores(rest)]), population };
}

function largestOf(logits: Float64Array): number {
  return logits.reduce((most, y) => Math.max(most, y), Number.NEGATIVE_INFINITY);
}

function joined(a: Int32Array, b: Int32Array): Int32Array {
  const out = new Int32Array(a.length + b.length);
  out.set(a);
  out.set(b, a.length);
  return out;
}
