import { optionTable } from "@attnlab/check";
import { type CommonAttentionOptions, commonRules } from "../attention-options.ts";
import type { AttentionDotProducts } from "../sampling/nearest-keys.ts";
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

/** Options of {@link attentionGradExact}. */
export type AttentionGradExactOptions = Pick<CommonAttentionOptions, "scale" | "causal" | "keyMask">;

/** Exact gradients and their cost. */
export interface ExactAttentionGradients extends AttentionGradients {
  /** `direct` is two for each query and key that it sees. */
  readonly dotProducts: AttentionDotProducts;
}

const { scale, causal, keyMask } = commonRules;
const table = optionTable("attentionGradExact", { scale, causal, keyMask });

/**
 * The exact gradient of attention in float64, without a matrix of all scores.
 *
 * $$dV = P^\top dO, \quad dS_{ij} = P_{ij}(\langle dO_i, v_j\rangle - \Delta_i), \quad \Delta_i = \langle dO_i, O_i\rangle, \quad dQ = s\,dS\,K,
 * \quad dK = s\,dS^\top Q$$
 *
 * The rows of $P$ are computed again from the scores, a few queries at a time: memory beside the result is of the size of the inputs.
 *
 * Shapes: those of `exactAttention`, `outputGradient [batch, heads, queries, valueDim]` → one gradient in the shape of each input.
 *
 * @param input - finite float32 tensors.
 * @param options.scale - $s$; default `1 / Math.sqrt(headDim)`.
 * @param options.causal - hide keys after the query, the last query aligned with the last key; default `false`.
 * @param options.keyMask - visible keys, `[batch, keys]` for padding. Default: all.
 * @returns summed in float64, rounded once. A query that sees no key has gradient zero.
 * @throws DtypeError, ShapeError or DataError for input that does not fit, is empty or not finite; OptionError for a bad option.
 * @example
 * ```ts
 * import { tensorData } from "@attnlab/check";
 * import { attentionGradExact } from "@attnlab/attention/node";
 * const row = (...values: number[]) => tensorData("float32", [1, 1, values.length, 1], values);
 * const gradients = await attentionGradExact({ query: row(0), key: row(1, 2), value: row(10, 20), outputGradient: row(1) });
 * gradients.value.data; // => Float32Array [0.5, 0.5]
 * gradients.query.data; // => Float32Array [2.5]
 * ```
 * @see Dao et al. 2022, appendix B, for the formulas.
 */
export async function attentionGradExact(
  input: AttentionGradientInput,
  options?: AttentionGradExactOptions,
): Promise<ExactAttentionGradients> {
  const { scale, ...visibility } = table.parse({ ...options });
  const sizes = checkGradientInput(table.owner, input);
  checkVisibility(table.owner, sizes, visibility);
  const result = emptyGradients(input);
  let direct = 0;
  const width = sizes.queries * sizes.valueDim;
  for (const head of visibleHeads(table.owner, input, sizes, visibility)) {
    const outputGradient = input.outputGradient.data.subarray(head.index * width, (head.index + 1) * width);
    const gradients = exactHeadGradients(head, outputGradient, scale ?? 1 / Math.sqrt(sizes.headDim));
    writeHeadGradients(result, head, sizes.keys, gradients);
    direct += gradients.dotProducts;
  }
  return { ...result, dotProducts: { build: 0, search: 0, direct } };
}

/** Queries per block: each key is read once for all of them. The loops below are written out for four. */
const ROWS = 4;

