import { type AttentionChoice, topKAttend } from "@attnlab/attention";
import { DataError, problem, type TensorData, tensorData } from "@attnlab/check";
import { loadMobyDick } from "@attnlab/datasets/node";
import { sliceAxis, type Tensor } from "@attnlab/graph";
import { type CharGptConfig, type CharGptParams, charGpt, initCharGpt } from "@attnlab/models";
import { adam } from "@attnlab/optimizers";
import { createRng, type Rng } from "@attnlab/random";
import { crossEntropy, fit } from "@attnlab/train";
import { compileLoop } from "@attnlab/train/node";
import { numberCharacters } from "../expressive-attention/number-characters.ts";

const HELD_OUT = 0.1;

/** Sizes of the model; about 0.1 million parameters. */
export const KNN_GPT_SIZES = { vocabSize: 65, width: 64, numLayers: 2, numHeads: 2, activation: "relu" } as const;

/** Moby Dick as numbers of its 65 most frequent characters: nine tenths to train on, the last tenth held out. */
export interface TextParts {
  readonly training: Int32Array;
  readonly heldOut: Int32Array;
}

/** Loads the text. */
export async function loadTextParts(): Promise<TextParts> {
  const { ids } = numberCharacters((await loadMobyDick()).join("\n\n"), KNN_GPT_SIZES.vocabSize);
  const border = Math.floor(ids.length * (1 - HELD_OUT));
  return { training: ids.subarray(0, border), heldOut: ids.subarray(border) };
}

/** Windows of a text at random places, each with the character after its last one: `[count, context + 1]`. */
export function randomWindows(ids: Int32Array, sizes: { readonly count: number; readonly context: number }, rng: Rng): TensorData {
  const { count, context } = sizes;
  const tokens = new Int32Array(count * (context + 1));
  for (let row = 0; row < count; row++) {
    const start = rng.integer(ids.length - context);
    tokens.set(ids.subarray(start, start + context + 1), row * (context + 1));
  }
  return tensorData("int64", [count, context + 1], tokens);
}

/** Attention over `k` keys for every query; 0 means all keys. */
export function attentionOf(k: number): AttentionChoice {
  return k === 0 ? "dot-product" : (query, key, value, options) => topKAttend(query, key, value, { ...options, k });
}

/** The configuration of a model with an attention. */
export function configOf(context: number, attention: AttentionChoice): CharGptConfig {
  return { ...KNN_GPT_SIZES, maxLength: context, attention };
}

/** Cross-entropy in nats per character on windows `[count, context + 1]`. */
export function windowLoss(params: CharGptParams, tokens: Tensor, config: CharGptConfig): Tensor {
  const last = (tokens.shape[1] as number) - 1;
  return crossEntropy(charGpt(params, { tokens: sliceAxis(tokens, 1, 0, last) }, config), sliceAxis(tokens, 1, 1, last + 1));
}

/** One training run. */
export interface CharGptTraining {
  readonly text: TextParts;
  /** Keys per query in training; 0 for all. */
  readonly k: number;
  readonly context: number;
  readonly batchSize: number;
  readonly steps: number;
  /** Steps between calls of `onEvaluation`. */
  readonly evaluateEvery: number;
  readonly learningRate: number;
  readonly seed: number;
  readonly threads: number;
  readonly signal: AbortSignal;
  /** Called before the first step, and then after every `evaluateEvery`. */
  readonly onEvaluation?: (step: number, params: CharGptParams<TensorData>) => void | Promise<void>;
}

/** Trains a character GPT with Adam. Runs of one seed share their first weights and their windows, whatever their attention. */
export async function trainCharGpt(options: CharGptTraining): Promise<CharGptParams<TensorData>> {
  const { text, k, context, batchSize, onEvaluation, signal } = options;
  if (text.training.length <= context) {
    const expected = `the text must be longer than the context of ${context} characters`;
    throw new DataError(problem({ where: "trainCharGpt", expected, got: String(text.training.length), fix: "Use a longer text." }));
  }
  const rng = createRng(options.seed);
  const config = configOf(context, attentionOf(k));
  const params = initCharGpt(rng.split("weights"), config);
  const at = (step: number): { readonly tokens: TensorData } => ({
    tokens: randomWindows(text.training, { count: batchSize, context }, rng.split("batches").split(step)),
  });
  await using trainer = await compileLoop(
    {
      params,
      optimizer: adam({ learningRate: options.learningRate }),
      batch: at(0),
      loss: (weights, { tokens }) => windowLoss(weights, tokens, config),
    },
    { steps: options.evaluateEvery, session: { threads: options.threads } },
  );
  await onEvaluation?.(0, params);
  const { state } = await fit(trainer, {
    steps: options.steps,
    batches: { stepsPerEpoch: 1, at },
    onProgress: async ({ step, state: now }) => {
      signal.throwIfAborted();
      await onEvaluation?.(step, now.params);
    },
  });
  return state.params;
}
