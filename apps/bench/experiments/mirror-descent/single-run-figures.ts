import type { ArrowMark, Figure, FigureSpec, Mark, MetricRow, Panel, Point, Results } from "../../src/experiment/index.ts";
import { curveOf, pick } from "../../src/experiment/index.ts";
import { valueAt } from "./closeness.ts";
import { REFERENCE_RUNS } from "./single-run-reference.ts";

/** Iterations at which the published figure has an arrow on the trajectory, by exponent. */
export const ARROW_STEPS: Readonly<Record<string, readonly number[]>> = {
  "1.75": [140, 225, 310, 425],
  "2": [300, 500, 700, 900],
  "3": [1500, 4000, 8000, 13000],
};

function trajectory(rows: readonly MetricRow[]): Trail {
  const y = new Map(pick(rows, { metric: "y", series: "" }).map((row) => [row.step, row.value]));
  return pick(rows, { metric: "x", series: "" })
    .map(({ step, value }) => ({ step, x: value, y: y.get(step) ?? Number.NaN }))
    .sort((a, b) => a.step - b.step);
}

type Trail = readonly { readonly step: number; readonly x: number; readonly y: number }[];

/** An arrow that ends on the trajectory at a step; it begins far enough back to be seen. */
function arrowAt(trail: Trail, step: number): ArrowMark | undefined {
  const to = trail.find((point) => point.step === step);
  const last = trail.at(-1);
  if (to === undefined || last === undefined) return undefined;
  const length = 0.06 * Math.hypot(last.x, last.y);
  const from = trail.findLast((point) => point.step < step && Math.hypot(point.x - to.x, point.y - to.y) >= length);
  return from === undefined ? undefined : { kind: "arrow", series: "iterations of the published arrows", from, to };
}

function trajectoryPanel({ rows }: Results, p: number, mode: "stable" | "authors"): Panel {
  const own = pick(rows, { seed: 1, params: { p, mode } });
  const trail = trajectory(own);
  const last = trail.at(-1);
  const marks: Mark[] = [{ kind: "line", series: "W", points: trail }];
  if (last !== undefined) marks.push({ kind: "arrow", series: "SVM direction", from: { x: 0, y: 0 }, to: scaledSvm(own, p, last) });
  for (const step of ARROW_STEPS[String(p)] ?? []) {
    const arrow = arrowAt(trail, step);
    if (arrow !== undefined) marks.push(arrow);
  }
  return { title: `p = ${p}, ${mode}`, x: { label: "W[1][2]" }, y: { label: "W[3][4]" }, marks };
}

/** The SVM direction with the norm of the last iterate. */
function scaledSvm(rows: readonly MetricRow[], p: number, last: { readonly step: number }): Point {
  const svm = { series: `svm p = ${p}`, step: 0 };
  const scale = valueAt(rows, { metric: "norm", series: "", step: last.step }) / valueAt(rows, { ...svm, metric: "norm" });
  return { x: scale * valueAt(rows, { ...svm, metric: "x" }), y: scale * valueAt(rows, { ...svm, metric: "y" }) };
}

export const SINGLE_RUN_FIGURES: readonly Figure[] = [
  {
    id: "trajectory",
    title: "Two entries of W on their way to the SVM direction",
    caption:
      "W[1][2] against W[3][4] over the iterations, with the SVM direction scaled to the norm of the last iterate. Above: the arithmetic of the " +
      "published code. Below: the stable one, which for p ≤ 2 goes on where rounding stops the other.",
    source: "the published single-run figure",
    draw: (results): FigureSpec => ({
      panels: (["authors", "stable"] as const).flatMap((mode) => REFERENCE_RUNS.map(({ p }) => trajectoryPanel(results, p, mode))),
      columns: 3,
    }),
  },
  {
    id: "divergence",
    title: "Divergence from the SVM of the same exponent",
    caption:
      "Directional divergence of the iterate from its SVM. For p ≤ 2 the arithmetic of the published code reaches a floor; the stable one does not.",
    draw: ({ rows }): FigureSpec => ({
      panels: REFERENCE_RUNS.map(
        ({ p }): Panel => ({
          title: `p = ${p}`,
          x: { label: "iteration", scale: "log" },
          y: { label: "divergence", scale: "log" },
          marks: (["authors", "stable"] as const).map((mode) => ({
            kind: "line",
            series: mode,
            dashed: mode === "stable",
            points: curveOf(pick(rows, { metric: "divergence", seed: 1, series: `svm p = ${p}`, params: { p, mode } })),
          })),
        }),
      ),
    }),
  },
];
