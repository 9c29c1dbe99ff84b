import {
  curveOf,
  type Figure,
  type FigureSpec,
  type Mark,
  type MetricRow,
  type Panel,
  pick,
  type Results,
  showNumber,
  type Table,
  type TableSpec,
} from "../../src/experiment/index.ts";
import { valueAt } from "./closeness.ts";
import { divergencesAt, entriesOf, jointRows, tokensOf } from "./joint-claims.ts";
import { JOINT_REFERENCE } from "./joint-reference.ts";
import { paperSteps } from "./paper.ts";

type Point = { readonly x: number; readonly y: number };

function pathOf(rows: readonly MetricRow[], x: string, y: string): Point[] {
  const values = (metric: string): Map<number, number> =>
    new Map(pick(rows, { series: "path", metric }).map((row) => [row.step, row.value]));
  const [xs, ys] = [values(x), values(y)];
  return [...xs].sort(([a], [b]) => a - b).map(([step, value]) => ({ x: value, y: ys.get(step) ?? Number.NaN }));
}

/** A trajectory with the direction of its SVM, scaled to the length that the last point has in this plane. */
function directionPanel(
  rows: readonly MetricRow[],
  at: { title: string; x: string; y: string; svm: string; labels: readonly [string, string] },
): Panel {
  const path = pathOf(rows, at.x, at.y);
  const last = path.at(-1);
  const marks: Mark[] = [{ kind: "line", series: "trajectory", points: path }];
  const [dx = Number.NaN, dy = Number.NaN] = entriesOf(rows, at.svm);
  if (last !== undefined && Number.isFinite(dx + dy)) {
    const scale = Math.hypot(last.x, last.y) / Math.hypot(dx, dy);
    marks.push({ kind: "arrow", series: "SVM direction", from: { x: 0, y: 0 }, to: { x: scale * dx, y: scale * dy } });
  }
  return { title: at.title, x: { label: at.labels[0] }, y: { label: at.labels[1] }, marks };
}

function probabilityPanel(results: Results, metric: string, title: string): Panel {
  return {
    title,
    x: { label: "iteration" },
    y: { label: "probability", domain: [0, 1] },
    marks: (results.params.p as readonly number[]).map((p) => ({
      kind: "line",
      series: `p = ${p}`,
      points: curveOf(pick(jointRows(results, p, shownMode(results)), { series: "probabilities", metric })),
    })),
  };
}

function shownMode({ params }: Results): "stable" | "authors" {
  return (params.modes as readonly string[]).includes("authors") ? "authors" : "stable";
}

export const JOINT_FIGURES: readonly Figure[] = [
  {
    id: "trajectories",
    title: "W and v on their way to their SVM directions",
    caption:
      "Above: W[0][0] against W[0][1] with the direction of the attention SVM. Below: v with the direction of the label SVM. The arrows have the length " +
      "of the last iterate. p = 3 selects another token of the first sample, so it goes elsewhere.",
    source: "the published joint-training figure",
    draw: (results): FigureSpec => {
      const exponents = results.params.p as readonly number[];
      const rowsOf = (p: number): MetricRow[] => jointRows(results, p, shownMode(results));
      return {
        panels: [
          ...exponents.map((p) =>
            directionPanel(rowsOf(p), { title: `W, p = ${p}`, x: "w0", y: "w1", svm: "svm W", labels: ["W[0][0]", "W[0][1]"] }),
          ),
          ...exponents.map((p) =>
            directionPanel(rowsOf(p), { title: `v, p = ${p}`, x: "v0", y: "v1", svm: "svm v", labels: ["v[0]", "v[1]"] }),
          ),
        ],
        columns: exponents.length,
      };
    },
  },
  {
    id: "probabilities",
    title: "Probabilities over the first 100 iterations",
    caption:
      "Left: highest attention probability before each step, mean over the two samples. Right: probability of the right label from the selected token, " +
      "with the head after the step. Both tend to 1.",
    source: "the published joint-training figure",
    draw: (results): FigureSpec => ({
      panels: [probabilityPanel(results, "softmax", "attention"), probabilityPanel(results, "logistic", "label")],
    }),
  },
  {
    id: "divergence",
    title: "Divergence of W and v from their SVMs",
    caption:
      "Solid: the arithmetic of the published code, in which W freezes where its gradient drowns in rounding and v nearly so. Dashed: stable arithmetic, " +
      "which stops only where gradients underflow to 0.",
    draw: (results): FigureSpec => ({
      panels: (["divergenceW", "divergenceV"] as const).map((metric) => ({
        title: metric === "divergenceW" ? "W" : "v",
        x: { label: "iteration", scale: "log" },
        y: { label: "divergence", scale: "log" },
        marks: (results.params.p as readonly number[]).flatMap((p) =>
          (results.params.modes as readonly ("stable" | "authors")[]).map((mode) => ({
            kind: "line" as const,
            series: `p = ${p}`,
            dashed: mode === "stable",
            points: curveOf(pick(jointRows(results, p, mode), { series: "divergence", metric })),
          })),
        ),
      })),
    }),
  },
];

const list = (values: readonly number[], digits: number): string => values.map((value) => value.toFixed(digits)).join(" ");

export const JOINT_TABLES: readonly Table[] = [
  {
    id: "solutions",
    title: "Selections, SVM solutions and last iterates",
    caption: "Each exponent: this run (authors mode), then an independent float64 run.",
    build: (results): TableSpec => ({
      columns: ["p", "who", "tokens", "SVM W", "SVM v", "last W", "norm", "D of W", "D of v", "D at k = 50", "W frozen at"],
      rows: JOINT_REFERENCE.flatMap((reference) => {
        const rows = jointRows(results, reference.p, "authors");
        const [endW, endV] = divergencesAt(rows, paperSteps(reference.p));
        const pair = ([w, v]: readonly [number, number]): string => `${showNumber(w)} / ${showNumber(v)}`;
        return [
          [
            reference.p,
            "this run",
            tokensOf(rows).join(" "),
            list(entriesOf(rows, "svm W"), 5),
            list(entriesOf(rows, "svm v"), 5),
            list(entriesOf(rows, "W"), 3),
            valueAt(rows, { series: "end", metric: "norm" }).toFixed(3),
            endW,
            endV,
            pair(divergencesAt(rows, 50)),
            String(valueAt(rows, { series: "end", metric: "frozenAt" })),
          ],
          [
            reference.p,
            "reference",
            reference.tokens.join(" "),
            list(reference.svmW, 5),
            list(reference.svmV, 5),
            list(reference.endW, 3),
            reference.endNorm.toFixed(3),
            reference.divergenceW,
            reference.divergenceV,
            pair(reference.at50),
            String(reference.frozenAt),
          ],
        ];
      }),
    }),
  },
  {
    id: "stable",
    title: "The same in stable arithmetic",
    build: (results): TableSpec => ({
      columns: ["p", "tokens", "last W", "norm", "D of W", "D of v"],
      rows: JOINT_REFERENCE.map(({ p }) => {
        const rows = jointRows(results, p, "stable");
        const [endW, endV] = divergencesAt(rows, paperSteps(p));
        return [p, tokensOf(rows).join(" "), list(entriesOf(rows, "W"), 3), valueAt(rows, { series: "end", metric: "norm" }), endW, endV];
      }),
    }),
  },
];
