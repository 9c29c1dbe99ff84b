import { integerOption, numberOption, tensorData } from "@attnlab/check";
import { type LabeledImages, normalizeImages } from "@attnlab/datasets";
import { loadMnist } from "@attnlab/datasets/node";
import { createRng } from "@attnlab/random";
import { epochBatches } from "@attnlab/train";
import {
  defineExperiment,
  judged,
  notRun,
  numberListOption,
  parameter,
  pick,
  type RunContext,
  showNumber,
  summarize,
  type TableSpec,
  valuesOf,
} from "../../src/experiment/index.ts";
import { type ScoredImages, trainImageClassifier } from "./image-training.ts";
import { judgeSparserThanAdam } from "./method-claims.ts";
import { drawCurves, drawHistograms, meanAndSpread, TAILS_FIGURE } from "./method-figures.ts";
import { chosenRates, chosenRows, meanOf, methodsOf, runOutcomes } from "./method-outcomes.ts";
import { methodLabel, methodListOption, optimizerOf, settings } from "./methods.ts";
import { MIRROR_DESCENT_PAPER } from "./paper.ts";
import { binWidth, recordWeights } from "./record-weights.ts";

const WIDTH = 64;
const MODEL = {
  imageSize: 28,
  patchSize: 7,
  channels: 1,
  numClasses: 10,
  width: WIDTH,
  numLayers: 2,
  numHeads: 4,
  headDim: 16,
  mlpWidth: 64,
};
const NORMALIZE = { mean: [0.1307], std: [0.3081] };
const STEP_LIMIT = 25;
const VALIDATION = 1_000;

/** The pilot's test accuracy, kurtosis of Q, K, V and largest key weight, one seed (spec 5, V1). */
const PILOT: Readonly<Record<string, string>> = {
  "p=1.1": "89.3%; 2.3 5.9 4.3; .96",
  "p=2": "87.2%; 1.9 2.0 2.1; .23",
  adam: "89.8%; 2.3 2.2 2.3; .23",
};

const LATE_START =
  "Mirror descent leaves its small first weights late (see the first epoch) and is still catching up after ten; over three seeds the accuracies " +
  "spread by 0.8 points (p = 1.1) and 1.4 points (Adam). The pilot was one seed.";

interface Cell {
  readonly [name: string]: number | string | readonly number[] | readonly string[];
  readonly method: string;
  readonly rate: number;
  readonly epochs: number;
  readonly batchSize: number;
  readonly train: number;
  readonly test: number;
  readonly dropout: number;
}

function scored(images: LabeledImages, first: number, count: number): ScoredImages {
  const range = (from: number, to: number): number[] => Array.from({ length: to - from }, (_, i) => first + from + i);
  return {
    labels: images.labels.slice(first, first + count),
    inputs: (from, to) => normalizeImages(images, { ...NORMALIZE, indices: range(from, to) }),
  };
}

async function run({ params, seed, threads, signal, record, progress }: RunContext<Cell>): Promise<void> {
  const { method, rate, epochs, batchSize, dropout, train: size, test } = params;
  // The images behind the training ones choose the epoch.
  const sets = await loadMnist({ train: size + VALIDATION, test });
  const train = scored(sets.train, 0, size);
  const examples = {
    images: tensorData("float32", [size, 1, 28, 28], train.inputs(0, size)),
    labels: tensorData("int64", [size], train.labels),
  };
  const last = await trainImageClassifier({
    model: { ...MODEL, dropout },
    optimizer: optimizerOf({ method, rate }),
    batches: epochBatches(examples, { batchSize, rng: createRng(seed).split("batches") }),
    scored: { validation: scored(sets.train, size, VALIDATION), test: scored(sets.test, 0, test) },
    epochs,
    seed,
    threads,
    stepLimit: STEP_LIMIT,
    signal,
    onProgress: (fraction) => progress(fraction, methodLabel(method)),
    afterEpoch: ({ epoch, loss, accuracy }, scores) => {
      record({ series: "train", step: epoch }, { loss, accuracy });
      for (const [series, score] of Object.entries(scores)) record({ series, step: epoch }, { ...score });
    },
  });
  recordWeights(record, last.params.blocks, { step: last.epoch, width: WIDTH });
}

