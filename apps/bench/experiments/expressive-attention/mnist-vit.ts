import { integerOption, numberOption, tensorData } from "@attnlab/check";
import { type LabeledImages, normalizeImages } from "@attnlab/datasets";
import { loadMnist } from "@attnlab/datasets/node";
import { adam } from "@attnlab/optimizers";
import { createRng } from "@attnlab/random";
import { epochBatches } from "@attnlab/train";
import {
  curveOf,
  defineExperiment,
  finalRows,
  grid,
  judged,
  notRun,
  parameter,
  pick,
  showNumber,
  summarize,
  valuesOf,
} from "../../src/experiment/index.ts";
import { type ScoredImages, trainImageClassifier } from "../mirror-descent/image-training.ts";
import { hasBoth, KINDS, kindListOption } from "./attention-kinds.ts";
import { EXPRESSIVE_ATTENTION_PAPER } from "./paper.ts";

const MODEL = { imageSize: 28, patchSize: 7, channels: 1, numClasses: 10, width: 64, numLayers: 2, numHeads: 4, headDim: 16, mlpWidth: 64 };
const NORMALIZE = { mean: [0.1307], std: [0.3081] };

function scored(images: LabeledImages): ScoredImages {
  return {
    labels: images.labels,
    inputs: (from, to) => normalizeImages(images, { ...NORMALIZE, indices: Array.from({ length: to - from }, (_, i) => from + i) }),
  };
}

export const experiment = defineExperiment({
  id: "expressive-attention/mnist-vit",
  title: "A small vision transformer on MNIST",
  paper: EXPRESSIVE_ATTENTION_PAPER,
  summary:
    "The vision transformer of our other MNIST runs (16 patches, width 64, 2 layers, 4 heads), trained with Adam from the same weights on the same " +
    "batches with dot-product and with expressive attention: does the other attention do as well on an ordinary task? Our experiment; the paper has none on images that we know of.",
  parameters: {
    kinds: parameter(kindListOption(), [...KINDS]),
    epochs: parameter(integerOption({ doc: "Passes over the training images.", min: 1 }), { quick: 2, full: 8 }),
    train: parameter(integerOption({ doc: "Training images.", min: 100, max: 60_000 }), { quick: 1_000, full: 5_000 }),
    test: parameter(integerOption({ doc: "Test images.", min: 100, max: 10_000 }), { quick: 1_000, full: 2_000 }),
    batchSize: parameter(integerOption({ doc: "Images per batch.", min: 1 }), 50),
    learningRate: parameter(numberOption({ doc: "Step size of Adam.", above: 0 }), 1e-3),
  },
  // The difference of two means of two seeds moves by more than a point; see the note of the claim.
  seeds: { quick: 1, full: 5 },
  data: ["mnist"],
  cells: ({ kinds, ...rest }, seeds) => grid({ ...rest, kind: "" }, seeds, "kind", kinds),
  async run({ params: { kind, epochs, train, test, batchSize, learningRate }, seed, threads, signal, record, progress }) {
    const sets = await loadMnist({ train, test });
    const images = scored(sets.train);
    const examples = {
      images: tensorData("float32", [train, 1, 28, 28], images.inputs(0, train)),
      labels: tensorData("int64", [train], images.labels),
    };
    await trainImageClassifier({
      model: { ...MODEL, dropout: 0, attention: kind },
      optimizer: adam({ learningRate }),
      batches: epochBatches(examples, { batchSize, rng: createRng(seed).split("batches") }),
      scored: { test: scored(sets.test) },
      epochs,
      seed,
      threads,
      stepLimit: 25,
      signal,
      onProgress: (fraction) => progress(fraction, kind),
      afterEpoch: ({ epoch, loss }, scores) => {
        record({ series: "train", step: epoch }, { loss });
        record({ series: "test", step: epoch }, { ...scores.test });
      },
    });
  },
  claims: [
    {
      id: "accuracy",
      statement: "On images, expressive attention does as well as dot-product attention.",
      where: "abstract: attention can be reorganised without loss of performance; here on MNIST",
      provenance: "ours",
      expected: "within 1.5 points",
      measure: "Test accuracy after the last epoch, mean over seeds.",
      rule: "Holds when expressive attention is at most 1.5 points behind.",
      judge: ({ rows, params }) => {
        if (!hasBoth(params.kinds)) return notRun("needs both attentions");
        const mean = (kind: string): number =>
          100 * summarize(valuesOf(finalRows(pick(rows, { metric: "accuracy", series: "test", params: { kind } })))).mean;
        const [expressive, dotProduct] = [mean("expressive"), mean("dot-product")];
        const note =
          "Close to the noise: both end at the same training loss, single seeds of a full run differ by between 2.4 points behind and 0.8 ahead, and accuracy moves by a " +
          "point or two from epoch to epoch. Of seeds 1 and 2 alone expressive attention is 1.9 points behind, of five 0.7; no setting was tuned for it.";
        return judged(expressive >= dotProduct - 1.5, `${showNumber(expressive)} against ${showNumber(dotProduct)}%`, note);
      },
    },
  ],
  figures: [
    {
      id: "curves",
      title: "Training on digits",
      caption: "Accuracy on the test images and training loss over epochs; bands are one standard deviation over seeds.",
      draw: ({ rows }) => ({
        panels: [
          { title: "test accuracy", label: "accuracy", metric: "accuracy", series: "test" },
          { title: "training loss", label: "loss per image", metric: "loss", series: "train" },
        ].map(({ title, label, metric, series }) => ({
          title,
          x: { label: "epoch" },
          y: { label },
          marks: KINDS.map((kind) => ({
            kind: "line" as const,
            series: kind,
            points: curveOf(pick(rows, { metric, series, params: { kind } })),
          })),
        })),
      }),
    },
  ],
});
