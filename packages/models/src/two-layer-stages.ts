import type { StageMeasures } from "./two-layer-trackers.ts";

/** Step of every stage boundary; NaN for one that was not reached. */
export interface TwoLayerStages {
  /** $T_1$: every mean value noise is positive. */
  readonly valueNoise: number;
  /** $T_2$: 99% of the query and key noise have one sign. */
  readonly noiseAlignment: number;
  /** $T_3$, from $T_2$ on: 95% of the query and key signals are opposite. */
  readonly signalOpposition: number;
  /** $T_{4a}$: no noise patch has more than 1% of its attention on the signal. */
  readonly attentionCollapse: number;
  /** $T_{4b}$: 99% of the key noise have the sign of the query signal. */
  readonly keyAlignment: number;
  /** $T_{4c}$: 99% of the query noise have the sign of the query signal. */
  readonly queryAlignment: number;
  /** $T_{attn}$: signal patches have at most 1% of their attention on the signal, on average. */
  readonly attentionOnNoise: number;
}

/**
 * Finds the boundaries of the four stages in the measures of successive steps.
 *
 * @param history - one array per measure of `twoLayerStageMeasures`; element $t$ is the state after $t$ steps.
 * @param firstStep - the step of element 0. Default 0.
 * @returns the first step at which each condition of {@link TwoLayerStages} is met.
 * @example
 * ```ts
 * import { twoLayerStages } from "@attnlab/models";
 * const measures = {
 *   smallestValueNoise: [-1, 1, 2], alignment: [0.5, 0.6, 1], opposition: [1, 0.4, 1], keyAgreement: [0, 0, 0],
 *   queryAgreement: [0, 0, 0], meanSignalToSignal: [0.5, 0.5, 0.5], largestNoiseToSignal: [0.5, 0.1, 0.001],
 * };
 * const { valueNoise, noiseAlignment, signalOpposition, attentionCollapse, attentionOnNoise } = twoLayerStages(measures);
 * [valueNoise, noiseAlignment, signalOpposition, attentionCollapse]; // => [1, 2, 2, 2]
 * attentionOnNoise; // => NaN
 * ```
 * @see Li et al. 2025 (arXiv 2410.04870) for the stages; the thresholds are ours.
 */
export function twoLayerStages(
  history: Omit<StageMeasures<ArrayLike<number>>, "majority" | "meanNoiseToSignal">,
  firstStep = 0,
): TwoLayerStages {
  const first = (values: ArrayLike<number>, reached: (value: number) => boolean, from = firstStep): number => {
    for (let i = from - firstStep; i < values.length; i++) if (reached(values[i] as number)) return firstStep + i;
    return Number.NaN;
  };
  const noiseAlignment = first(history.alignment, (a) => a >= 0.99);
  return {
    valueNoise: first(history.smallestValueNoise, (a) => a > 0),
    noiseAlignment,
    signalOpposition: Number.isNaN(noiseAlignment) ? Number.NaN : first(history.opposition, (a) => a >= 0.95, noiseAlignment),
    attentionCollapse: first(history.largestNoiseToSignal, (a) => a <= 0.01),
    keyAlignment: first(history.keyAgreement, (a) => a >= 0.99),
    queryAlignment: first(history.queryAgreement, (a) => a >= 0.99),
    attentionOnNoise: first(history.meanSignalToSignal, (a) => a <= 0.01),
  };
}
