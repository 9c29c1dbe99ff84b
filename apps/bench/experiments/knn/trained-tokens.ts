import { type AttentionFunction, attend } from "@attnlab/attention";
import type { FloatTensor } from "@attnlab/attention/node";
import { DataError, integerOption, optionTable, problem, type TensorData, tensorData } from "@attnlab/check";
import { reshape, stack, type Tensor, transpose } from "@attnlab/graph";
import { type CharGptParams, charGpt } from "@attnlab/models";
import { compileFunction } from "../mirror-descent/compile-function.ts";
import { configOf, KNN_GPT_SIZES, loadTextParts, type TextParts, trainCharGpt } from "./char-gpt-training.ts";

const CONTEXT = 64;
const BATCH = 12;
const HEAD_DIM = KNN_GPT_SIZES.width / KNN_GPT_SIZES.numHeads;

/** Which tokens are wanted. */
export interface TrainedTokensOptions {
  /** Tokens in a row, at most about 1.2 million. */
  readonly tokens: number;
  /** Block of the model, 0 or 1. Default 1, the last. */
  readonly layer?: number;
  /** Training steps of 12 windows of 64 characters. Default 1,000: about fifteen seconds on one core, to a perplexity of 7.6. */
  readonly steps?: number;
  readonly seed?: number;
  readonly threads?: number;
  readonly signal?: AbortSignal;
}

/** Queries, keys and values of two heads, float32 `[1, 2, tokens, 32]`; the model's scores are $QK^\top / \sqrt{32}$. */
export interface TrainedTokens {
  readonly query: FloatTensor;
  readonly key: FloatTensor;
  readonly value: FloatTensor;
}

const table = optionTable("trainedTokens", {
  tokens: integerOption({ doc: "Tokens in a row.", min: 1, required: true }),
  layer: integerOption({ doc: "Block of the model.", min: 0, max: KNN_GPT_SIZES.numLayers - 1, default: KNN_GPT_SIZES.numLayers - 1 }),
  steps: integerOption({ doc: "Training steps.", min: 1, default: 1_000 }),
  seed: integerOption({ doc: "Seed of the training.", min: 0, default: 1 }),
  threads: integerOption({ doc: "Threads of ONNX Runtime.", min: 1, default: 1 }),
});

/**
 * Queries, keys and values of a character GPT trained on Moby Dick with exact attention: structured data that nobody made for an index.
 *
 * The model is the exactly trained one of `knn/char-gpt`, with a context of 64 characters; with 256 it learns little in so few steps
 * (perplexity 11 after 1,000). It reads the end of the text (the held-out tenth first, more of the text before it when more tokens are
 * asked for) window by window, and the windows' tokens stand in one row: what its queries would meet if they could look back further, with
 * positions that repeat every 64 tokens.
 *
 * Deterministic: the same options give the same numbers on one machine.
 *
 * @returns tensors of exactly `tokens` tokens.
 * @throws DataError for more tokens than the text has; OptionError on a bad option.
 */
export async function trainedTokens({ signal = new AbortController().signal, ...rest }: TrainedTokensOptions): Promise<TrainedTokens> {
  const { tokens, layer, steps, seed, threads } = table.parse(rest);
  const text = await loadTextParts();
  const params = await trainCharGpt({
    text,
    k: 0,
    context: CONTEXT,
    batchSize: BATCH,
    steps,
    evaluateEvery: steps % 100 === 0 ? 100 : steps,
    learningRate: 1e-3,
    seed,
    threads,
    signal,
  });
  return await readTokens(params, lastWindows(text, Math.ceil(tokens / CONTEXT)), { tokens, layer, threads });
}

/** The last `count` windows of the text, one after the other. */
function lastWindows({ training, heldOut }: TextParts, count: number): Int32Array {
  const ids = new Int32Array(training.length + heldOut.length);
  ids.set(training);
  ids.set(heldOut, training.length);
  const size = count * CONTEXT;
  if (size > ids.length) {
    const expected = `tokens must be at most the ${ids.length} characters of the text`;
    throw new DataError(problem({ where: "trainedTokens", expected, got: String(size), fix: "Ask for fewer." }));
  }
  return ids.subarray(ids.length - size);
}

const WINDOWS_PER_RUN = 64;

async function readTokens(
  params: CharGptParams<TensorData>,
  ids: Int32Array,
  { tokens, layer, threads }: { readonly tokens: number; readonly layer: number; readonly threads: number },
): Promise<TrainedTokens> {
  const heads = KNN_GPT_SIZES.numHeads;
  const perRun = WINDOWS_PER_RUN * CONTEXT;
  const at = (from: number): TensorData => {
    // The last run is filled up, so that all have one shape.
    const filled = new Int32Array(perRun);
    filled.set(ids.subarray(from, from + perRun));
    return tensorData("int64", [WINDOWS_PER_RUN, CONTEXT], filled);
  };
  await using reader = await compileFunction((weights, read) => projections(weights, read, layer), { params, inputs: at(0) }, { threads });
  const shape = [1, heads, tokens, HEAD_DIM];
  const parts = [0, 1, 2].map(() => new Float32Array(heads * tokens * HEAD_DIM));
  for (let from = 0; from < tokens; from += perRun) {
    const all = (await reader.run(params, at(from))).data as Float32Array; // [3, heads, perRun, HEAD_DIM]
    const kept = Math.min(perRun, tokens - from);
    parts.forEach((part, which) => {
      for (let head = 0; head < heads; head++) {
        const start = (which * heads + head) * perRun * HEAD_DIM;
        part.set(all.subarray(start, start + kept * HEAD_DIM), (head * tokens + from) * HEAD_DIM);
      }
    });
  }
  const [query, key, value] = parts.map((data) => tensorData("float32", shape, data)) as [FloatTensor, FloatTensor, FloatTensor];
  return { query, key, value };
}

/** Queries, keys and values of a block, taken where its attention meets them: `[3, heads, windows * CONTEXT, HEAD_DIM]`. */
function projections(params: CharGptParams, tokens: Tensor, layer: number): Tensor {
  const met: (readonly [Tensor, Tensor, Tensor])[] = [];
  const watched: AttentionFunction = (query, key, value, options) => {
    met.push([query, key, value]);
    return attend(query, key, value, options);
  };
  charGpt(params, { tokens }, configOf(CONTEXT, watched));
  const row = (x: Tensor): Tensor => reshape(transpose(x, [1, 0, 2, 3]), [KNN_GPT_SIZES.numHeads, -1, HEAD_DIM]); // [heads, tokens, HEAD_DIM]
  return stack((met[layer] as readonly Tensor[]).map(row), 0);
}
