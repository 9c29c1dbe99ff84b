import { type MetricRow, pick, valuesOf } from "../../src/experiment/index.ts";
import { median } from "./timing-claims.ts";

/** One data set and size. */
export interface KnnCase {
  readonly kind: string;
  readonly exponent: number;
}

/** All stored cases, shortest first. */
export function casesOf(rows: readonly MetricRow[], kind?: string): readonly KnnCase[] {
  const seen = new Map<string, KnnCase>();
  for (const { params } of rows) {
    const found = { kind: String(params.kind), exponent: Number(params.exponent) };
    if (kind === undefined || kind === found.kind) seen.set(`${found.kind} ${found.exponent}`, found);
  }
  return [...seen.values()].sort((a, b) => a.exponent - b.exponent);
}

/** The methods with a time. */
export function methodsOf(rows: readonly MetricRow[]): readonly string[] {
  return [...new Set(pick(rows, { metric: "timeMs" }).map(({ series }) => series))];
}

/** One number of a method in a case: the median of blocks; NaN where nothing is stored. */
export function numberOf(rows: readonly MetricRow[], { kind, exponent }: KnnCase, series: string, metric: string): number {
  return median(valuesOf(pick(rows, { metric, series, params: { kind, exponent } })));
}

/** The median over rounds of the time of one method over that of another in the same round; NaN without both. */
export function timeRatio(rows: readonly MetricRow[], { kind, exponent }: KnnCase, slow: string, fast: string): number {
  const times = (series: string): readonly number[] => valuesOf(pick(rows, { metric: "timeMs", series, params: { kind, exponent } }));
  const below = times(fast);
  return median(times(slow).map((time, i) => time / (below[i] ?? Number.NaN)));
}
