import {
  curveOf,
  type Figure,
  type FigureSpec,
  groupRows,
  type Panel,
  pick,
  type Results,
  summarize,
  type Table,
  type TableSpec,
  valuesOf,
} from "../../src/experiment/index.ts";
import { LOCALITY_REFERENCE } from "./locality-claims.ts";
import { exponentsOf, keptCount, keptDivergences, lastRows, meanAtEnd, pathRows, startsOf } from "./locality-rows.ts";
import type { Start } from "./locality-run.ts";
import { SELECTION_CLASSES } from "./replaced-selection.ts";

const TITLES: Readonly<Record<Start, string>> = {
  near: "near: R = 20, 5% noise",
  far: "far: R = 30 ‖W_svm‖, .5% noise",
};

function panels(results: Results, draw: (start: Start, p: number) => Panel): FigureSpec {
  const exponents = exponentsOf(results);
  return { panels: startsOf(results).flatMap((start) => exponents.map((p) => draw(start, p))), columns: exponents.length };
}

export const LOCALITY_FIGURES: readonly Figure[] = [
  {
    id: "kept",
    title: "Runs that keep the tokens they started with",
    caption:
      "Fraction of the data sets. Globally optimal tokens are always kept, locally optimal ones mostly, others never. Not every data set has a " +
      "replacement of each class.",
    draw: (results): FigureSpec => ({
      panels: startsOf(results).map((start) => ({
        title: TITLES[start],
        x: { label: "exponent" },
        y: { label: "fraction kept", domain: [0, 1] },
        marks: SELECTION_CLASSES.map((kind) => ({
          kind: "bars",
          series: kind,
          bars: exponentsOf(results).map((p) => ({ category: `p = ${p}`, y: keptCount(results, { p, start, kind }).fraction })),
        })),
      })),
    }),
  },
  {
    id: "divergence",
    title: "Divergence from the SVM of the tokens at the start",
    caption:
      "One line per data set. A run first drifts away, because at a finite norm the loss is least a little beside the SVM direction, and then either " +
      "stays near or leaves for other tokens.",
    draw: (results): FigureSpec =>
      panels(results, (start, p) => ({
        title: `p = ${p}, ${start}`,
        x: { label: "iteration", scale: "log" },
        y: { label: "divergence", scale: "log" },
        marks: [...SELECTION_CLASSES].reverse().flatMap((kind) =>
          [...groupRows(pathRows(results, { p, start, kind }, "divergence"), ({ seed }) => seed).values()].map((rows) => ({
            kind: "line" as const,
            series: kind,
            points: curveOf(rows).map(({ x, y }) => ({ x, y })),
          })),
        ),
      })),
  },
  {
    id: "alignment",
    title: "Alignment of the descent direction with the SVM direction",
    caption:
      "−⟨∇L, W_svm⟩ / (‖∇L‖ ‖W_svm‖), dual norm of the gradient, along the runs that start at the globally optimal tokens: mean and one standard " +
      "deviation over the data sets, dashed the least value. Dots: end values of an independent run.",
    draw: (results): FigureSpec =>
      panels(results, (start, p) => {
        const rows = pathRows(results, { p, start, kind: "global" }, "alignment");
        const end = LOCALITY_REFERENCE.find((of) => of.p === p);
        const last = Math.max(...rows.map(({ step }) => step));
        return {
          title: `p = ${p}, ${start}`,
          x: { label: "iteration", scale: "log" },
          y: { label: "alignment", domain: [0, 1.1] },
          marks: [
            { kind: "line", series: "mean", points: curveOf(rows) },
            {
              kind: "line",
              series: "least",
              dashed: true,
              points: curveOf(rows).map(({ x }) => ({ x, y: summarize(valuesOf(pick(rows, { step: x }))).min })),
            },
            ...(start === "near" && end !== undefined
              ? [{ kind: "dots" as const, series: "reference", points: [{ x: last, y: end.alignment }] }]
              : []),
          ],
        };
      }),
  },
];

export const LOCALITY_TABLES: readonly Table[] = [
  {
    id: "runs",
    title: "Runs by class",
    caption: "Divergences are means over the runs that kept their tokens. SVM error: largest duality gap or residual.",
    build: (results): TableSpec => ({
      columns: ["start", "p", "class", "runs", "kept", "D at the start", "D at the end", "alignment at the end", "greatest SVM error"],
      rows: startsOf(results).flatMap((start) =>
        exponentsOf(results).flatMap((p) =>
          SELECTION_CLASSES.map((kind) => {
            const at = { p, start, kind };
            const { kept, runs } = keptCount(results, at);
            const divergences = keptDivergences(results, at);
            return [
              start,
              p,
              kind,
              runs,
              kept,
              summarize(divergences.map(({ first }) => first)).mean,
              summarize(divergences.map(({ last }) => last)).mean,
              meanAtEnd(results, at, "alignment"),
              summarize(valuesOf(lastRows(results, at, "svmError"))).max,
            ];
          }),
        ),
      ),
    }),
  },
];
