import { curveOf, type FigureSpec, type MetricRow, type ParameterValues, pick, type TableSpec } from "../../src/experiment/index.ts";
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
        points: curveOf(pick(rows, { metric: "accuracy", series: "", params: { ...params, kind } })),
      })),
    })),
    columns,
  };
}
