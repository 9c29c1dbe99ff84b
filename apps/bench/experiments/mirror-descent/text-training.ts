import { type TensorData, tensorData, toNumbers } from "@attnlab/check";
import type { LabeledTokens } from "@attnlab/datasets";
import { mean, sliceAxis, squeeze, type Tensor } from "@attnlab/graph";
import {
  initTextClassifier,
  type TextClassifierConfig,
  type TextClassifierParams,
  textClassifier,
  textClassifierAttention,
} from "@attnlab/models";
import type { Optimizer } from "@attnlab/optimizers";
import { createRng } from "@attnlab/random";
import { binaryAccuracy, binaryCrossEntropy, epochBatches } from "@attnlab/train";
import { compileLoop } from "@attnlab/train/node";
import { type CompiledFunction, compileFunction } from "./compile-function.ts";
import { type EpochEnd, stepsPerRun, trainEpochs } from "./train-epochs.ts";

/** How well a classifier does on one set of texts. */
export interface TextScore {
  /** Mean cross-entropy. */
  readonly loss: number;
  readonly accuracy: number;
  /** Mean of the accuracies on the two classes. */
  readonly balancedAccuracy: number;
}

/** What {@link trainTextClassifier} is given. */
export interface TextTrainingOptions {
  readonly model: TextClassifierConfig;
  readonly optimizer: Optimizer;
  readonly train: LabeledTokens;
  /** Sets to score after every epoch, by name. */
  readonly scored: Readonly<Record<string, LabeledTokens>>;
  readonly epochs: number;
  readonly batchSize: number;
  /** Seed of the first weights, of the order of the texts and of dropout. */
  readonly seed: number;
  /** Seed of the first weights alone, when runs are to share them. Default `seed`. */
  readonly initSeed?: number;
  readonly threads: number;
  readonly signal: AbortSignal;
  readonly afterEpoch: (end: EpochEnd<Params>, scores: Readonly<Record<string, TextScore>>) => "stop" | undefined;
  readonly onProgress: (fraction: number) => void;
}

type Params = TextClassifierParams<TensorData>;

const STEPS_PER_RUN = 16;
const ROWS_PER_EVALUATION = 250;

/** Trains the classifier of the paper on the summed cross-entropy of batches, and returns the last epoch. */
export async function trainTextClassifier(options: TextTrainingOptions): Promise<EpochEnd<Params>> {
  const { model, train, batchSize, seed, threads, signal } = options;
  const rng = createRng(seed);
  const params = initTextClassifier(createRng(options.initSeed ?? seed).split("init"), model);
  const examples = {
    tokens: tensorData("int64", [train.count, train.length], train.ids),
    labels: tensorData("float32", [train.count], train.labels),
  };
  const batches = epochBatches(examples, { batchSize, rng: rng.split("batches") });
  await using trainer = await compileLoop(
    {
      params,
      optimizer: options.optimizer,
      batch: batches.at(0),
      seed,
      loss: (weights, { tokens, labels }, { key }) => {
        const logits = textClassifier(weights, { tokens, dropoutKey: key }, model);
        const loss = binaryCrossEntropy(logits, labels, { reduction: "sum" });
        return { loss, metrics: { accuracy: binaryAccuracy(logits, labels) } };
      },
    },
    { steps: stepsPerRun(batches.stepsPerEpoch, STEPS_PER_RUN), session: { threads }, checkFinite: "none" },
  );
  await using classify = await compileText(params, train.length, { model, threads });
  // Awaited here: the sessions close when this function returns.
  return await trainEpochs(trainer, {
    batches,
    epochs: options.epochs,
    lossScale: batchSize,
    signal,
    onProgress: options.onProgress,
    afterEpoch: async (end) => {
      const scores: Record<string, TextScore> = {};
      for (const [name, texts] of Object.entries(options.scored)) {
        scores[name] = scoreOf(await logitsOf(classify, end.params, texts), texts.labels);
      }
      return options.afterEpoch(end, scores);
    },
  });
}

/** Attention of [CLS] in the last block, averaged over its heads, for every text: `[count, length]`. */
export async function clsAttention(
  params: Params,
  texts: LabeledTokens,
  { model, threads }: { readonly model: TextClassifierConfig; readonly threads: number },
): Promise<Float64Array> {
  const weightsOf = (weights: TextClassifierParams, tokens: Tensor): Tensor => {
    const attention = textClassifierAttention(weights, { tokens }, model); // [batch, heads, tokens, tokens]
    return mean(squeeze(sliceAxis(attention, 2, 0, 1), 2), 1); // [batch, tokens]
  };
  await using attend = await compileFunction((weights, { tokens }) => weightsOf(weights, tokens), example(params, texts.length), {
    threads,
  });
  return await inChunks(attend, params, texts);
}

/** Cross-entropy and accuracies of logits; a score above 0 means class 1. */
export function scoreOf(logits: ArrayLike<number>, labels: ArrayLike<number>): TextScore {
  const right = [0, 0];
  const count = [0, 0];
  let loss = 0;
  for (let i = 0; i < labels.length; i++) {
    const label = labels[i] as 0 | 1;
    const margin = (label === 1 ? 1 : -1) * (logits[i] as number);
    loss += Math.max(0, -margin) + Math.log1p(Math.exp(-Math.abs(margin)));
    count[label] = (count[label] as number) + 1;
    if ((logits[i] as number) > 0 === (label === 1)) right[label] = (right[label] as number) + 1;
  }
  const [negative, positive] = right as [number, number];
  return {
    loss: loss / labels.length,
    accuracy: (negative + positive) / labels.length,
    balancedAccuracy: (negative / (count[0] as number) + positive / (count[1] as number)) / 2,
  };
}

type TextFunction = CompiledFunction<Params, { readonly tokens: TensorData }>;

function compileText(
  params: Params,
  length: number,
  { model, threads }: { readonly model: TextClassifierConfig; readonly threads: number },
): Promise<TextFunction> {
  return compileFunction((weights, { tokens }) => textClassifier(weights, { tokens }, model), example(params, length), { threads });
}

function example(params: Params, length: number): { readonly params: Params; readonly inputs: { readonly tokens: TensorData } } {
  const rows = ROWS_PER_EVALUATION;
  return { params, inputs: { tokens: tensorData("int64", [rows, length], new BigInt64Array(rows * length)) } };
}

function logitsOf(classify: TextFunction, params: Params, texts: LabeledTokens): Promise<Float64Array> {
  return inChunks(classify, params, texts);
}

/** Runs a function whose batch size is fixed; the last batch is filled up with padding whose results are dropped. */
async function inChunks(compiled: TextFunction, params: Params, texts: LabeledTokens): Promise<Float64Array> {
  const { count, length, ids } = texts;
  let results: Float64Array | undefined;
  for (let first = 0; first < count; first += ROWS_PER_EVALUATION) {
    const rows = Math.min(ROWS_PER_EVALUATION, count - first);
    const chunk = new BigInt64Array(ROWS_PER_EVALUATION * length);
    for (let i = 0; i < rows * length; i++) chunk[i] = BigInt(ids[first * length + i] as number);
    const values = toNumbers(await compiled.run(params, { tokens: tensorData("int64", [ROWS_PER_EVALUATION, length], chunk) }));
    const width = values.length / ROWS_PER_EVALUATION;
    results ??= new Float64Array(count * width);
    results.set(values.subarray(0, rows * width), first * width);
  }
  return results as Float64Array;
}
