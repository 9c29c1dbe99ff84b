import { optionTable } from "@attnlab/check";
import { type CommonAttentionOptions, commonRules } from "../attention-options.ts";
import {
  type AttentionDotProducts,
  countDotProducts,
  type NearestKeyOptions,
  type NearestKeys,
  nearestKeyRules,
  nearestKeys,
  resolveK,
} from "../sampling/nearest-keys.ts";
import { checkVisibility, type VisibleHead, visibleHeads } from "../visible-head.ts";
import {
  type AttentionGradientInput,
  type AttentionGradients,
  checkGradientInput,
  emptyGradients,
  emptyHeadGradients,
  type HeadGradients,
  writeHeadGradients,
} from "./gradient-input.ts";

/** Options of {@link attentionGradTopK}. */
export interface AttentionGradTopKOptions extends NearestKeyOptions, Pick<CommonAttentionOptions, "scale" | "causal" | "keyMask"> {}

/** Gradients through a few keys per query, and their cost. */
export interface TopKAttentionGradients extends AttentionGradients {
  readonly dotProducts: AttentionDotProducts;
}

const { scale, causal, keyMask } = commonRules;
const table = optionTable("attentionGradTopK", { scale, causal, keyMask, ...nearestKeyRules });

/**
 * The gradient of attention restricted to the $k$ best keys of each query.
 *
 * The formulas of {@link attentionGradExact} with $P$ replaced by the softmax over the set $S_i$, which is held constant: the exact gradient of
 * top-k attention wherever no score ties with the $k$-th. Cost $O(n k d)$ after the search.
 *
 * Shapes: those of `attentionGradExact`.
 *
 * @param input - finite float32 tensors.
 * @param options.k - keys per query; default the whole part of the square root of the number of keys. A query that sees fewer takes all.
 * @param options.buildIndex - makes the index of one head; default exact search.
 * @param options.effort - how hard an approximate index looks.
 * @param options.scale - $s$; default `1 / Math.sqrt(headDim)`.
 * @param options.causal - hide keys after the query; default `false`.
 * @param options.keyMask - visible keys, `[batch, keys]` for padding. Default: all.
 * @returns see {@link TopKAttentionGradients}; with `k` the number of keys, the exact gradient.
 * @throws DtypeError, ShapeError or DataError for input that does not fit, is empty or not finite; OptionError for a bad option, `k` above the
 * number of keys, or an index of other keys.
 * @example
 * ```ts
 * import { tensorData } from "@attnlab/check";
 * import { attentionGradTopK } from "@attnlab/attention/node";
 * const row = (...values: number[]) => tensorData("float32", [1, 1, values.length, 1], values);
 * const input = { query: row(1), key: row(3, 3, -9), value: row(10, 20, 30), outputGradient: row(1) };
 * (await attentionGradTopK(input, { k: 2 })).value.data; // => Float32Array [0.5, 0.5, 0]
 * ```
 * @see Haris 2024 differentiates attention through nearest keys.
 */
export async function attentionGradTopK(
  input: AttentionGradientInput,
  options?: AttentionGradTopKOptions,
): Promise<TopKAttentionGradients> {
  const { scale: given, causal, keyMask, k: wanted, ...search } = table.parse({ ...options });
  const sizes = checkGradientInput(table.owner, input);
  checkVisibility(table.owner, sizes, { causal, keyMask });
  const k = resolveK(table.owner, wanted, sizes.keys);
  const scale = given ?? 1 / Math.sqrt(sizes.headDim);
  const counter = countDotProducts();
  const result = emptyGradients(input);
  const width = sizes.queries * sizes.valueDim;
  const all = Int32Array.from({ length: sizes.queries }, (_, i) => i);
  for (const head of visibleHeads(table.owner, input, sizes, { causal, keyMask })) {
    const outputGradient = input.outputGradient.data.subarray(head.index * width, (head.index + 1) * width);
    const gradients = emptyHeadGradients(head);
    for await (const nearest of nearestKeys(head, all, { where: table.owner, k, scale, counter, ...search })) {
      addQuery(gradients, head, nearest, outputGradient, scale);
      counter.direct += nearest.indices.length;
    }
    writeHeadGradients(result, head, sizes.keys, gradients);
  }
  return { ...result, dotProducts: counter.total() };
}

/** Adds what one query contributes through its keys. */
function addQuery(
  gradients: HeadGradients,
  { query, key, value, headDim, valueDim }: VisibleHead,
  { query: row, indices, logits }: NearestKeys,
  outputGradient: Float32Array,
  scale: number,
): void {
  const count = indices.length;
  const maximum = logits.reduce((a, b) => Math.max(a, b));
  const weights = logits.map((logit) => Math.exp(logit - maximum));
  const sum = weights.reduce((a, b) => a + b);
  const slopes = new Float64Array(count);
  let mean = 0;
  for (let s = 0; s < count; s++) {
    const from = (indices[s] as number) * valueDim;
    let slope = 0;
    for (let t = 0; t < valueDim; t++) slope += (outputGradient[row * valueDim + t] as number) * (value[from + t] as number);
    slopes[s] = slope;
    mean += ((weights[s] as number) / sum) * slope;
  }
  for (let s = 0; s < count; s++) {
    const j = indices[s] as number;
    const weight = (weights[s] as number) / sum;
    for (let t = 0; t < valueDim; t++) {
      (gradients.value[j * valueDim + t] as number) += weight * (outputGradient[row * valueDim + t] as number);
    }
    const slope = scale * weight * ((slopes[s] as number) - mean);
    for (let t = 0; t < headDim; t++) {
      (gradients.key[j * headDim + t] as number) += slope * (query[row * headDim + t] as number);
      (gradients.query[row * headDim + t] as number) += slope * (key[j * headDim + t] as number);
    }
  }
}
