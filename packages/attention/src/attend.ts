import {
  booleanOption,
  broadcastShapes,
  customOption,
  numberOption,
  oneOfOption,
  optionTable,
  problem,
  ShapeError,
  showShape,
} from "@attnlab/check";
import { add, constant, isTensor, matmul, softmax, type Tensor, where } from "@attnlab/graph";
import { checkDropout, type DropoutOptions, dropout } from "./dropout.ts";
import { seesAny, visibleKeys } from "./visible-keys.ts";

/** Options of {@link attentionWeights}. */
export interface AttentionWeightsOptions {
  /** $s$, finite. Default `1 / Math.sqrt(headDim)`. */
  readonly scale?: number;
  /** Bool, broadcast to `[..., queries, keys]`; `false` hides a key. Default: none. */
  readonly mask?: Tensor;
  /** Hide keys after the query; the last query is aligned with the last key. Default `false`. */
  readonly causal?: boolean;
  /** Gradient of the softmax; `"stable"` keeps precision when one weight is nearly 1. Default `"standard"`. */
  readonly softmaxGradient?: "standard" | "stable";
}

/** Options of {@link attend}. */
export interface AttendOptions extends AttentionWeightsOptions {
  /** Dropout on the weights. Default: none. */
  readonly dropout?: DropoutOptions;
}

const weightRules = {
  scale: { ...numberOption({ doc: "Factor on the scores." }), fallback: undefined as number | undefined },
  mask: customOption<Tensor | undefined>({
    doc: "Visible keys, broadcast to [..., queries, keys].",
    expected: "a traced bool tensor",
    accepts: isTensor,
    invalid: [true, null, []],
  }),
  causal: booleanOption({ doc: "Hide keys after the query.", default: false }),
  softmaxGradient: oneOfOption(["standard", "stable"], { doc: "Gradient of the softmax.", default: "standard" }),
};
const weightsTable = optionTable("attentionWeights", weightRules);
const attendTable = optionTable("attend", {
  ...weightRules,
  dropout: customOption<DropoutOptions | undefined>({
    doc: "Dropout on the weights.",
    expected: "{ rate, key }",
    accepts: (value) => typeof value === "object" && value !== null,
    invalid: [0.1, null],
  }),
});

/**
 * Scaled dot-product attention: $\operatorname{softmax}(s\,QK^\top + M)\,V$ with $M = 0$ for visible keys and $-\infty$ for hidden ones.
 *
 * Shapes: `query [batch, heads, queries, headDim]`, `key [batch, heads, keys, headDim]`,
 * `value [batch, heads, keys, valueDim]` → `[batch, heads, queries, valueDim]`; leading axes may be any that broadcast. Keeps the dtype.
 *
 * @param options.scale - $s$; default `1 / Math.sqrt(headDim)`.
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
  checkValue(key, value);
  const { weights, visible } = maskedSoftmax("attend", query, key, rest);
  const kept = drop === undefined ? weights : dropout(weights, drop);
  const output = matmul(kept, value); // [..., queries, valueDim]
  return visible === undefined ? output : zeroBlindRows(output, visible);
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
  return visible === undefined ? weights : zeroBlindRows(weights, visible);
}

interface MaskedSoftmax {
  /** Rows without a visible key are uniform and have to be set to zero. */
  readonly weights: Tensor;
  /** The mask, when some row may have no visible key. */
  readonly visible: Tensor | undefined;
}

type ResolvedWeightOptions = ReturnType<typeof weightsTable.parse>;

function maskedSoftmax(name: string, query: Tensor, key: Tensor, options: ResolvedWeightOptions): MaskedSoftmax {
  checkQuery(name, query, key);
  const { scale = 1 / Math.sqrt(query.shape.at(-1) as number), mask, causal, softmaxGradient } = options;
  const scores = matmul(query, key, { transposeB: true, alpha: scale }); // [..., queries, keys]
  const visible = visibleKeys(mask, causal, scores.shape);
  const masked = visible === undefined ? scores : add(scores, penalty(visible, scores));
  const weights = softmax(masked, -1, { gradient: softmaxGradient });
  // Causality alone leaves every query at least one key.
  return { weights, visible: mask === undefined ? undefined : visible };
}

/**
 * 0 for visible keys, a huge negative number for hidden ones. A visible score stays as it is, bit for bit; a hidden one is
 * swallowed whatever its size, and its weight underflows to exactly 0, as does its gradient. Unlike a choice between score
 * and constant, a sum costs nothing on the way back.
 */
function penalty(visible: Tensor, { dtype }: Tensor): Tensor {
  return where(visible, constant(0, dtype), dtype === "float64" ? -1e300 : -1e30);
}

function zeroBlindRows(rows: Tensor, visible: Tensor): Tensor {
  return where(seesAny(visible), rows, 0);
}

function checkQuery(where: string, query: Tensor, key: Tensor): void {
  const fix = "Pass [batch, heads, tokens, headDim]; splitHeads makes it from [batch, tokens, width].";
  if (query.shape.length < 2 || key.shape.length < 2) {
    const got = `${showShape(query.shape)} and ${showShape(key.shape)}`;
    throw new ShapeError(problem({ where, expected: "query and key must have at least the axes [tokens, headDim]", got, fix }));
  }
  if (query.shape.at(-1) !== key.shape.at(-1)) {
    const got = `${query.shape.at(-1)} and ${key.shape.at(-1)}`;
    throw new ShapeError(problem({ where, expected: "query.headDim must equal key.headDim", got, fix: "Project both to one width." }));
  }
  broadcastShapes(where, query.shape.slice(0, -2), key.shape.slice(0, -2));
}

function checkValue(key: Tensor, value: Tensor): void {
  if (value.shape.length < 2 || key.shape.length < 2 || key.shape.at(-2) !== value.shape.at(-2)) {
    const got = `${showShape(key.shape)} and ${showShape(value.shape)}`;
    const expected = "key and value must have as many tokens (axis -2)";
    throw new ShapeError(problem({ where: "attend", expected, got, fix: "Pass the same tokens to both." }));
  }
}
