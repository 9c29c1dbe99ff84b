import { optionTable } from "@attnlab/check";
import { matmul, rationalAttention, type Tensor } from "@attnlab/graph";
import { checkQuery, checkValue } from "./attention-shapes.ts";
import { checkDropout, dropout } from "./dropout.ts";
import { type AttentionOptions, dropoutRule, scaleOf, scoreRules } from "./score-options.ts";
import { normalizedWeights, type ScoreWeightOptions, scoreWeightRules } from "./score-weights.ts";
import { visibleKeys } from "./visible-keys.ts";

/** Options of {@link expressiveAttention}. */
export interface ExpressiveAttentionOptions extends AttentionOptions, ScoreWeightOptions {}

/** Options of {@link expressiveAttentionWeights}. */
export type ExpressiveAttentionWeightsOptions = Omit<ExpressiveAttentionOptions, "dropout">;

const weightRules = { ...scoreRules, ...scoreWeightRules };
const weightsTable = optionTable("expressiveAttentionWeights", weightRules);
const attentionTable = optionTable("expressiveAttention", { ...weightRules, dropout: dropoutRule });

/**
 * Expressive attention: $a = \phi V / (\phi 1 + \epsilon)$ with $\phi = z^2 / (1 + z^2)$ for visible keys and 0 for hidden ones, $z = s\,QK^\top$.
 *
 * Parallel and antiparallel queries and keys attend to each other, orthogonal ones do not. Weights depend on the squares of the
 * scores, so they cannot be sharpened by making all scores larger: then every weight ends at 1. With $p$ for 2 the family is
 * $\phi = |z|^p / (1 + |z|^p)$, or $\phi = |z|^p$ with `saturating: false`.
 *
 * Shapes: `query [batch, heads, queries, headDim]`, `key [batch, heads, keys, headDim]`,
 * `value [batch, heads, keys, valueDim]` → `[batch, heads, queries, valueDim]`; leading axes may be any that broadcast. Keeps the dtype.
 *
 * @param options.scale - $s$: a number, `"none"` for 1, or `"sqrtHeadDim"`, the default, for `1 / Math.sqrt(headDim)`. Unlike that of
 *   dot-product attention it is no temperature: it says where weights begin to saturate.
 * @param options.mask - bool, broadcast to `[batch, heads, queries, keys]`; `false` hides a key. Default: none.
 * @param options.causal - hide keys after the query; default `false`.
 * @param options.dropout - `{ rate, key }`: dropout on the weights; default: none.
 * @param options.power - $p > 0$; default 2.
 * @param options.saturating - default `true`.
 * @param options.epsilon - $\epsilon > 0$; default 1e-12. A row whose weights are all 0 gives zeros.
 * @throws {@link ShapeError} when `key` and `value` differ in `keys`, `query` and `key` in `headDim`, or the mask does not fit.
 * @throws {@link OptionError} on an unknown or bad option.
 * @example
 * ```ts
 * import { tensorData } from "@attnlab/check";
 * import { expressiveAttention } from "@attnlab/attention";
 * import { evaluate, specOf, trace } from "@attnlab/graph";
 * const query = tensorData("float64", [1, 2], [1, 0]);
 * const key = tensorData("float64", [3, 2], [1, 0, 0, 1, -2, 0]); // parallel, orthogonal, antiparallel
 * const value = tensorData("float64", [3, 1], [1, 2, 4]);
 * const program = trace((q, k, v) => expressiveAttention(q, k, v, { scale: "none" }), [specOf(query), specOf(key), specOf(value)]);
 * evaluate(program, [query, key, value]).data; // => Float64Array [2.846154]
 * ```
 * @see Gros, arXiv 2407.18601: weights made of the squared score. Saturation and the sum over the keys are those of public code that
 *   cites the paper; mask, $\epsilon$, $p$ and the default scale are ours.
 */
export function expressiveAttention(query: Tensor, key: Tensor, value: Tensor, options?: ExpressiveAttentionOptions): Tensor {
  const { dropout: drop, ...rest } = attentionTable.parse(options);
  if (drop !== undefined) checkDropout("expressiveAttention", drop);
  checkQuery("expressiveAttention", query, key);
  checkValue("expressiveAttention", key, value);
  // Dropout falls on the weights themselves, which the fused form never makes.
  if (rest.power === 2 && rest.saturating && (drop?.rate ?? 0) === 0) return fusedAttention(query, key, value, rest);
  const weights = weightsOf(query, key, rest);
  return matmul(drop === undefined ? weights : dropout(weights, drop), value); // [..., queries, valueDim]
}

/**
 * The weights of {@link expressiveAttention}, for attention maps: $\alpha = \phi / (\phi 1 + \epsilon)$.
 *
 * Shapes: `query [..., queries, headDim]`, `key [..., keys, headDim]` → `[..., queries, keys]`. Keeps the dtype. Rows sum to 1 up to
 * $\epsilon$ over the sum of their weights, or are zero when no key has a weight.
 *
 * @param options - `scale`, `mask`, `causal`, `power`, `saturating` and `epsilon` of {@link expressiveAttention}.
 * @throws {@link ShapeError} when `query` and `key` differ in `headDim`, or the mask does not fit.
 * @throws {@link OptionError} on an unknown or bad option.
 */
export function expressiveAttentionWeights(query: Tensor, key: Tensor, options?: ExpressiveAttentionWeightsOptions): Tensor {
  checkQuery("expressiveAttentionWeights", query, key);
  return weightsOf(query, key, weightsTable.parse(options));
}

type ResolvedOptions = ReturnType<typeof weightsTable.parse>;

function weightsOf(query: Tensor, key: Tensor, { scale, mask, causal, ...family }: ResolvedOptions): Tensor {
  const scores = matmul(query, key, { transposeB: true, alpha: scaleOf(scale, query) }); // [..., queries, keys]
  return normalizedWeights(scores, visibleKeys(mask, causal, scores.shape), family);
}

function fusedAttention(query: Tensor, key: Tensor, value: Tensor, { scale, mask, causal, epsilon }: ResolvedOptions): Tensor {
  // Only its shape is used, so nothing of it is left in the program.
  const { shape } = matmul(query, key, { transposeB: true });
  const visible = visibleKeys(mask, causal, shape);
  return rationalAttention({ query, key, value, ...(visible === undefined ? {} : { visible }) }, { scale: scaleOf(scale, query), epsilon });
}
