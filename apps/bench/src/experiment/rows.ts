import type { ParameterValues } from "./parameter.ts";

/** One stored measurement: a metric of one series at one step of one seed, with the parameters of its run. */
export interface MetricRow<C extends ParameterValues = ParameterValues> {
  /** Position of the run in the experiment's list of cells. */
  readonly run: number;
  /** Parameters of the run's cell. */
  readonly params: C;
  readonly seed: number;
  /** Label inside the run, for example `"svm p=2"`; `""` when the run has one series. */
  readonly series: string;
  readonly step: number;
  readonly metric: string;
  readonly value: number;
}

/** Which rows to keep: every field given must agree; `params` compares only the keys it names. */
export interface RowFilter {
  readonly metric?: string;
  readonly series?: string;
  readonly step?: number;
  readonly seed?: number;
  readonly run?: number;
  readonly params?: ParameterValues;
}

/** The rows that agree with the filter, in stored order. */
export function pick<C extends ParameterValues>(rows: readonly MetricRow<C>[], filter: RowFilter): MetricRow<C>[] {
  const wanted = filter.params === undefined ? [] : Object.entries(filter.params);
  return rows.filter(
    (row) =>
      (filter.metric === undefined || row.metric === filter.metric) &&
      (filter.series === undefined || row.series === filter.series) &&
      (filter.step === undefined || row.step === filter.step) &&
      (filter.seed === undefined || row.seed === filter.seed) &&
      (filter.run === undefined || row.run === filter.run) &&
      wanted.every(([name, value]) => sameValue(row.params[name], value)),
  );
}

function sameValue(a: unknown, b: unknown): boolean {
  return a === b || (Array.isArray(a) && Array.isArray(b) && a.length === b.length && a.every((v, i) => v === b[i]));
}

/** The values of rows, in stored order. */
export function valuesOf(rows: readonly MetricRow[]): number[] {
  return rows.map((row) => row.value);
}

/** Of each run, seed, series and metric, the row with the greatest step: how every run ended. */
export function finalRows<C extends ParameterValues>(rows: readonly MetricRow<C>[]): MetricRow<C>[] {
  const last = new Map<string, MetricRow<C>>();
  for (const row of rows) {
    const key = JSON.stringify([row.run, row.seed, row.series, row.metric]);
    const known = last.get(key);
    if (known === undefined || row.step >= known.step) last.set(key, row);
  }
  return [...last.values()];
}

/** Rows split by a label of their own, in order of first appearance. */
export function groupRows<C extends ParameterValues, K>(
  rows: readonly MetricRow<C>[],
  label: (row: MetricRow<C>) => K,
): Map<K, MetricRow<C>[]> {
  const groups = new Map<K, MetricRow<C>[]>();
  for (const row of rows) {
    const key = label(row);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [row]);
    else group.push(row);
  }
  return groups;
}
