import { type MetricRow, pick, type Results, summarize, valuesOf } from "../../src/experiment/index.ts";
import { localitySteps, type Start } from "./locality-run.ts";
import type { SelectionClass } from "./replaced-selection.ts";

/** Which runs. */
export interface RunsAt {
  readonly p: number;
  readonly start: Start;
  readonly kind: SelectionClass;
}

/** Exponents of a study. */
export function exponentsOf({ params }: Results): readonly number[] {
  return params.p as readonly number[];
}

/** Kinds of start of a study. */
export function startsOf({ params }: Results): readonly Start[] {
  return params.starts as readonly Start[];
}

/** Rows of a metric of some runs, all recorded steps. */
export function pathRows({ rows }: Results, { p, start, kind }: RunsAt, metric: string): MetricRow[] {
  return pick(rows, { params: { p, start }, series: kind, metric });
}

/** Rows of a metric at the last step, one per run. */
export function lastRows(results: Results, at: RunsAt, metric: string): MetricRow[] {
  return pick(pathRows(results, at, metric), { step: localitySteps(at.p, at.start) });
}

/** How many runs there are, and how many of them still select their tokens at the end. */
export function keptCount(results: Results, at: RunsAt): { readonly kept: number; readonly runs: number; readonly fraction: number } {
  const values = valuesOf(lastRows(results, at, "kept"));
  const kept = values.filter((value) => value === 1).length;
  return { kept, runs: values.length, fraction: kept / values.length };
}

/** The runs that still select their tokens at the end, by seed: divergence at the start and at the end. */
export function keptDivergences(results: Results, at: RunsAt): { readonly first: number; readonly last: number }[] {
  const divergences = pathRows(results, at, "divergence");
  return lastRows(results, at, "kept")
    .filter(({ value }) => value === 1)
    .map(({ seed, step }) => {
      const [first = Number.NaN] = valuesOf(pick(divergences, { seed, step: 0 }));
      const [last = Number.NaN] = valuesOf(pick(divergences, { seed, step }));
      return { first, last };
    });
}

/** Mean over runs of a metric at the last step. */
export function meanAtEnd(results: Results, at: RunsAt, metric: string): number {
  return summarize(valuesOf(lastRows(results, at, metric))).mean;
}
