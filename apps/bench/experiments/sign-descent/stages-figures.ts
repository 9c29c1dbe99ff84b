import { curveOf, type Figure, type LineMark, type MetricRow, type Panel, pick, type ReferenceMark } from "../../src/experiment/index.ts";

/** Mean over seeds with its spread as a line. */
export function curve(
  rows: readonly MetricRow[],
  metric: string,
  about: { readonly series: string; readonly from?: string; readonly until?: number },
): LineMark {
  const own = pick(rows, { metric, series: about.from ?? "" }).filter(({ step }) => step <= (about.until ?? Number.POSITIVE_INFINITY));
  return { kind: "line", series: about.series, points: curveOf(own) };
}

const landmark = (x: number, label = `t = ${x}`): ReferenceMark => ({ kind: "reference", label, x });
const steps = { label: "step" };
const LEAST_SHOWN = 1e-12;

/** A curve without band, down to the lower end of the axis. */
function visible(line: LineMark): LineMark {
  return { ...line, points: line.points.filter(({ y }) => y >= LEAST_SHOWN).map(({ x, y }) => ({ x, y })) };
}

/** Panels of the noise of one neuron over steps, of what `recordNeuron` stored. */
export function neuronPanels(
  rows: readonly MetricRow[],
  seed: number,
  metrics: readonly ("queryNoise" | "keyNoise")[] = ["queryNoise", "keyNoise"],
  name = `seed ${seed}`,
): readonly Panel[] {
  const own = rows.filter((row) => row.seed === seed && row.series.startsWith("neuron"));
  const samples = [...new Set(own.filter(({ metric }) => metric === "queryNoise").map(({ series }) => series))];
  const line = (metric: string, series: string): LineMark => {
    const points = pick(own, { metric, series }).map(({ step, value }) => ({ x: step, y: value }));
    const at100 = points.find(({ x }) => x === 100)?.y ?? 0;
    // As in the paper: dotted when the noise is positive at t = 100.
    return { kind: "line", series: at100 > 0 ? "noise, positive at t = 100" : "noise, negative at t = 100", points, dashed: at100 > 0 };
  };
  const signal: LineMark = {
    kind: "line",
    series: "query signal",
    points: pick(own, { metric: "querySignal", series: "neuron" }).map(({ step, value }) => ({ x: step, y: value })),
  };
  return metrics.map((metric) => ({
    title: `${metric === "queryNoise" ? "query" : "key"} noise of neuron 1, ${name}`,
    x: steps,
    y: { label: "projection" },
    marks: [...samples.map((series) => line(metric, series)), signal, landmark(100)],
  }));
}

/** Plots of every tracker. */
export const STAGE_FIGURES: readonly Figure[] = [
  {
    id: "figure-1",
    title: "The four panels of Figure 1",
    source: "Figure 1",
    caption:
      "Value noise settles into linear growth at once while key noise stays near its start (first two panels, the first 20 steps); the noise patch leaves the signal by " +
      "step 100, the signal patch after step 300. Bands are one standard deviation over seeds.",
    draw: ({ rows }) => ({
      columns: 3,
      panels: [
        {
          title: "value noise, first steps",
          x: steps,
          y: { label: "⟨v, yξ⟩, mean over samples" },
          marks: [curve(rows, "valueNoise", { series: "value noise", until: 20 }), landmark(2)],
        },
        {
          title: "key noise, first steps",
          x: steps,
          y: { label: "|⟨w, yξ⟩|, mean", domain: [0, 0.25] },
          marks: [
            curve(rows, "keyNoiseSize", { series: "key noise", until: 20 }),
            { ...curve(rows, "queryNoiseSize", { series: "query noise", until: 20 }), dashed: true },
            landmark(2),
          ],
        },
        {
          title: "softmax outputs",
          x: steps,
          y: { label: "attention to the signal", scale: "log", domain: [LEAST_SHOWN, 1] },
          marks: [
            visible(curve(rows, "meanSignalToSignal", { series: "s11: signal to signal" })),
            visible(curve(rows, "meanNoiseToSignal", { series: "s21: noise to signal" })),
            landmark(150),
          ],
        },
      ],
    }),
  },
  {
    id: "one-neuron",
    title: "Query and key noise of one neuron",
    source: "Figure 1 (d)",
    caption:
      "Eight samples. Until step 100 query and key noise of a sample share a sign; key noise turns to the sign of the query signal from step 100 on, query noise later. " +
      "Where query noise stops moving near the end, s21 has underflowed to 0 in float64, and the sign of 0 is 0.",
    draw: ({ rows, seeds }) => ({ columns: 2, panels: neuronPanels(rows, seeds[0] ?? 1) }),
  },
  {
    id: "signs",
    title: "Shares of agreeing signs",
    caption:
      "Query and key noise agree (stage II), lose each other while key noise turns, and agree again; signals are opposite from stage III; in the end all noise has the sign of its " +
      "neuron's query signal. Vertical lines are the paper's landmarks.",
    draw: ({ rows }) => ({
      columns: 2,
      panels: [
        {
          title: "noise",
          x: steps,
          y: { label: "share of pairs", domain: [0.4, 1] },
          marks: [
            curve(rows, "alignment", { series: "query noise with key noise" }),
            curve(rows, "keyAgreement", { series: "key noise with query signal" }),
            curve(rows, "queryAgreement", { series: "query noise with query signal" }),
            landmark(100),
            landmark(900),
          ],
        },
        {
          title: "signals, first 200 steps",
          x: steps,
          y: { label: "share of neurons", domain: [0.4, 1] },
          marks: [
            curve(rows, "opposition", { series: "query signal against key signal", until: 200 }),
            curve(rows, "majority", { series: "query signal with majority of noise", until: 200 }),
            landmark(100),
          ],
        },
      ],
    }),
  },
  {
    id: "projections",
    title: "Signal and noise in the weights",
    caption:
      "Mean sizes over neurons and samples. Value noise and value signal grow linearly throughout; query and key noise pause while their signs turn.",
    draw: ({ rows }) => ({
      columns: 3,
      panels: [
        {
          title: "value",
          x: steps,
          y: { label: "projection" },
          marks: [curve(rows, "valueNoise", { series: "value noise" }), curve(rows, "valueSignal", { series: "value signal" })],
        },
        {
          title: "noise",
          x: steps,
          y: { label: "mean absolute projection" },
          marks: [curve(rows, "queryNoiseSize", { series: "query noise" }), curve(rows, "keyNoiseSize", { series: "key noise" })],
        },
        {
          title: "signal",
          x: steps,
          y: { label: "mean absolute projection" },
          marks: [curve(rows, "querySignalSize", { series: "query signal" }), curve(rows, "keySignalSize", { series: "key signal" })],
        },
      ],
    }),
  },
  {
    id: "losses",
    title: "Training and test loss",
    caption:
      "The training loss falls exponentially; the test loss never falls, and later grows. Bands are one standard deviation over seeds.",
    draw: ({ rows }) => ({
      columns: 2,
      panels: [
        { title: "training loss", x: steps, y: { label: "loss", scale: "log" }, marks: [curve(rows, "loss", { series: "training" })] },
        {
          title: "fresh samples",
          x: steps,
          y: { label: "loss and error", domain: [0, 1] },
          marks: [
            curve(rows, "testLoss", { series: "test loss", from: "test" }),
            curve(rows, "testError", { series: "test error", from: "test" }),
          ],
        },
      ],
    }),
  },
];