export const experiment = defineExperiment({
  id: "mirror-descent/mnist-vit",
  title: "A small vision transformer on MNIST (V1)",
  paper: MIRROR_DESCENT_PAPER,
  summary:
    "Trains a vision transformer on the first 5,000 MNIST images with Adam, mirror descent (p = 1.1) and gradient descent: a small stand-in for the " +
    "paper's CIFAR-10 run. Mirror descent should come close to Adam with weights of a much heavier tail.",
  parameters: {
    methods: parameter(methodListOption("Methods to compare."), ["p=1.1", "p=2", "adam"]),
    rates: parameter(numberListOption({ doc: "Step size of each method, for a mean loss.", above: 0 }), [0.2, 0.1, 1e-3]),
    factors: parameter(numberListOption({ doc: "Step sweep: every rate is tried times each factor.", above: 0 }), [1]),
    epochs: parameter(integerOption({ doc: "Passes over the training images.", min: 1, max: 10_000 }), { quick: 4, full: 10 }),
    batchSize: parameter(integerOption({ doc: "Images per batch.", min: 1, max: 5_000 }), 100),
    train: parameter(integerOption({ doc: "Training images.", min: 100, max: 59_000 }), 5_000),
    test: parameter(integerOption({ doc: "Test images.", min: 100, max: 10_000 }), 2_000),
    dropout: parameter(numberOption({ doc: "Dropout rate.", min: 0, below: 1 }), 0.1),
  },
  seeds: { quick: 1, full: 3 },
  data: ["mnist"],

  cells: ({ methods, rates, factors, ...rest }, seeds) =>
    settings("mirror-descent/mnist-vit", methods, rates, factors).flatMap((setting) =>
      seeds.map((seed) => ({ params: { ...rest, ...setting } as Cell, seeds: [seed] })),
    ),
  run,

  claims: [
    {
      id: "C12e",
      statement: "On images, mirror descent with p = 1.1 ends close to Adam.",
      where: "vision transformer against Adam; pilot of the spec, section 5",
      provenance: "ours",
      expected: "within 2 points (pilot 89.3% against 89.8%; the paper's CIFAR-10 80.8% against 81.4%)",
      measure: "Test accuracy at the epoch of best validation accuracy, averaged over seeds.",
      rule: "10 epochs or more; accuracy of p = 1.1 ≥ Adam's − 0.02",
      judge: ({ rows, params }) => {
        if (params.epochs < 10) return notRun("needs 10 epochs; scale full has them");
        const mean = (method: string): number =>
          summarize(
            runOutcomes(chosenRows(rows))
              .filter((one) => one.method === method)
              .map((one) => one.test),
          ).mean;
        if (!methodsOf(rows).includes("p=1.1") || !methodsOf(rows).includes("adam")) return notRun("needs p = 1.1 and Adam");
        const holds = mean("p=1.1") >= mean("adam") - 0.02;
        return judged(holds, `${showNumber(mean("p=1.1"))} against ${showNumber(mean("adam"))}`, holds ? undefined : LATE_START);
      },
    },
    {
      id: "C12f",
      statement: "On images, Adam is ahead in the first epoch.",
      where: "vision transformer against Adam, test curves",
      provenance: "paper",
      expected: "Adam ahead (46% against 27% on CIFAR-10)",
      measure: "Test accuracy after the first epoch, averaged over seeds.",
      rule: "Adam's mean accuracy > that of p = 1.1",
      judge: ({ rows }) => {
        const first = (method: string): number =>
          summarize(valuesOf(pick(chosenRows(rows), { metric: "accuracy", series: "test", step: 1, params: { method } }))).mean;
        return judged(first("adam") > first("p=1.1"), `Adam ${showNumber(first("adam"))}, p = 1.1 ${showNumber(first("p=1.1"))}`);
      },
    },
    {
      id: "C12g",
      statement: "On images, the key and value weights trained with p = 1.1 have heavier tails than those trained with Adam.",
      where: "weight histograms against Adam; pilot of the spec, section 5",
      provenance: "ours",
      expected: "kurtosis of K 5.9 against 2.2, of V 4.3 against 2.3 (pilot, one seed; Q equal)",
      measure: "Kurtosis of key and value weights after the last epoch, averaged over seeds.",
      rule: "the mean kurtosis of p = 1.1 is greater than Adam's in both",
      judge: ({ rows }) => judgeSparserThanAdam(rows, ["key", "value"]),
    },
  ],

  figures: [
    {
      id: "curves",
      title: "Training on digits",
      caption: "Accuracy on the test images and training loss over epochs; bands are one standard deviation over seeds.",
      draw: ({ rows }) => drawCurves(rows, "image"),
    },
    {
      id: "weights",
      title: "Weights of the attention projections",
      caption: "Weights of both blocks by absolute value, averaged over seeds: in bins of 0.0122 (above), and how many are larger (below).",
      draw: ({ rows }) => drawHistograms(rows, binWidth(WIDTH)),
    },
    TAILS_FIGURE,
  ],

  tables: [
    {
      id: "methods",
      title: "Methods",
      caption:
        "Mean ± standard deviation over seeds. The pilot's numbers: test accuracy, kurtosis of Q, K, V, largest key weight (one seed).",
      build: ({ rows }): TableSpec => {
        const own = chosenRows(rows);
        const outcomes = runOutcomes(own);
        return {
          columns: ["method", "step", "test accuracy", "last epoch", "kurtosis Q", "K", "V", "max |K|", "pilot"],
          rows: [...chosenRates(outcomes)].map(([method, rate]) => {
            const runs = outcomes.filter((one) => one.method === method);
            return [
              methodLabel(method),
              rate,
              meanAndSpread(runs.map((one) => one.test)),
              showNumber(summarize(runs.map((one) => one.lastTest)).mean),
              meanOf(own, { method, metric: "kurtosis", series: "query" }),
              meanOf(own, { method, metric: "kurtosis", series: "key" }),
              meanOf(own, { method, metric: "kurtosis", series: "value" }),
              meanOf(own, { method, metric: "maxAbs", series: "key" }),
              PILOT[method] ?? "–",
            ];
          }),
        };
      },
    },
  ],
});
