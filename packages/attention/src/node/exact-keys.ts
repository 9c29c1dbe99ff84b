import type { AttentionKernel } from "./attention-kernel.ts";
import { sizeModel } from "./tile-models.ts";

/** Keys and values as the models of tiles want them. */
export interface TileKeys {
  readonly keys: number;
  readonly headDim: number;
  readonly valueDim: number;
  /** Whether keys have a column of ones behind them, so that queries can be shifted; `false` only where {@link scoreSizes} allows it. */
  readonly shifted: boolean;
  /** `[keys, headDim]`, or `[keys, headDim + 1]` when shifted. */
  readonly key: Float32Array;
  /** `[keys, valueDim]`. */
  readonly value: Float32Array;
}

/** Queries, and how many keys each of them sees. */
export interface TileQueries {
  readonly queries: number;
  /** As wide as the keys; a last column for the shift is overwritten. */
  readonly query: Float32Array;
  /** The factor that is still missing. */
  readonly scale: number;
  /** Query `i` sees the first `limits[i]` keys; all of them when absent. */
  readonly limits?: Int32Array | undefined;
}

/** The width of a row of keys and queries. */
export function rowWidth({ headDim, shifted }: TileKeys): number {
  return shifted ? headDim + 1 : headDim;
}

/** $e^{40}$ times a million keys is far inside float32, and so is $e^{-40}$: nothing has to be shifted. */
const SMALL_SCORE = 40;
/** With such values sums of unshifted terms neither overflow nor lose digits. */
const [SMALL_VALUE, LARGE_VALUE] = [1e-12, 1e12];

/** What is known of scores before any is computed. */
export interface ScoreSizes {
  /** Whether scores may leave float32, so that queries are shifted; bounded by the inequality of Cauchy and Schwarz. */
  readonly shifted: boolean;
  /** The largest squared norm of a key; may be infinite. */
  readonly keySquare: number;
}

/** Looks at the sizes of queries, keys and values. */
export async function scoreSizes(
  kernel: AttentionKernel,
  query: Float32Array,
  { keys, headDim, valueDim, key, value }: Omit<TileKeys, "shifted">,
  scale: number,
): Promise<ScoreSizes> {
  if (keys === 0) return { shifted: false, keySquare: 0 };
  const session = await kernel.session(sizeModel);
  const found = await session.run({
    query: { dtype: "float32", shape: [query.length / headDim, headDim], data: query },
    key: { dtype: "float32", shape: [keys, headDim], data: key },
    value: { dtype: "float32", shape: [keys, valueDim], data: value },
  });
  const keySquare = found.keySquare?.data[0] as number;
  const bound = Math.abs(scale) * Math.sqrt(found.querySquare?.data[0] as number) * Math.sqrt(keySquare);
  const size = Math.sqrt(found.valueSquares?.data[0] as number);
  const small = bound <= SMALL_SCORE && size > SMALL_VALUE * Math.sqrt(value.length) && size < LARGE_VALUE;
  return { shifted: !small, keySquare };
}

/** Keys as they are, or with a column of ones. */
export function tileKeys(head: Omit<TileKeys, "shifted">, shifted: boolean): TileKeys {
  const { keys, headDim, valueDim, key, value } = head;
  return { keys, headDim, valueDim, shifted, key: shifted ? withOnes(key, headDim) : key, value };
}

function withOnes(data: Float32Array, width: number): Float32Array {
  const rows = data.length / width;
  const out = new Float32Array(rows * (width + 1));
  for (let i = 0; i < rows; i++) {
    for (let j = 0; j < width; j++) out[i * (width + 1) + j] = data[i * width + j] as number;
    out[i * (width + 1) + width] = 1;
  }
  return out;
}

/** Queries `start` to `end` of a head for these keys: themselves, or scaled and with room for a shift. */
export function queryRows(query: Float32Array, keys: TileKeys, scale: number, start: number, end: number): TileQueries {
  const { headDim, shifted } = keys;
  const rows = query.subarray(start * headDim, end * headDim);
  if (!shifted) return { queries: end - start, query: rows, scale };
  const out = new Float32Array((end - start) * (headDim + 1));
  for (let i = 0; i < end - start; i++) {
    for (let j = 0; j < headDim; j++) out[i * (headDim + 1) + j] = (rows[i * headDim + j] as number) * scale;
  }
  return { queries: end - start, query: out, scale: 1 };
}
