import type { Claim, MetricRow, Results } from "../../src/experiment/index.ts";

/** Rows of one run: the same place, several metrics. */
export function rowsAt(place: Omit<MetricRow, "metric" | "value" | "run">, metrics: Readonly<Record<string, number>>): MetricRow[] {
  return Object.entries(metrics).map(([metric, value]) => ({ run: 0, ...place, metric, value }));
}

/** The verdict of a claim on made-up rows. */
export function verdictOf(claims: readonly Claim[], id: string, results: Results): string {
  const claim = claims.find((one) => one.id === id);
  return claim === undefined ? `no claim ${id}` : claim.judge(results).verdict;
}
