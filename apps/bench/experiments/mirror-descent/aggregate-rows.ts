import { type MetricRow, pick, type Results, type Summary, summarize, valuesOf } from "../../src/experiment/index.ts";
import { pairSeries, runSeries } from "./aggregate-run.ts";
import { paperSteps } from "./paper.ts";

/** Arithmetic of the runs. */
export type Mode = "stable" | "authors";

/** Which tokens the compared SVM is solved for: the run's own, or those of the other exponent's run. */
export type Variant = "resolved" | "published";

/** Exponents of a study. */
export function exponentsOf({ params }: Results): readonly number[] {
  return params.p as readonly number[];
}

/** Modes of a study. */
export function modesOf({ params }: Results): readonly Mode[] {
  return params.modes as readonly Mode[];
}

/** Divergences at the last iteration of runs with exponent p from the SVM with exponent q, one row per seed. */
export function endRows({ rows }: Results, at: { mode: Mode; variant: Variant; p: number; q: number }): MetricRow[] {
  return pick(rows, { params: { mode: at.mode }, metric: at.variant, series: pairSeries(at.p, at.q), step: paperSteps(at.p) });
}

/** Mean and deviation over seeds of {@link endRows}. */
export function endSummary(results: Results, at: { mode: Mode; variant: Variant; p: number; q: number }): Summary {
  return summarize(valuesOf(endRows(results, at)));
}

/** One value per seed about the runs with one exponent. */
export function runValues({ rows }: Results, at: { mode: Mode; p: number }, metric: string): number[] {
  return valuesOf(pick(rows, { params: { mode: at.mode }, series: runSeries(at.p), metric }));
}

/** Mean divergence from the own SVM at a step. */
export function meanAt({ rows }: Results, at: { mode: Mode; variant: Variant; p: number; q: number }, step: number): number {
  return summarize(valuesOf(pick(rows, { params: { mode: at.mode }, metric: at.variant, series: pairSeries(at.p, at.q), step }))).mean;
}
