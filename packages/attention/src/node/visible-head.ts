import { problem, ShapeError, sameShape, show, showShape, sizeOf } from "@attnlab/check";
import type { AttentionInput, AttentionResult, AttentionSizes, BoolTensor } from "./attention-input.ts";

/** One head of one sequence, with the keys that its mask hides taken out. */
export interface VisibleHead {
  /** Its place among all heads, row by row. */
  readonly index: number;
  readonly queries: number;
  /** How many keys are left; may be 0. */
  readonly keys: number;
  readonly headDim: number;
  readonly valueDim: number;
  /** `[queries, headDim]`, a view. */
  readonly query: Float32Array;
  /** `[keys, headDim]`, a view unless keys were taken out. */
  readonly key: Float32Array;
  /** `[keys, valueDim]`, a view unless keys were taken out. */
  readonly value: Float32Array;
  /** Where the keys stood before, ascending; `undefined` when none was taken out. */
  readonly positions: Int32Array | undefined;
  /** Query `i` sees the first `limits[i]` keys, never fewer than the query before it; `undefined` when it sees all. */
  readonly limits: Int32Array | undefined;
}

/** What hides keys. */
export interface Visibility {
  readonly causal: boolean;
  readonly keyMask: BoolTensor | undefined;
}

/**
 * Cuts a checked input into heads. A masked key is taken out, so that hiding a key is deleting it, bit for bit.
 *
 * @throws ShapeError for a mask that does not fit, or fewer keys than causal queries.
 */
export function* visibleHeads(
  where: string,
  { query, key, value }: AttentionInput,
  sizes: AttentionSizes,
  { causal, keyMask }: Visibility,
): Generator<VisibleHead> {
  const { heads, queries, keys, headDim, valueDim } = sizes;
  checkVisibility(where, sizes, { causal, keyMask });
  const perMask = keyMask === undefined ? heads : heads / (keyMask.data.length / keys);
  for (let index = 0; index < heads; index++) {
    const shared = { index, queries, headDim, valueDim, query: part(query.data, index, queries * headDim) };
    const allKeys = part(key.data, index, keys * headDim);
    const allValues = part(value.data, index, keys * valueDim);
    const mask = keyMask === undefined ? undefined : part(keyMask.data, Math.floor(index / perMask), keys);
    const positions = mask?.includes(0) ? places(mask) : undefined;
    const limits = causal ? causalLimits(queries, keys, positions) : undefined;
    yield positions === undefined
      ? { ...shared, keys, key: allKeys, value: allValues, positions, limits }
      : {
          ...shared,
          keys: positions.length,
          key: gatherRows(allKeys, positions, headDim),
          value: gatherRows(allValues, positions, valueDim),
          positions,
          limits,
        };
  }
}

/** @throws ShapeError for a mask that does not fit, or fewer keys than causal queries. */
export function checkVisibility(where: string, { leading, queries, keys }: AttentionSizes, { causal, keyMask }: Visibility): void {
  if (causal && queries > keys) {
    const got = `${queries} queries and ${keys} keys`;
    const fix = "Pass the keys of all earlier tokens too.";
    throw new ShapeError(problem({ where, expected: "keys must be at least queries when causal", got, fix }));
  }
  if (keyMask === undefined) return;
  const { shape, data } = keyMask;
  const before = Array.isArray(shape) ? shape.slice(0, -1) : [];
  const fits = Array.isArray(shape) && shape.at(-1) === keys && sameShape(before, leading.slice(0, before.length));
  if (!fits || !(data instanceof Uint8Array) || data.length !== sizeOf(shape)) {
    const expected = `keyMask must have the last axis ${keys}, after none or the first of the axes ${showShape(leading)}`;
    const got = `${show(shape)} with ${show(data)}`;
    throw new ShapeError(problem({ where, expected, got, fix: "Make it with tensorData from @attnlab/check, [batch, keys] for padding." }));
  }
}

/** An output of zeros and an `lse` of minus infinity, to be filled. */
export function emptyResult({ leading, heads, queries, valueDim }: AttentionSizes): AttentionResult {
  return {
    output: { dtype: "float32", shape: [...leading, queries, valueDim], data: new Float32Array(heads * queries * valueDim) },
    lse: { dtype: "float32", shape: [...leading, queries], data: new Float32Array(heads * queries).fill(Number.NEGATIVE_INFINITY) },
  };
}

/** The `index`-th piece of a length, as a view. */
function part<T extends Float32Array | Uint8Array>(data: T, index: number, length: number): T {
  return data.subarray(index * length, (index + 1) * length) as T;
}

function places(mask: Uint8Array): Int32Array {
  const all = new Int32Array(mask.length);
  let count = 0;
  for (let i = 0; i < mask.length; i++) if (mask[i] !== 0) all[count++] = i;
  return all.slice(0, count);
}

/** Rows of a matrix in the order of `rows`, copied. */
export function gatherRows(data: Float32Array, rows: Int32Array, width: number): Float32Array {
  const out = new Float32Array(rows.length * width);
  for (let i = 0; i < rows.length; i++) {
    const from = (rows[i] as number) * width;
    for (let j = 0; j < width; j++) out[i * width + j] = data[from + j] as number;
  }
  return out;
}

function causalLimits(queries: number, keys: number, positions: Int32Array | undefined): Int32Array {
  const limits = new Int32Array(queries);
  let seen = 0;
  for (let i = 0; i < queries; i++) {
    const last = i + keys - queries;
    if (positions === undefined) seen = last + 1;
    else while (seen < positions.length && (positions[seen] as number) <= last) seen++;
    limits[i] = seen;
  }
  return limits;
}
