import {
  curveOf,
  type Figure,
  type LineMark,
  type MetricRow,
  type Panel,
  pick,
  showNumber,
  summarize,
  type Table,
} from "../../src/experiment/index.ts";
import { methodLabel } from "./methods.ts";
import { ofMethod } from "./optimizers-claims.ts";
import { neuronPanels } from "./stages-figures.ts";

/** The methods of stored rows, in their order. */
function methodsOf(rows: readonly MetricRow[]): string[] {
  return [...new Set(rows.map(({ params }) => params.method as string))];
}

/** One line per method; points below the lower end of the axis are left out. */
function curves(rows: readonly MetricRow[], metric: string, series = "", least = Number.NEGATIVE_INFINITY): LineMark[] {
  return methodsOf(rows).map((method) => ({
    kind: "line",
    series: methodLabel(method),
    points: curveOf(pick(rows, { metric, series, params: { method } }))
      .filter(({ y }) => y >= least)
      .map(({ x, y }) => ({ x, y })),
  }));
}

const panel = (
  rows: readonly MetricRow[],
  about: { title: string; label: string; metric: string; series?: string; log?: boolean; domain?: [number, number] },
): Panel => ({
  title: about.title,
  x: { label: "step" },
  y: {
    label: about.label,
    ...(about.log ? { scale: "log" as const } : {}),
    ...(about.domain === undefined ? {} : { domain: about.domain }),
  },
  marks: curves(rows, about.metric, about.series, about.domain?.[0]),
});

/** Figures of the comparison of optimizers. */
export const OPTIMIZER_FIGURES: readonly Figure[] = [
  {
    id: "losses",
    title: "Training and test loss of all methods",
    source: "Figure 2 (c)",
    caption:
      "Sign descent falls along a straight line in the logarithm, Adam (0.9, 0.999) along a power law; on fresh samples only gradient descent improves. Means over seeds.",
    draw: ({ rows }) => ({
      columns: 2,
      panels: [
        panel(rows, { title: "training loss", label: "loss", metric: "loss", log: true, domain: [1e-10, 1] }),
        panel(rows, { title: "test loss", label: "loss", metric: "testLoss", series: "test" }),
      ],
    }),
  },
  {
    id: "query-noise",
    title: "Query noise under sign descent and Adam",
    source: "Figure 2 (a), (b)",
    caption:
      "Eight samples of one neuron. Under sign descent all noise turns to the sign of the query signal; under Adam it keeps its sign. From about step 1,000 on the attention underflows in float64 and the gradients are 0.",
    draw: ({ rows, seeds }) => ({
      columns: 2,
      panels: ["sign", "adam"].flatMap((method) =>
        neuronPanels(pick(rows, { params: { method } }), seeds[0] ?? 1, ["queryNoise"], methodLabel(method)),
      ),
    }),
  },
  {
    id: "trackers",
    title: "Signs and attention",
    caption:
      "Share of query noise with the sign of its neuron's query signal, of key noise likewise, and mean attention of signal and noise patches to the signal.",
    draw: ({ rows }) => ({
      columns: 2,
      panels: [
        panel(rows, { title: "query noise with query signal", label: "share of pairs", metric: "queryAgreement", domain: [0.4, 1] }),
        panel(rows, { title: "key noise with query signal", label: "share of pairs", metric: "keyAgreement", domain: [0.4, 1] }),
        panel(rows, { title: "s11: signal to signal", label: "attention", metric: "meanSignalToSignal", log: true, domain: [1e-12, 1] }),
        panel(rows, { title: "s21: noise to signal", label: "attention", metric: "meanNoiseToSignal", log: true, domain: [1e-12, 1] }),
      ],
    }),
  },
];

/** Tables of the comparison of optimizers. */
export const OPTIMIZER_TABLES: readonly Table[] = [
  {
    id: "equal-loss",
    title: "At equal training loss",
    caption:
      "First tenth step with at most this training loss: step, test loss and test error, attention of signal and noise patch to the signal; means over seeds.",
    build: ({ rows }) => ({
      columns: ["method", "training loss", "step", "test loss", "test error", "s11", "s21"],
      rows: methodsOf(rows).flatMap((method) =>
        [0.1, 0.01, 0.002].flatMap((level) => {
          const series = `at ${level}`;
          const own = pick(rows, { series, metric: "testLoss", params: { method } });
          if (own.length === 0) return [];
          const mean = (metric: string): number => summarize(ofMethod(rows, method, metric, series)).mean;
          const step = summarize(own.map((row) => row.step)).mean;
          return [[methodLabel(method), level, step, mean("testLoss"), mean("testError"), mean("s11"), mean("s21")]];
        }),
      ),
    }),
  },
  {
    id: "end",
    title: "After all steps",
    caption: "Means over seeds; stage boundaries as in sign-descent/stages (NaN: not reached on some seed).",
    build: ({ rows, params }) => ({
      columns: ["method", "T2", "T3", "T4a", "T4b", "T4c", "training loss", "test loss", "test error", "query noise with signal"],
      rows: methodsOf(rows).map((method) => {
        const mean = (metric: string, series: string, step?: number): string =>
          showNumber(summarize(ofMethod(rows, method, metric, series, step)).mean);
        const stages = ["noiseAlignment", "signalOpposition", "attentionCollapse", "keyAlignment", "queryAlignment"];
        const steps = params.steps as number;
        return [
          methodLabel(method),
          ...stages.map((name) => mean(name, "boundaries")),
          mean("loss", "", steps),
          mean("testLoss", "test", steps),
          mean("testError", "test", steps),
          mean("queryAgreement", "", steps),
        ];
      }),
    }),
  },
];
