import { type MetricRow, pick, type RowFilter } from "../../src/experiment/index.ts";

/** The only value that fits a filter; NaN when there is none or more than one, so that no comparison with it holds. */
export function valueAt(rows: readonly MetricRow[], filter: RowFilter): number {
  const found = pick(rows, filter);
  return found.length === 1 ? (found[0] as MetricRow).value : Number.NaN;
}

/** $|value - expected| / |expected|$. */
export function relativeError(value: number, expected: number): number {
  return Math.abs(value - expected) / Math.abs(expected);
}

/** The greatest of some errors; NaN when one is NaN, unlike `Math.max` over a filtered list. */
export function worstOf(errors: readonly number[]): number {
  return errors.reduce((worst, error) => (error > worst || Number.isNaN(error) ? error : worst), 0);
}
