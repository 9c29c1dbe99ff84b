import {
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
import { valueAt } from "./closeness.ts";
import { GROWTH_REFERENCE, seedValues } from "./growth-and-rate-claims.ts";

/** Median over seeds with the range from the least to the greatest. */
function rangePanel({ rows, params }: Results, metric: string, axis: { title: string; label: string; log: boolean }): Panel {
  return {
    title: axis.title,
    x: { label: "step", scale: "log" },
    y: axis.log ? { label: axis.label, scale: "log" } : { label: axis.label },
    marks: (params.p as readonly number[]).map((p) => ({
      kind: "line",
      series: `p = ${p}`,
      points: [...groupRows(pick(rows, { params: { p }, series: "", metric }), (row) => row.step)]
        .sort(([a], [b]) => a - b)
        .map(([step, group]) => {
          const { median, min, max } = summarize(valuesOf(group));
          return { x: step, y: median, low: min, high: max };
        }),
    })),
  };
}

export const GROWTH_FIGURES: readonly Figure[] = [
  {
    id: "growth",
    title: "Norm, divergence and rate without normalisation",
    caption:
      "Median over the data sets, with the range from the least to the greatest. Left: the norm over log k levels off. Middle: the divergence from the own " +
      "SVM. Right: the divergence over the candidate rate falls, so the rate is not exceeded.",
    draw: (results): FigureSpec => ({
      panels: [
        rangePanel(results, "growth", { title: "growth", label: "norm / log k", log: false }),
        rangePanel(results, "divergence", { title: "direction", label: "divergence", log: true }),
        rangePanel(results, "rateRatio", { title: "rate", label: "divergence / candidate rate", log: true }),
      ],
    }),
  },
];

export const GROWTH_TABLES: readonly Table[] = [
  {
    id: "decades",
    title: "By decade",
    caption: "Seed 1, its reference from an independent float64 run, and the median over all seeds.",
    build: (results): TableSpec => {
      const steps = [100, 1_000, 10_000, 100_000].filter((step) => step <= (results.params.steps as number));
      const metrics = [
        { metric: "growth", name: "norm / log k" },
        { metric: "rateRatio", name: "divergence / rate" },
        { metric: "divergence", name: "divergence" },
      ];
      return {
        columns: ["quantity", "p", "who", ...steps.map((step) => `k = ${step.toLocaleString("en-US")}`)],
        rows: metrics.flatMap(({ metric, name }) =>
          (results.params.p as readonly number[]).flatMap((p) => {
            const reference = GROWTH_REFERENCE.find((run) => run.p === p && run.metric === metric);
            const own = steps.map((step) => valueAt(results.rows, { params: { p }, seed: 1, series: "", metric, step }));
            const median = steps.map((step) => summarize(seedValues(results, { p, metric, step })).median);
            return [
              [name, p, "seed 1", ...own],
              ...(reference === undefined ? [] : [[name, p, "reference", ...steps.map((step) => reference.values[step] ?? "–")]]),
              [name, p, "median", ...median],
            ];
          }),
        ),
      };
    },
  },
];
