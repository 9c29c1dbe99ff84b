import { integerOption, numberOption } from "@attnlab/check";
import {
  type Claim,
  defineExperiment,
  type Figure,
  grid,
  judged,
  type MetricRow,
  notRun,
  numberListOption,
  parameter,
  pick,
  showNumber,
  summarize,
  type Table,
  valuesOf,
} from "../../src/experiment/index.ts";
import { REFERENCE, REFERENCE_RATE } from "./configuration.ts";
import { optimizerOf } from "./methods.ts";
import { OWN_SETTINGS, SIGN_DESCENT_PAPER } from "./paper.ts";
import { trainToLoss } from "./train-to-loss.ts";

function at(rows: readonly MetricRow[], batchSize: number, metric: string): number {
  return summarize(valuesOf(pick(rows, { metric, params: { batchSize } }))).mean;
}

/** Smallest and largest of the batch sizes run. */
function ends(params: { readonly batchSize: readonly number[] }): readonly [number, number] {
  return [Math.min(...params.batchSize), Math.max(...params.batchSize)];
}

const CLAIMS: readonly Claim<{ readonly batchSize: readonly number[] }>[] = [
  {
    id: "signal",
    statement: "Small batches learn more of the signal before they fit the training samples.",
    where: "the sign rules: the noise of a sample moves only in steps that draw it, the signal moves in every step",
    provenance: "derived",
    expected: "value signal over value noise grows like samples / batch size where the attention does not matter",
    measure: "Mean value signal over mean value noise at equal training loss, smallest batch against all samples, mean over seeds.",
    rule: "the ratio of the smallest batch is at least a quarter of samples / batch size times that of the full batch",
    judge: ({ rows, params }) => {
      const [small, large] = ends(params);
      const ratio = (size: number): number => at(rows, size, "valueSignal") / at(rows, size, "valueNoise");
      const gain = ratio(small) / ratio(large);
      if (!Number.isFinite(gain) || small === large) return notRun("needs two batch sizes");
      return judged(gain >= large / small / 4, `${showNumber(gain)} times for batches ${showNumber(large / small)} times smaller`);
    },
  },
  {
    id: "test-error",
    statement: "Sign descent on single samples generalises where full-batch sign descent does not.",
    where: "follows from the claim above; the theory of the paper is for full batches",
    provenance: "ours",
    expected: "test error falls with the batch size; 0.44 for the full batch (numpy)",
    measure: "Test error at equal training loss, mean over seeds.",
    rule: "smallest batch below 0.2, full batch above 0.35",
    judge: ({ rows, params }) => {
      const [small, large] = ends(params);
      if (small > 1 || large < 20) return notRun("needs batches of 1 and of 20 samples");
      const [first, last] = [at(rows, small, "testError"), at(rows, large, "testError")];
      return judged(first < 0.2 && last > 0.35, `${showNumber(first)} against ${showNumber(last)}`);
    },
  },
];

const FIGURES: readonly Figure[] = [
  {
    id: "batches",
    title: "Batch size of sign descent",
    caption: "At equal training loss: test loss and error, value signal and noise, steps taken. Bars: one standard deviation over seeds.",
    draw: ({ rows, params }) => {
      const line = (metric: string, series: string) => ({
        kind: "line" as const,
        series,
        points: (params.batchSize as readonly number[]).map((batchSize) => {
          const { mean, deviation } = summarize(valuesOf(pick(rows, { metric, params: { batchSize } })));
          return { x: batchSize, y: mean, low: mean - deviation, high: mean + deviation };
        }),
      });
      const x = { label: "samples per step", scale: "log" as const };
      return {
        panels: [
          {
            title: "fresh samples",
            x,
            y: { label: "loss and error" },
            marks: [line("testLoss", "test loss"), line("testError", "test error")],
          },
          {
            title: "what was learned",
            x,
            y: { label: "projection" },
            marks: [line("valueSignal", "value signal"), line("valueNoise", "value noise")],
          },
          { title: "steps to the training loss", x, y: { label: "steps", scale: "log" }, marks: [line("steps", "steps")] },
        ],
      };
    },
  },
];

const TABLES: readonly Table[] = [
  {
    id: "batches",
    title: "At equal training loss",
    caption: "Means over seeds.",
    build: ({ rows, params }) => {
      const metrics = ["steps", "loss", "testLoss", "testError", "valueSignal", "valueNoise", "s11", "s21"];
      return {
        columns: ["batch size", "steps", "training loss", "test loss", "test error", "value signal", "value noise", "s11", "s21"],
        rows: (params.batchSize as readonly number[]).map((size) => [size, ...metrics.map((metric) => at(rows, size, metric))]),
      };
    },
  },
];

export const experiment = defineExperiment({
  id: "sign-descent/batch-size",
  title: "Batch size of sign descent",
  paper: SIGN_DESCENT_PAPER,
  summary:
    "Configuration R by sign descent on random batches instead of all 20 samples, to the same training loss. A coordinate of the noise moves only in steps that draw its sample, the " +
    `signal moves in every step, so smaller batches learn more signal. ${OWN_SETTINGS}`,
  parameters: {
    batchSize: parameter(numberListOption({ doc: "Samples per step, at most 20.", min: 1 }), { quick: [4, 20], full: [1, 2, 5, 10, 20] }),
    target: parameter(numberOption({ doc: "Training loss to stop at.", above: 0 }), { quick: 0.05, full: 0.01 }),
    cap: parameter(integerOption({ doc: "Most steps, a multiple of 10.", min: 10, max: 1_000_000 }), { quick: 1_000, full: 8_000 }),
    test: parameter(integerOption({ doc: "Fresh samples for the test loss.", min: 10, max: 20_000 }), { quick: 500, full: 1_000 }),
  },
  seeds: { quick: 1, full: 3 },
  cells: (params, seeds) => grid(params, seeds, "batchSize", params.batchSize),
  run: ({ params: { batchSize, target, cap, test }, ...context }) =>
    trainToLoss(context, { configuration: REFERENCE, optimizer: optimizerOf("sign", REFERENCE_RATE), target, cap, test, batchSize }),
  claims: CLAIMS,
  figures: FIGURES,
  tables: TABLES,
});
