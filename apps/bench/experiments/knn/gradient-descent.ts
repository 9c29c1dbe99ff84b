import { type AttentionGradientInput, createAttentionKernel, exactAttention } from "@attnlab/attention/node";
import { integerOption } from "@attnlab/check";
import { createRng } from "@attnlab/random";
import {
  type Claim,
  defineExperiment,
  type Figure,
  judged,
  type MetricRow,
  notRun,
  parameter,
  pick,
  showNumber,
  summarize,
  type Table,
  valuesOf,
  wordListOption,
} from "../../src/experiment/index.ts";
import { normalRows } from "./attention-data.ts";
import { DESCENT_PROBLEMS, type DescentProblem } from "./descent-losses.ts";
import { DESCENT_METHODS, type DescentMethod, exactGradients } from "./descent-methods.ts";
import { KNN_PAPER, KNN_SOURCES } from "./paper.ts";

const LOSSES = Object.keys(DESCENT_PROBLEMS);
const METHODS = Object.keys(DESCENT_METHODS) as DescentMethod[];

interface Curve {
  readonly first: number;
  readonly last: number;
  readonly values: readonly number[];
}

function curveOfLoss(rows: readonly MetricRow[], loss: string, series: string, seed: number): Curve {
  const values = valuesOf(pick(rows, { metric: "loss", series, seed, params: { loss } }));
  return { first: values[0] ?? Number.NaN, last: values.at(-1) ?? Number.NaN, values };
}

/** The largest distance of a curve from the exact one, over what the exact one falls; the worst seed. */
function distance(rows: readonly MetricRow[], seeds: readonly number[], loss: string, series: string): number {
  return Math.max(
    ...seeds.map((seed) => {
      const [exact, other] = [curveOfLoss(rows, loss, "exact", seed), curveOfLoss(rows, loss, series, seed)];
      if (other.values.length < exact.values.length) return Number.POSITIVE_INFINITY;
      const fall = exact.first - exact.last;
      return Math.max(...other.values.map((value, i) => Math.abs(value - (exact.values[i] as number)))) / fall;
    }),
  );
}

const gradientError = (rows: readonly MetricRow[], loss: string, series: string, metric: string): number =>
  summarize(valuesOf(pick(rows, { metric, series, params: { loss } }))).mean;

const losses = (reported: string): readonly string[] => LOSSES.filter((loss) => DESCENT_PROBLEMS[loss]?.reported.includes(reported));

