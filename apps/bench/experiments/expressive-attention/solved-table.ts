import {
  curveOf,
  type FigureSpec,
  groupRows,
  type MetricRow,
  type ParameterValues,
  pick,
  type TableSpec,
} from "../../src/experiment/index.ts";
import { KINDS } from "./attention-kinds.ts";
import { showSteps, solvedSteps } from "./nt-run.ts";

/** One setting of an ablation. */
export interface Setting {
  readonly label: string;
  readonly params: ParameterValues;
}

/** First solved evaluations by setting and attention. */
export function solvedTable(rows: readonly MetricRow[], settings: readonly Setting[]): TableSpec {
  return {
    columns: ["setting", ...KINDS.map((kind) => `first step ≥ 99%, ${kind}`)],
    rows: settings.map(({ label, params }) => [label, ...KINDS.map((kind) => showSteps(solvedSteps(rows, { ...params, kind })))]),
  };
}

/** Rows of runs that ended early, with their last value at the later steps of the longest run: they had solved the task. */
function heldOn(rows: readonly MetricRow[]): readonly MetricRow[] {
  const steps = [...new Set(rows.map(({ step }) => step))];
  const runs = groupRows(rows, ({ run, seed }) => `${run} ${seed}`);
  return [...runs.values()].flatMap((own) => {
    const last = own.reduce((a, b) => (b.step > a.step ? b : a));
    return [...own, ...steps.filter((step) => step > last.step).map((step) => ({ ...last, step }))];
  });
}

/** One panel of learning curves per setting. */
export function drawSettings(rows: readonly MetricRow[], settings: readonly Setting[], columns: number): FigureSpec {
  const last = Math.max(...rows.map(({ step }) => step));
  return {
    panels: settings.map(({ label, params }) => ({
      title: label,
      x: { label: "step", domain: [0, last] },
      y: { label: "accuracy", domain: [0, 1] },
      marks: KINDS.map((kind) => ({
        kind: "line" as const,
        series: kind,
        points: curveOf(heldOn(pick(rows, { metric: "accuracy", series: "", params: { ...params, kind } }))),
      })),
    })),
    columns,
  };
}
