import { type TensorData, tensorData, toNumbers } from "@attnlab/check";
import { initVisionTransformer, type VisionTransformerConfig, type VisionTransformerParams, visionTransformer } from "@attnlab/models";
import type { Optimizer } from "@attnlab/optimizers";
import { createRng } from "@attnlab/random";
import { accuracy, type BatchSource, crossEntropy } from "@attnlab/train";
import { compileLoop } from "@attnlab/train/node";
import { compileFunction } from "./compile-function.ts";
import { type EpochEnd, stepsPerRun, trainEpochs } from "./train-epochs.ts";

/** One batch of images and class numbers. */
export interface ImageBatch {
  /** float32 `[batch, channels, size, size]`. */
  readonly images: TensorData;
  /** int64 `[batch]`. */
  readonly labels: TensorData;
}

/** A set to score; its images are made a few at a time. */
export interface ScoredImages {
  readonly labels: Int32Array;
  /** Inputs of the model for the images from one position up to another. */
  readonly inputs: (from: number, to: number) => Float32Array;
}

/** What {@link trainImageClassifier} is given. */
export interface ImageTrainingOptions {
  readonly model: VisionTransformerConfig & { readonly imageSize: number; readonly channels: number };
  readonly optimizer: Optimizer;
  readonly batches: BatchSource<ImageBatch>;
  readonly scored: Readonly<Record<string, ScoredImages>>;
  readonly epochs: number;
  readonly seed: number;
  readonly threads: number;
  /** Most steps in one run of the compiled loop: its batches are in memory together. */
  readonly stepLimit: number;
  readonly signal: AbortSignal;
  readonly afterEpoch: (end: EpochEnd<Params>, scores: Readonly<Record<string, ImageScore>>) => void;
  readonly onProgress: (fraction: number) => void;
}

/** How well a classifier does on one set of images. */
export interface ImageScore {
  /** Mean cross-entropy. */
  readonly loss: number;
  readonly accuracy: number;
}

type Params = VisionTransformerParams<TensorData>;

const ROWS_PER_EVALUATION = 200;

/** Trains a vision transformer on the mean cross-entropy of batches, and returns the last epoch. */
export async function trainImageClassifier(options: ImageTrainingOptions): Promise<EpochEnd<Params>> {
  const { model, batches, seed, threads } = options;
  const params = initVisionTransformer(createRng(seed).split("init"), model);
  await using trainer = await compileLoop(
    {
      params,
      optimizer: options.optimizer,
      batch: batches.at(0),
      seed,
      loss: (weights, { images, labels }, { key }) => {
        const logits = visionTransformer(weights, { images, dropoutKey: key }, model);
        return { loss: crossEntropy(logits, labels), metrics: { accuracy: accuracy(logits, labels) } };
      },
    },
    { steps: stepsPerRun(batches.stepsPerEpoch, options.stepLimit), session: { threads }, checkFinite: "none" },
  );
  const shape = [ROWS_PER_EVALUATION, model.channels, model.imageSize, model.imageSize];
  const size = model.channels * model.imageSize ** 2;
  const example = { images: tensorData("float32", shape, new Float32Array(ROWS_PER_EVALUATION * size)) };
  await using classify = await compileFunction(
    (weights, { images }) => visionTransformer(weights, { images }, model),
    { params, inputs: example },
    { threads },
  );
  const score = async (weights: Params, { labels, inputs }: ScoredImages): Promise<ImageScore> => {
    let loss = 0;
    let right = 0;
    for (let from = 0; from < labels.length; from += ROWS_PER_EVALUATION) {
      const to = Math.min(labels.length, from + ROWS_PER_EVALUATION);
      // The last batch is filled up with zeros, whose logits are not read.
      const images = new Float32Array(ROWS_PER_EVALUATION * size);
      images.set(inputs(from, to));
      const logits = toNumbers(await classify.run(weights, { images: tensorData("float32", shape, images) }));
      const classes = logits.length / ROWS_PER_EVALUATION;
      for (let i = 0; i < to - from; i++) {
        const one = scoreLogits(logits.subarray(i * classes, (i + 1) * classes), labels[from + i] as number);
        loss += one.loss;
        right += one.right ? 1 : 0;
      }
    }
    return { loss: loss / labels.length, accuracy: right / labels.length };
  };
  // Awaited here: the sessions close when this function returns.
  return await trainEpochs(trainer, {
    batches,
    epochs: options.epochs,
    lossScale: 1,
    signal: options.signal,
    onProgress: options.onProgress,
    afterEpoch: async (end) => {
      const scores: Record<string, ImageScore> = {};
      for (const [name, set] of Object.entries(options.scored)) scores[name] = await score(end.params, set);
      options.afterEpoch(end, scores);
      return undefined;
    },
  });
}

/** Cross-entropy of one image, and whether the highest score is its label's; of equal scores the first counts. */
export function scoreLogits(logits: Float64Array, label: number): { readonly loss: number; readonly right: boolean } {
  const top = logits.reduce((a, b) => Math.max(a, b), Number.NEGATIVE_INFINITY);
  const total = logits.reduce((sum, one) => sum + Math.exp(one - top), 0);
  return { loss: Math.log(total) + top - (logits[label] as number), right: logits.indexOf(top) === label };
}