const CLAIMS: readonly Claim[] = [
  {
    id: "overlap",
    statement:
      "With the released estimates the loss curves of the quadratic, the √·sin and the cross-entropy loss nearly overlap the exact ones.",
    where: "the release's figures of gradient descent",
    provenance: "paper",
    expected: "curves nearly overlap",
    measure: "Largest distance between the two curves over what the exact one falls; the worst seed.",
    rule: "at most 10% for each of the three losses",
    judge: ({ rows, seeds }) => {
      const found = losses("overlap").map((loss) => ({ loss, value: distance(rows, seeds, loss, "released") }));
      if (found.some(({ value }) => Number.isNaN(value))) return notRun("needs the three losses");
      const holds = found.every(({ value }) => value <= 0.1);
      const measured = found.map(({ loss, value }) => `${loss}: ${showNumber(100 * value)}%`).join(", ");
      const note =
        "∞: with one seed the estimates diverge at the stated rate; how the release drew its entries is not known. Rate and size of the cross-entropy runs are not known: the noise of the walks grows with the rate, and at a fifth of ours, .02, the curves overlap.";
      return holds ? judged(true, measured) : judged(false, measured, note);
    },
  },
  {
    id: "lag",
    statement: "They lag on the cubic loss and on exp(−x sin x), and still fall.",
    where: "the release's figures; its cubic loss falls from 5,204 to 5,040 with the estimates and to 5,018 exactly",
    provenance: "paper",
    expected: "88% of the fall on the cubic loss",
    measure: "Fall of the loss with the released estimates over the exact fall, mean over seeds.",
    rule: "between 60% and 105% on both",
    judge: ({ rows, seeds }) => {
      const found = losses("lags").map((loss) => {
        const shares = seeds.map((seed) => {
          const [exact, fast] = [curveOfLoss(rows, loss, "exact", seed), curveOfLoss(rows, loss, "released", seed)];
          return (fast.first - fast.last) / (exact.first - exact.last);
        });
        return { loss, share: summarize(shares).mean };
      });
      if (found.some(({ share }) => Number.isNaN(share))) return notRun("needs both losses");
      return judged(
        found.every(({ share }) => share >= 0.6 && share <= 1.05),
        found.map(({ loss, share }) => `${loss}: ${showNumber(100 * share)}%`).join(", "),
      );
    },
  },
  {
    id: "quartic",
    statement: "On the quartic loss both arrive near its minimum.",
    where: "the release's figure: from about 737 both to about 210; derived: the minimum over 75 entries is 205.3",
    provenance: "paper",
    expected: "about 210",
    measure: "Final loss, exact and with the released estimates, mean over seeds.",
    rule: "both between 205 and 235",
    judge: ({ rows, seeds }) => {
      const loss = LOSSES[4] as string;
      const found = ["exact", "released"].map((series) => summarize(seeds.map((seed) => curveOfLoss(rows, loss, series, seed).last)).mean);
      if (found.some(Number.isNaN)) return notRun("needs the quartic loss");
      return judged(
        found.every((value) => value >= 205 && value <= 235),
        found.map((value) => showNumber(value)).join(" and "),
      );
    },
  },
  {
    id: "logistic",
    statement: "The logistic loss after 60 steps is about the same.",
    where: "the release run again for 60 steps: .6085 exactly and .6312 with estimates, .5723 and .5741 with another seed",
    provenance: "derived",
    expected: "0.3 to 4% above the exact loss",
    measure: "Loss with the released estimates over the exact one at step 60, each seed.",
    rule: "between 0.9 and 1.1 for every seed",
    judge: ({ rows, seeds }) => {
      const at = (series: string, seed: number): number =>
        pick(rows, { metric: "loss", series, seed, step: 60, params: { loss: "logistic" } })[0]?.value ?? Number.NaN;
      const found = seeds.map((seed) => at("released", seed) / at("exact", seed));
      if (found.some(Number.isNaN)) return notRun("needs 60 steps of the logistic loss");
      return judged(
        found.every((ratio) => ratio >= 0.9 && ratio <= 1.1),
        found.map((ratio) => showNumber(ratio)).join(", "),
      );
    },
  },
  {
    id: "gradient-error",
    statement: "Loss curves are a weak test: they stay close while the released estimate of dV is off by as much as its size.",
    where: "the release run again: first-step errors of 111% and 316% of the mean |dV|, 31 to 46% of the mean |dQ|",
    provenance: "derived",
    expected: "above 100% for dV, 20 to 60% for dQ on the logistic loss",
    measure: "Mean absolute error over mean absolute gradient at the first step, same point for both, mean over seeds.",
    rule: "dV above 60%, dQ between 10 and 80%: what is drawn first differs",
    judge: ({ rows }) => {
      const first = (metric: string): number =>
        summarize(valuesOf(pick(rows, { metric, series: "released", step: 0, params: { loss: "logistic" } }))).mean;
      const [value, query] = [first("valueMeanError"), first("queryMeanError")];
      if (Number.isNaN(value)) return notRun("needs the logistic loss");
      return judged(value > 0.6 && query >= 0.1 && query <= 0.8, `dV ${showNumber(100 * value)}%, dQ ${showNumber(100 * query)}%`);
    },
  },
  {
    id: "sparse",
    statement: "The sparse gradient of √n keys is closer to the exact one than the released estimates, at every loss.",
    where: "our default for training",
    provenance: "ours",
    expected: "smaller relative Frobenius errors of dQ and dV",
    measure: "Mean relative error over the steps, both evaluated at the method's own point.",
    rule: "smaller for dQ and dV at each of the losses, dQ with more than 15 tokens: √15 is the release's 3",
    judge: ({ rows }) => {
      const stored = LOSSES.filter((loss) => pick(rows, { params: { loss } }).length > 0);
      if (stored.length === 0) return notRun("No descent is stored.");
      const worse = stored.flatMap((loss) =>
        ["queryError", "valueError"].flatMap((metric) => {
          // Of 15 tokens the root is 3: the same keys as in the release.
          if (metric === "queryError" && (DESCENT_PROBLEMS[loss]?.tokens ?? 0) < 16) return [];
          const [sparse, released] = ["sparse", "released"].map((series) => gradientError(rows, loss, series, metric)) as [number, number];
          return sparse < released || Number.isNaN(released)
            ? []
            : [`${loss}, ${metric === "queryError" ? "dQ" : "dV"}: ${showNumber(sparse)} against ${showNumber(released)}`];
        }),
      );
      const measured = worse.length === 0 ? "all smaller" : `${worse.length} not smaller`;
      return worse.length === 0 ? judged(true, measured) : judged(false, measured, `${worse.join("; ")}.`);
    },
  },
];