/** Exact gradients of one head. */
export function exactHeadGradients(
  head: VisibleHead,
  outputGradient: ArrayLike<number>,
  scale: number,
): HeadGradients & { readonly dotProducts: number } {
  const { queries, keys, headDim, valueDim, query, key, value, limits } = head;
  const gradients = emptyHeadGradients(head);
  const weights = Array.from({ length: ROWS }, () => new Float64Array(keys));
  const slopes = Array.from({ length: ROWS }, () => new Float64Array(keys));
  const scaled = new Float64Array(ROWS * headDim);
  const above = new Float64Array(ROWS * valueDim);
  const step = new Float64Array(ROWS * headDim);
  let dotProducts = 0;
  for (let start = 0; start < queries; start += ROWS) {
    const count = Math.min(ROWS, queries - start);
    // Rows past the end stay zero and see no key.
    scaled.fill(0);
    above.fill(0);
    for (let i = 0; i < count * headDim; i++) scaled[i] = scale * (query[start * headDim + i] as number);
    for (let i = 0; i < count * valueDim; i++) above[i] = outputGradient[start * valueDim + i] as number;
    const seen = (row: number): number => (row >= count ? 0 : (limits?.[start + row] ?? keys));
    const most = seen(count - 1);
    products(scaled, key, headDim, most, weights);
    products(above, value, valueDim, most, slopes);
    for (let row = 0; row < ROWS; row++) {
      dotProducts += 2 * seen(row);
      softmaxAndSlope(weights[row] as Float64Array, slopes[row] as Float64Array, seen(row), most);
    }
    spread(above, valueDim, most, weights, gradients.value);
    spread(scaled, headDim, most, slopes, gradients.key);
    gather(key, headDim, most, slopes, step);
    for (let i = 0; i < count * headDim; i++) gradients.query[start * headDim + i] = scale * (step[i] as number);
  }
  return { ...gradients, dotProducts };
}

/** Turns a row of scores into weights and a row of $\langle dO, v_j\rangle$ into $dS$; both are zero for keys that are not seen. */
function softmaxAndSlope(weights: Float64Array, slopes: Float64Array, seen: number, most: number): void {
  let maximum = Number.NEGATIVE_INFINITY;
  for (let j = 0; j < seen; j++) maximum = Math.max(maximum, weights[j] as number);
  let sum = 0;
  for (let j = 0; j < seen; j++) {
    const weight = Math.exp((weights[j] as number) - maximum);
    weights[j] = weight;
    sum += weight;
  }
  let mean = 0;
  for (let j = 0; j < seen; j++) {
    const weight = (weights[j] as number) / sum;
    weights[j] = weight;
    mean += weight * (slopes[j] as number);
  }
  for (let j = 0; j < seen; j++) slopes[j] = (weights[j] as number) * ((slopes[j] as number) - mean);
  weights.fill(0, seen, most);
  slopes.fill(0, seen, most);
}

type Four = readonly Float64Array[];
const four = (rows: Four): [Float64Array, Float64Array, Float64Array, Float64Array] =>
  rows as [Float64Array, Float64Array, Float64Array, Float64Array];

/** `out[r][j] = <rows[r], data[j]>` for four rows. */
function products(rows: Float64Array, data: Float32Array, width: number, count: number, out: Four): void {
  const [out0, out1, out2, out3] = four(out);
  for (let j = 0; j < count; j++) {
    let [a, b, c, d] = [0, 0, 0, 0];
    const from = j * width;
    for (let t = 0; t < width; t++) {
      const x = data[from + t] as number;
      a += (rows[t] as number) * x;
      b += (rows[width + t] as number) * x;
      c += (rows[2 * width + t] as number) * x;
      d += (rows[3 * width + t] as number) * x;
    }
    out0[j] = a;
    out1[j] = b;
    out2[j] = c;
    out3[j] = d;
  }
}

/** `into[j] += sum_r factors[r][j] rows[r]` for four rows. */
function spread(rows: Float64Array, width: number, count: number, factors: Four, into: Float64Array): void {
  const [f0, f1, f2, f3] = four(factors);
  for (let j = 0; j < count; j++) {
    const [a, b, c, d] = [f0[j] as number, f1[j] as number, f2[j] as number, f3[j] as number];
    const at = j * width;
    for (let t = 0; t < width; t++) {
      (into[at + t] as number) +=
        a * (rows[t] as number) +
        b * (rows[width + t] as number) +
        c * (rows[2 * width + t] as number) +
        d * (rows[3 * width + t] as number);
    }
  }
}

/** `into[r] = sum_j factors[r][j] data[j]` for four rows. */
function gather(data: Float32Array, width: number, count: number, factors: Four, into: Float64Array): void {
  const [f0, f1, f2, f3] = four(factors);
  into.fill(0);
  for (let j = 0; j < count; j++) {
    const [a, b, c, d] = [f0[j] as number, f1[j] as number, f2[j] as number, f3[j] as number];
    const from = j * width;
    for (let t = 0; t < width; t++) {
      const x = data[from + t] as number;
      (into[t] as number) += a * x;
      (into[width + t] as number) += b * x;
      (into[2 * width + t] as number) += c * x;
      (into[3 * width + t] as number) += d * x;
    }
  }
}
