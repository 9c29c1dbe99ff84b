import { showNumber, type Table, type TableSpec } from "../../src/experiment/index.ts";
import { paperSteps } from "./paper.ts";
import { crossRow, pointAt } from "./single-run-claims.ts";
import { REFERENCE_RUNS, REFERENCE_STEPS, type ReferencePoint } from "./single-run-reference.ts";

const show = ({ divergence, norm }: ReferencePoint): string => `${showNumber(divergence, 4)} (${showNumber(norm, 4)})`;

export const SINGLE_RUN_TABLES: readonly Table[] = [
  {
    id: "path",
    title: "Divergence (and norm) along the run",
    caption: "In each cell: this run. The row below it: an independent float64 run, measured for the specification.",
    build: ({ rows }): TableSpec => ({
      columns: ["p", "who", ...REFERENCE_STEPS.map((step) => `k = ${step}`), "end", "end, stable"],
      rows: REFERENCE_RUNS.flatMap((run) => [
        [
          run.p,
          "this run",
          ...REFERENCE_STEPS.map((step) => show(pointAt(rows, run.p, "authors", step))),
          show(pointAt(rows, run.p, "authors", paperSteps(run.p))),
          show(pointAt(rows, run.p, "stable", paperSteps(run.p))),
        ],
        [
          run.p,
          "reference",
          ...REFERENCE_STEPS.map((step) => show(run.steps[step] as ReferencePoint)),
          show(run.authorsEnd),
          show(run.stableEnd),
        ],
      ]),
    }),
  },
  {
    id: "cross",
    title: "Divergence at the end against the SVMs of all exponents, same tokens",
    caption: "Rows: exponent of the run. The last three columns are the reference (authors mode).",
    build: ({ rows }): TableSpec => ({
      columns: ["p of the run", "mode", ...REFERENCE_RUNS.map(({ p }) => `SVM ${p}`), ...REFERENCE_RUNS.map(({ p }) => `reference ${p}`)],
      rows: REFERENCE_RUNS.flatMap(({ p, cross }) => [
        [p, "authors", ...crossRow(rows, p, "authors"), ...cross],
        [p, "stable", ...crossRow(rows, p, "stable"), "–", "–", "–"],
      ]),
    }),
  },
];