/** Mean over seeds of a metric at each step. */
function line(rows: readonly MetricRow[], loss: string, series: string, metric: string) {
  const mine = pick(rows, { metric, series, params: { loss } });
  const steps = [...new Set(mine.map(({ step }) => step))].sort((a, b) => a - b);
  const points = steps.map((x) => ({ x, y: summarize(valuesOf(pick(mine, { step: x }))).mean }));
  return { kind: "line" as const, series, points };
}

const FIGURES: readonly Figure[] = [
  {
    id: "losses",
    title: "Loss by step",
    caption: "Gradient descent on queries and values with exact and estimated gradients, mean over seeds.",
    source: "the release's figures of gradient descent",
    draw: ({ rows }) => ({
      panels: LOSSES.map((loss) => ({
        title: loss,
        x: { label: "step" },
        y: { label: "loss" },
        marks: METHODS.map((series) => line(rows, loss, series, "loss")),
      })),
      columns: 3,
    }),
  },
  {
    id: "gradient-errors",
    title: "Error of the gradient of the values by step",
    caption: "Relative Frobenius error of dV against the exact gradient at the same point, for the losses above.",
    draw: ({ rows }) => ({
      panels: LOSSES.map((loss) => ({
        title: loss,
        x: { label: "step" },
        y: { label: "relative error of dV", scale: "log" as const },
        marks: METHODS.filter((series) => series !== "exact").map((series) => line(rows, loss, series, "valueError")),
      })),
      columns: 3,
    }),
  },
];

const TABLES: readonly Table[] = [
  {
    id: "descent",
    title: "Losses and gradient errors",
    caption: "Means over seeds; gradient errors are relative Frobenius errors, mean over the recorded steps.",
    build: ({ rows, seeds }) => ({
      columns: ["loss", "gradient", "first", "last", "distance of the curves", "error of dQ", "error of dV", "release"],
      rows: LOSSES.flatMap((loss) =>
        METHODS.map((series) => {
          const curves = seeds.map((seed) => curveOfLoss(rows, loss, series, seed));
          const mean = (of: (curve: Curve) => number): number => summarize(curves.map(of)).mean;
          const errors = ["queryError", "valueError"].map((metric) => gradientError(rows, loss, series, metric));
          return [
            loss,
            series,
            mean(({ first }) => first),
            mean(({ last }) => last),
            series === "exact" ? "–" : distance(rows, seeds, loss, series),
            ...errors.map((error) => (Number.isNaN(error) ? "–" : error)),
            DESCENT_PROBLEMS[loss]?.reported ?? "–",
          ];
        }),
      ),
    }),
  },
];

interface Sizes {
  readonly frobenius: number;
  readonly mean: number;
}

