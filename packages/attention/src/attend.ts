import { oneOfOption, optionTable } from "@attnlab/check";
import { matmul, softmax, type Tensor } from "@attnlab/graph";
import { checkValue } from "./attention-shapes.ts";
import { checkDropout, dropout } from "./dropout.ts";
import { type MaskedScores, maskedScores, zeroBlindRows } from "./masked-scores.ts";
import { type AttentionOptions, dropoutRule, scoreRules } from "./score-options.ts";

/** Options of {@link attend}. */
export interface AttendOptions extends AttentionOptions {
  /** Gradient of the softmax; `"stable"` keeps precision when one weight is nearly 1. Default `"standard"`. */
  readonly softmaxGradient?: "standard" | "stable";
}

/** Options of {@link attentionWeights}. */
export type AttentionWeightsOptions = Omit<AttendOptions, "dropout">;

/** The rules of scores and of the softmax over them. */
export const softmaxRules = {
  ...scoreRules,
  softmaxGradient: oneOfOption(["standard", "stable"], { doc: "Gradient of the softmax.", default: "standard" }),
};
const weightsTable = optionTable("attentionWeights", softmaxRules);
const attendTable = optionTable("attend", { ...softmaxRules, dropout: dropoutRule });

/**
 * Scaled dot-product attention: $\operatorname{softmax}(s\,QK^\top + M)\,V$ with $M = 0$ for visible keys and $-\infty$ for hidden ones.
 *
 * Shapes: `query [batch, heads, queries, headDim]`, `key [batch, heads, keys, headDim]`,
 * `value [batch, heads, keys, valueDim]` → `[batch, heads, queries, valueDim]`; leading axes may be any that broadcast. Keeps the dtype.
 *
 * @param options.scale - $s$: a number, `"none"` for 1, or `"sqrtHeadDim"`, the default, for `1 / Math.sqrt(headDim)`.
 * @param options.mask - bool, broadcast to `[batch, heads, queries, keys]`; `false` hides a key. Default: none.
 * @param options.causal - hide keys after the query; default `false`.
 * @param options.dropout - `{ rate, key }`: dropout on the weights; default: none.
 * @param options.softmaxGradient - default `"standard"`.
 * @throws {@link ShapeError} when `key` and `value` differ in `keys`, `query` and `key` in `headDim`, or the mask does not fit.
 * @throws {@link OptionError} on an unknown or bad option.
 * @example
 * ```ts
 * import { tensorData } from "@attnlab/check";
 * import { attend } from "@attnlab/attention";
 * import { evaluate, specOf, trace } from "@attnlab/graph";
 * const query = tensorData("float64", [1, 1, 1, 2], [0, 0]);
 * const key = tensorData("float64", [1, 1, 2, 2], [1, 2, 3, 4]);
 * const value = tensorData("float64", [1, 1, 2, 1], [10, 20]);
 * const program = trace((q, k, v) => attend(q, k, v), [specOf(query), specOf(key), specOf(value)]);
 * evaluate(program, [query, key, value]).data; // => Float64Array [15]
 * ```
 * @see Vaswani et al. 2017, eq. (1); their $d_k$ is our `headDim`. A row with no visible key gives zeros, not NaN.
 */
export function attend(query: Tensor, key: Tensor, value: Tensor, options?: AttendOptions): Tensor {
  const { dropout: drop, ...rest } = attendTable.parse(options);
  if (drop !== undefined) checkDropout("attend", drop);
  checkValue("attend", key, value);
  const { weights, visible } = maskedSoftmax("attend", query, key, rest);
  const kept = drop === undefined ? weights : dropout(weights, drop);
  return zeroBlindRows(matmul(kept, value), visible); // [..., queries, valueDim]
}

/**
 * The weights of {@link attend}: $\operatorname{softmax}(s\,QK^\top + M)$, for attention maps and token selection.
 *
 * Shapes: `query [..., queries, headDim]`, `key [..., keys, headDim]` → `[..., queries, keys]`. Keeps the dtype. Rows sum
 * to 1, or are zero when no key is visible.
 *
 * @param options - `scale`, `mask`, `causal` and `softmaxGradient` of {@link attend}.
 * @throws {@link ShapeError} when `query` and `key` differ in `headDim`, or the mask does not fit.
 * @throws {@link OptionError} on an unknown or bad option.
 */
export function attentionWeights(query: Tensor, key: Tensor, options?: AttentionWeightsOptions): Tensor {
  const { weights, visible } = maskedSoftmax("attentionWeights", query, key, weightsTable.parse(options));
  return zeroBlindRows(weights, visible);
}

type ResolvedWeightOptions = ReturnType<typeof weightsTable.parse>;

function maskedSoftmax(
  name: string,
  query: Tensor,
  key: Tensor,
  { softmaxGradient, ...rest }: ResolvedWeightOptions,
): { readonly weights: Tensor; readonly visible: MaskedScores["visible"] } {
  const { scores, visible } = maskedScores(name, query, key, rest);
  return { weights: softmax(scores, -1, { gradient: softmaxGradient }), visible };
}
