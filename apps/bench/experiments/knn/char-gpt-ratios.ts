import { finalRows, groupRows, type MetricRow, pick, summarize, valuesOf } from "../../src/experiment/index.ts";

/** What the author's plotting data say (nanoGPT of six blocks and six heads, width 384, context 256, k = 5, Shakespeare): perplexities. */
export const RELEASED_CURVE = {
  step: [0, 1000, 1500, 2000, 2500, 3000, 3500, 4000, 4500],
  exactTrain: [70.02, 9.7, 7.5, 7.6, 7.5, 8.04, 8.53, 8.67, 9.3],
  knnTrain: [71.5, 8.3, 7.3, 7.8, 7.8, 8.5, 9.4, 11.06, 13.3],
  exactValidation: [72, 10.5, 9.7, 9.2, 9.8, 10.65, 10.8, 11.36, 12.4],
  knnValidation: [70.5, 10.1, 9.5, 9.2, 9.5, 11.02, 13.02, 14.04, 17.2],
} as const;

/** The attention errors of the same figures by step: the largest, and the signed mean. */
export const RELEASED_ERRORS = {
  step: [1000, 1500, 2000, 2500, 3000, 3500, 4000, 4500],
  largest: [1.36, 1.5, 1.55, 1.7, 2, 2.3, 2.5, 2.8],
  signedMean: [-0.001, 0.001, 0.023, -0.0025, -0.003, 0.02, 0.001, -0.005],
} as const;

/** One number per seed and step. */
export interface SeedRatio {
  readonly seed: number;
  readonly step: number;
  readonly value: number;
}

/** Perplexities of some rows over those of exact attention, of the same seed at the same step. */
function perplexityRatios(rows: readonly MetricRow[], metric: string, over: readonly MetricRow[]): readonly SeedRatio[] {
  const exact = new Map(pick(rows, { metric, params: { k: 0 }, series: "" }).map(({ seed, step, value }) => [`${seed}/${step}`, value]));
  return over.map(({ seed, step, value }) => ({ seed, step, value: value / (exact.get(`${seed}/${step}`) ?? Number.NaN) }));
}

/** Held-out perplexity of training with `k` keys over that of exact training. */
export function trainedRatios(rows: readonly MetricRow[], k: number, metric = "perplexity"): readonly SeedRatio[] {
  return perplexityRatios(rows, metric, pick(rows, { metric, params: { k }, series: "" }));
}

/** Held-out perplexity of exactly trained weights that attend to `k` keys only when they are evaluated, over their own. */
export function switchedRatios(rows: readonly MetricRow[], k: number): readonly SeedRatio[] {
  return perplexityRatios(rows, "perplexity", pick(rows, { metric: "switchedPerplexity", params: { k: 0 }, series: `${k}` }));
}

/** Held-out perplexity of weights trained with `k` keys that attend to all when they are evaluated, over exact training. */
export function returnedRatios(rows: readonly MetricRow[], k: number): readonly SeedRatio[] {
  return perplexityRatios(rows, "perplexity", pick(rows, { metric: "switchedPerplexity", params: { k }, series: `${k}` }));
}

/** The last ratio of every seed. */
export function lastRatios(ratios: readonly SeedRatio[]): readonly number[] {
  const last = Math.max(...ratios.map(({ step }) => step));
  return ratios.filter(({ step }) => step === last).map(({ value }) => value);
}

/** Means over seeds by step. */
export function meanByStep(ratios: readonly SeedRatio[]): readonly { readonly x: number; readonly y: number; low: number; high: number }[] {
  const steps = [...new Set(ratios.map(({ step }) => step))].sort((a, b) => a - b);
  return steps.map((x) => {
    const { mean, deviation } = summarize(ratios.filter(({ step }) => step === x).map(({ value }) => value));
    return { x, y: mean, low: mean - deviation, high: mean + deviation };
  });
}

/** Mean over seeds of a metric of attention over `k` keys in the model trained with them, by step. */
export function errorCurve(rows: readonly MetricRow[], metric: string, k: number, trainedWith = k): ReadonlyMap<number, number> {
  const own = pick(rows, { metric, series: `${k}`, params: { k: trainedWith } });
  return new Map([...groupRows(own, ({ step }) => step)].map(([step, group]) => [step, summarize(valuesOf(group)).mean]));
}

/** The last value of a metric, mean over seeds. */
export function lastMean(rows: readonly MetricRow[], metric: string, k: number, trainedWith = k): number {
  return summarize(valuesOf(finalRows(pick(rows, { metric, series: `${k}`, params: { k: trainedWith } })))).mean;
}