/** Relative errors of an estimate. */
function relativeErrors(found: Float32Array, exact: Float32Array): Sizes {
  let [square, size, absolute, total] = [0, 0, 0, 0];
  found.forEach((x, i) => {
    const wanted = exact[i] as number;
    square += (x - wanted) ** 2;
    size += wanted ** 2;
    absolute += Math.abs(x - wanted);
    total += Math.abs(wanted);
  });
  return { frobenius: Math.sqrt(square / size), mean: absolute / total };
}

export const experiment = defineExperiment({
  id: "knn/gradient-descent",
  title: "Gradient descent with estimated gradients",
  paper: KNN_PAPER,
  summary:
    "Descent on queries and values of softmax(QKᵀ)V, scores not scaled, with eight losses: the released estimates (dV by shifted walks for each column, dQ through three keys), the sparse gradient " +
    `of √n keys, sampled gradients, and exact ones. Estimates are evaluated at the point that the method itself has reached. ${KNN_SOURCES}`,
  parameters: {
    losses: parameter(wordListOption(LOSSES, { doc: "Losses of the output." }), {
      quick: [LOSSES[0], LOSSES[4], LOSSES[7]] as string[],
      full: LOSSES,
    }),
    steps: parameter(integerOption({ doc: "Most steps; each loss has its own number up to that.", min: 1 }), { quick: 60, full: 1500 }),
  },
  seeds: { quick: 1, full: 2 },
  cells: ({ losses, steps }, seeds) => losses.flatMap((loss) => seeds.map((seed) => ({ params: { loss, steps }, seeds: [seed] }))),

  async run({ params: { loss, steps: most }, seed, record, progress, signal }) {
    const problem = DESCENT_PROBLEMS[loss] as DescentProblem;
    const { tokens, dim, std, learningRate, epsilon } = problem;
    const steps = Math.min(most, problem.steps);
    const every = Math.max(1, Math.floor(steps / 25));
    await using kernel = await createAttentionKernel();
    for (const [m, method] of METHODS.entries()) {
      const rng = createRng(seed).split(loss);
      const lossOf = problem.loss({ tokens, dim }, rng);
      const [query, key, value] = ["query", "key", "value"].map((name) => normalRows(rng.split(name), tokens, dim, std)) as [
        AttentionGradientInput["query"],
        AttentionGradientInput["key"],
        AttentionGradientInput["value"],
      ];
      for (let step = 0; step <= steps; step++) {
        signal.throwIfAborted();
        // A descent that has left the numbers is a result; its curve ends here.
        if (![query, value].every(({ data }) => data.every(Number.isFinite))) {
          record({ series: method, step }, { loss: Number.POSITIVE_INFINITY });
          break;
        }
        const { output } = await exactAttention({ query, key, value }, { scale: 1, kernel });
        const { loss: reached, gradient } = lossOf(output.data);
        record({ series: method, step }, { loss: reached });
        if (step === steps || !gradient.every(Number.isFinite)) break;
        const input = { query, key, value, outputGradient: { ...output, data: gradient } };
        const found = await DESCENT_METHODS[method](input, { rng: rng.split(`${method} ${step}`), epsilon });
        if (method !== "exact" && step % every === 0) {
          const exact = await exactGradients(input);
          const [forQuery, forValue] = [relativeErrors(found.query, exact.query), relativeErrors(found.value, exact.value)];
          record(
            { series: method, step },
            {
              queryError: forQuery.frobenius,
              valueError: forValue.frobenius,
              queryMeanError: forQuery.mean,
              valueMeanError: forValue.mean,
            },
          );
        }
        descend(query.data, found.query, learningRate);
        descend(value.data, found.value, learningRate);
        if (step % every === 0) progress((m + step / steps) / METHODS.length, method);
      }
    }
  },

  claims: CLAIMS,
  figures: FIGURES,
  tables: TABLES,
});

function descend(values: Float32Array, gradient: Float32Array, rate: number): void {
  for (let i = 0; i < values.length; i++) (values[i] as number) -= rate * (gradient[i] as number);
}
