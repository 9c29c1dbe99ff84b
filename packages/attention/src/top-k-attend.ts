import { integerOption, type OptionRule, optionTable } from "@attnlab/check";
import { matmul, scatterAddAlongAxis, softmax, type Tensor, topK, zerosLike } from "@attnlab/graph";
import { type AttendOptions, softmaxRules } from "./attend.ts";
import { checkValue } from "./attention-shapes.ts";
import { checkDropout, type DropoutOptions, dropout } from "./dropout.ts";
import { maskedScores, zeroBlindRows } from "./masked-scores.ts";
import { dropoutRule } from "./score-options.ts";

/** Options of {@link topKAttend}. */
export interface TopKAttendOptions extends AttendOptions {
  /** Keys per query, from 1; a query that sees fewer takes all. Default: the whole part of the square root of the number of keys. */
  readonly k?: number;
}

/** Options of {@link topKAttentionWeights}. */
export type TopKAttentionWeightsOptions = Omit<TopKAttendOptions, "dropout">;

const weightRules = { ...softmaxRules, k: integerOption({ doc: "Keys per query.", min: 1 }) as OptionRule<number | undefined> };
const weightsTable = optionTable("topKAttentionWeights", weightRules);
const attendTable = optionTable("topKAttend", { ...weightRules, dropout: dropoutRule });

/**
 * Dot-product attention over the $k$ keys of largest score: $o_i = \sum_{j \in S_i} e^{y_{ij}} v_j / \sum_{j \in S_i} e^{y_{ij}}$ with
 * $y = s\,QK^\top$ and $S_i$ the $k$ largest visible scores of row $i$.
 *
 * The traced, differentiable form of `topKAttention` of `@attnlab/attention/node`, for training. The gradient holds $S_i$ constant, which is
 * exact wherever the $k$-th score does not tie with the next: keys outside $S_i$ get none from query $i$. Of equal scores the lower index
 * is taken, never more than $k$. With $k$ at least the number of visible keys it equals {@link attend}.
 *
 * All scores are formed, so the memory grows with `queries * keys`; softmax and gradient run over $k$ entries of each row.
 *
 * Shapes: `query [batch, heads, queries, headDim]`, `key [batch, heads, keys, headDim]`,
 * `value [batch, heads, keys, valueDim]` → `[batch, heads, queries, valueDim]`; leading axes may be any that broadcast. Keeps the dtype.
 *
 * @param options.k - at least 1; default the whole part of the square root of the number of keys. A query that sees fewer takes all.
 * @param options.scale - $s$: a positive number keeps the order of the keys; `"none"` for 1, or `"sqrtHeadDim"`, the default.
 * @param options.mask - bool, broadcast to `[batch, heads, queries, keys]`; `false` hides a key. Default: none.
 * @param options.causal - hide keys after the query, before the largest are chosen; default `false`.
 * @param options.dropout - `{ rate, key }`: dropout on the weights of the keys taken; default: none.
 * @param options.softmaxGradient - as in {@link attend}; default `"standard"`.
 * @returns the averages; zeros for a query that sees no key.
 * @throws {@link ShapeError} when `key` and `value` differ in `keys`, `query` and `key` in `headDim`, or the mask does not fit.
 * @throws {@link OptionError} on an unknown or bad option.
 * @example
 * ```ts
 * import { tensorData } from "@attnlab/check";
 * import { topKAttend } from "@attnlab/attention";
 * import { evaluate, specOf, trace } from "@attnlab/graph";
 * const query = tensorData("float64", [1, 1], [1]);
 * const key = tensorData("float64", [3, 1], [3, 3, -9]);
 * const value = tensorData("float64", [3, 1], [10, 20, 30]);
 * const program = trace((q, k, v) => topKAttend(q, k, v, { k: 2 }), [specOf(query), specOf(key), specOf(value)]);
 * evaluate(program, [query, key, value]).data; // => Float64Array [15]
 * ```
 * @see Haris, arXiv 2411.04013, keeps the nearest keys of each query; that the set is held constant in the gradient, and scores are
 *   differentiated, is ours.
 */
export function topKAttend(query: Tensor, key: Tensor, value: Tensor, options?: TopKAttendOptions): Tensor {
  const parsed = attendTable.parse(options);
  if (parsed.dropout !== undefined) checkDropout("topKAttend", parsed.dropout);
  checkValue("topKAttend", key, value);
  const { weights, visible } = sparseWeights("topKAttend", query, key, parsed);
  return zeroBlindRows(matmul(weights, value), visible); // [..., queries, valueDim]
}

/**
 * The weights of {@link topKAttend}, for attention maps: at most $k$ of a row are not 0, and they sum to 1.
 *
 * Shapes: `query [..., queries, headDim]`, `key [..., keys, headDim]` → `[..., queries, keys]`. Keeps the dtype. Zeros for a query that
 * sees no key.
 *
 * @param options - `k`, `scale`, `mask`, `causal` and `softmaxGradient` of {@link topKAttend}.
 * @throws {@link ShapeError} when `query` and `key` differ in `headDim`, or the mask does not fit.
 * @throws {@link OptionError} on an unknown or bad option.
 */
export function topKAttentionWeights(query: Tensor, key: Tensor, options?: TopKAttentionWeightsOptions): Tensor {
  const { weights, visible } = sparseWeights("topKAttentionWeights", query, key, weightsTable.parse(options));
  return zeroBlindRows(weights, visible);
}

type ResolvedOptions = ReturnType<typeof weightsTable.parse> & { readonly dropout?: DropoutOptions | undefined };

/**
 * A dense matrix with $k$ weights in each row. Its products with the values, and those of its gradient, are dense ones. With one thread of
 * ONNX Runtime 1.30, forward and backward, that takes 2.0 ms for 32 heads of 64 tokens of width 32 and k = 8, against 9.9 ms when keys and
 * values are gathered and their gradients scattered; 4.9 against 11 ms for 8 heads of 256; 22 against 26 ms for 2 heads of 1,024 of width 64, and
 * 31 against 153 ms with k = 32. Gathering wins at 4,096 tokens and k = 8, by a sixth. A dense softmax over the scores that reach the k-th
 * takes as long at 64 tokens, a tenth to a fifth longer beyond, and keeps more than k of equal scores.
 */
function sparseWeights(
  name: string,
  query: Tensor,
  key: Tensor,
  { k: wanted, softmaxGradient: gradient, dropout: drop, ...rest }: ResolvedOptions,
): { readonly weights: Tensor; readonly visible: Tensor | undefined } {
  const { scores, visible } = maskedScores(name, query, key, rest);
  const kept = (weights: Tensor): Tensor => (drop === undefined ? weights : dropout(weights, drop));
  const keys = scores.shape.at(-1) as number;
  const k = wanted ?? Math.floor(Math.sqrt(keys));
  if (k >= keys) return { weights: kept(softmax(scores, -1, { gradient })), visible };
  // Hidden keys come last; where fewer than k are visible, those taken have the weight 0 and no gradient.
  const { values, indices } = topK(scores, k); // [..., queries, k]
  const weights = kept(softmax(values, -1, { gradient }));
  return { weights: scatterAddAlongAxis(zerosLike(scores), indices, weights), visible }; // [..., queries, keys]
}
