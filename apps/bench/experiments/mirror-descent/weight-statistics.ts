import type { TensorData } from "@attnlab/check";

/** What tells sparse weights from flat ones. */
export interface WeightStatistics {
  /** $E w^4 / (E w^2)^2$: 1.8 for uniform, 3 for normal weights, large for a few big ones among many small ones. */
  readonly kurtosis: number;
  readonly maxAbs: number;
  /** Number of weights of absolute value above the threshold. */
  readonly above: number;
  /** Share of the weights of absolute value below the width of one histogram bin. */
  readonly nearZero: number;
}

/** $E w^4 / (E w^2)^2$ around zero; NaN without a weight that is not zero. */
export function kurtosis(weights: ArrayLike<number>): number {
  let squares = 0;
  let fourths = 0;
  for (let i = 0; i < weights.length; i++) {
    const square = (weights[i] as number) ** 2;
    squares += square;
    fourths += square * square;
  }
  return (fourths * weights.length) / squares ** 2;
}

/** Statistics of all weights together. */
export function weightStatistics(
  weights: Float64Array,
  { threshold, bin }: { readonly threshold: number; readonly bin: number },
): WeightStatistics {
  let maxAbs = 0;
  let above = 0;
  let nearZero = 0;
  for (const weight of weights) {
    const size = Math.abs(weight);
    maxAbs = Math.max(maxAbs, size);
    if (size > threshold) above++;
    if (size < bin) nearZero++;
  }
  return { kurtosis: kurtosis(weights), maxAbs, above, nearZero: nearZero / weights.length };
}

/** Counts of absolute values in bins of one width from 0 on; the last bin also holds everything beyond `bins`. */
export function absoluteHistogram(weights: Float64Array, { bin, bins }: { readonly bin: number; readonly bins: number }): number[] {
  const counts = new Array<number>(bins).fill(0);
  for (const weight of weights) {
    const at = Math.min(bins - 1, Math.floor(Math.abs(weight) / bin));
    counts[at] = (counts[at] as number) + 1;
  }
  return counts;
}

/** The projections whose weights the paper draws. */
export const PROJECTIONS = ["query", "key", "value"] as const;

/** One of {@link PROJECTIONS}. */
export type Projection = (typeof PROJECTIONS)[number];

interface AttentionBlock {
  readonly attention: { readonly [K in Projection]: { readonly weight: TensorData } };
}

/** The weights of one projection in all blocks, one after the other. */
export function projectionWeights(blocks: readonly AttentionBlock[], projection: Projection): Float64Array {
  const parts = blocks.map((block) => block.attention[projection].weight.data);
  const all = new Float64Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    for (const weight of part) all[at++] = Number(weight);
  }
  return all;
}
