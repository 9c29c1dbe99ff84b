import { integerOption } from "@attnlab/check";
import { defineExperiment, type Figure, groupRows, type MetricRow, parameter, pick, type Table } from "../../src/experiment/index.ts";
import { exponentsOf, GUARANTEE_CLAIMS } from "./guarantee-claims.ts";
import type { GuaranteeContext } from "./guarantee-context.ts";
import { countProducts } from "./guarantee-cost.ts";
import { lazyDraws, meanOfDraws, missedKey } from "./guarantee-draws.ts";
import { medians, sampleMeans, tailBias, tailBounds, topKBound } from "./guarantee-estimators.ts";
import { sampledGradients, walkErrors } from "./guarantee-gradients.ts";
import { KNN_PAPER, KNN_SOURCES } from "./paper.ts";

/** The longest first. */
const TESTS: Readonly<Record<string, (context: GuaranteeContext) => void | Promise<void>>> = {
  "T13 products": countProducts,
  "T12 sampled gradients": sampledGradients,
  "T5 means": sampleMeans,
  "T6 medians of means": medians,
  "T7, T8 tails": tailBounds,
  "T9 top-k": topKBound,
  "T10 walks": walkErrors,
  "T11 bias": tailBias,
  "T2, T3 lazy draws": lazyDraws,
  "T4 missed key": missedKey,
  "T1 expectation": meanOfDraws,
};

/** Lines of a metric over its steps, one for each series. */
function linesOf(rows: readonly MetricRow[], metric: string, name: (series: string) => string = (series) => series) {
  return [...groupRows(pick(rows, { metric }), (row) => row.series)].map(([series, group]) => ({
    kind: "line" as const,
    series: name(series),
    points: group.map(({ step, value }) => ({ x: step, y: value })),
  }));
}

const logarithmic = (label: string) => ({ label, scale: "log" as const });

const FIGURES: readonly Figure[] = [
  {
    id: "rates",
    title: "How errors fall",
    caption:
      "Measured error of every sampled quantity by its budget, on clustered and Gaussian data; dashed: the derived error of the mean. Bias falls twice as fast as error.",
    draw: ({ rows }) => ({
      panels: [
        {
          title: "mean of draws (T5)",
          x: logarithmic("draws per query"),
          y: logarithmic("root mean square error"),
          marks: [
            ...linesOf(rows, "rmse"),
            ...linesOf(rows, "predictedRmse").map((line) => ({ ...line, series: `${line.series}, derived`, dashed: true })),
          ],
        },
        {
          title: "walks (T10)",
          x: logarithmic("walks"),
          y: logarithmic("largest error / ‖x‖₁"),
          marks: [
            ...linesOf(rows, "walkError"),
            {
              kind: "dots",
              series: "independent measurement",
              points: [0.0149, 0.0062, 0.0031, 0.0018, 0.00075].map((y, i) => ({ x: 2 ** (8 + 2 * i), y })),
            },
          ],
        },
        {
          title: "uniform tail (T11)",
          x: logarithmic("tail"),
          y: logarithmic("error and bias"),
          marks: [...linesOf(rows, "tailError", () => "mean error"), ...linesOf(rows, "bias", () => "bias")],
        },
        {
          title: "sampled gradients (T12)",
          x: logarithmic("budget"),
          y: logarithmic("error (Frobenius)"),
          marks: linesOf(rows, "gradientRmse"),
        },
      ],
      columns: 2,
    }),
  },
  {
    id: "products",
    title: "Products of the forward pass",
    caption: "Products of two vectors over n squared, what exact attention takes: every falling line is sub-quadratic.",
    draw: ({ rows }) => ({
      panels: ["clustered", "Gaussian"].map((kind) => ({
        title: `${kind} data`,
        x: logarithmic("tokens"),
        y: logarithmic("products / n²"),
        marks: linesOf(
          pick(rows, { metric: "dotProducts" }).filter(({ series }) => series.startsWith(kind)),
          "dotProducts",
          (series) => series.slice(kind.length + 2),
        ).map((line) => ({ ...line, points: line.points.map(({ x, y }) => ({ x, y: y / x ** 2 })) })),
      })),
      columns: 2,
    }),
  },
];

const TABLES: readonly Table[] = [
  {
    id: "lazy",
    title: "Lazy Gumbel draws (T2, T3)",
    build: ({ rows }) => ({
      columns: ["distribution and form", "p", "degrees", "keys looked at", "derived", "bound"],
      rows: pick(rows, { metric: "p" }).map(({ series, value }) => [
        series,
        value,
        ...["degrees", "tail", "expectedTail", "tailBound"].map((metric) => pick(rows, { metric, series })[0]?.value ?? Number.NaN),
      ]),
    }),
  },
  {
    id: "missed",
    title: "A key that the search missed (T4)",
    build: ({ rows }) => ({
      columns: ["distribution", "gap", "frequency", "probability", "keys looked at", "derived"],
      rows: pick(rows, { metric: "frequency" }).map(({ series, value }) => {
        const of = (metric: string): number => pick(rows, { metric, series })[0]?.value ?? Number.NaN;
        return [series, of("gap"), value, of("truth"), of("tail"), of("expectedTail")];
      }),
    }),
  },
  {
    id: "exponents",
    title: "Exponents of the number of products (T13)",
    build: ({ rows }) => ({
      columns: ["data and method", "exponent"],
      rows: exponentsOf(rows, "dotProducts").map(({ series, exponent }) => [series, exponent]),
    }),
  },
];

export const experiment = defineExperiment({
  id: "knn/guarantees",
  title: "Guarantees of sampled and nearest-neighbour attention",
  paper: KNN_PAPER,
  summary:
    "Thirteen statements about draws, estimators, bounds, gradients and cost, each tested by its own statistic at fixed seeds and a stated error rate, on clustered and on " +
    `Gaussian data. ${KNN_SOURCES}`,
  parameters: {
    draws: parameter(integerOption({ doc: "Draws of a test of a distribution or a mean.", min: 100 }), { quick: 20_000, full: 200_000 }),
    trials: parameter(integerOption({ doc: "Repetitions of a test of coverage.", min: 10 }), { quick: 500, full: 2_000 }),
    runs: parameter(integerOption({ doc: "Estimates whose mean is tested.", min: 10 }), 200),
    longest: parameter(integerOption({ doc: "Most tokens when products are counted, a power of two.", min: 1024 }), {
      quick: 4096,
      full: 16_384,
    }),
  },
  seeds: { quick: 1, full: 1 },
  cells: (params, seeds) => Object.keys(TESTS).flatMap((test) => seeds.map((seed) => ({ params: { ...params, test }, seeds: [seed] }))),
  run: ({ params, ...context }) => (TESTS[params.test] as (typeof TESTS)[string])({ params, ...context }),
  claims: GUARANTEE_CLAIMS,
  figures: FIGURES,
  tables: TABLES,
});
