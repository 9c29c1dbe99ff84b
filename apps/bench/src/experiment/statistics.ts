import { groupRows, type MetricRow, valuesOf } from "./rows.ts";

/** What a list of numbers looks like; every field is NaN when the list is empty. */
export interface Summary {
  readonly count: number;
  readonly mean: number;
  /** Population standard deviation: divided by `count`, as the papers plot it. */
  readonly deviation: number;
  readonly min: number;
  readonly max: number;
  readonly median: number;
}

/** Mean, spread and range of values. */
export function summarize(values: readonly number[]): Summary {
  const count = values.length;
  const sorted = [...values].sort((a, b) => a - b);
  const mean = values.reduce((sum, v) => sum + v, 0) / count;
  const variance = values.reduce((sum, v) => sum + (v - mean) ** 2, 0) / count;
  const middle = sorted[Math.floor(count / 2)] ?? Number.NaN;
  const median = count % 2 === 1 ? middle : (middle + (sorted[count / 2 - 1] ?? Number.NaN)) / 2;
  return { count, mean, deviation: Math.sqrt(variance), min: sorted[0] ?? Number.NaN, max: sorted[count - 1] ?? Number.NaN, median };
}

/** One step of a curve averaged over seeds or runs. */
export interface CurvePoint {
  readonly x: number;
  readonly y: number;
  readonly low: number;
  readonly high: number;
}

/** Averages rows by step: the mean, and one population standard deviation to each side. */
export function curveOf(rows: readonly MetricRow[]): CurvePoint[] {
  return [...groupRows(rows, (row) => row.step)]
    .sort(([a], [b]) => a - b)
    .map(([step, group]) => {
      const { mean, deviation } = summarize(valuesOf(group));
      return { x: step, y: mean, low: mean - deviation, high: mean + deviation };
    });
}
