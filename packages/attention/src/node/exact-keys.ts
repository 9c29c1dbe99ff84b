/** Keys and values as the models of tiles want them. */
export interface TileKeys {
  readonly keys: number;
  readonly headDim: number;
  readonly valueDim: number;
  /** Whether keys have a column of ones behind them, so that queries can be shifted; `false` only where {@link scoresAreSmall}. */
  readonly shifted: boolean;
  /** `[keys, headDim]`, or `[keys, headDim + 1]` when shifted. */
  readonly key: Float32Array;
  /** `[keys, valueDim]`. */
  readonly value: Float32Array;
}

/** Queries, scaled, and how many keys each of them sees. */
export interface TileQueries {
  readonly queries: number;
  /** As wide as the keys; a last column for the shift is overwritten. */
  readonly query: Float32Array;
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

/** Whether no score of these queries and keys needs a shift, by the inequality of Cauchy and Schwarz: no score is computed. */
export function scoresAreSmall(query: Float32Array, { key, value, headDim }: Omit<TileKeys, "shifted">, scale: number): boolean {
  const bound = Math.abs(scale) * longestRow(query, headDim) * longestRow(key, headDim);
  if (!(bound <= SMALL_SCORE)) return false;
  const size = largest(value);
  return size > SMALL_VALUE && size < LARGE_VALUE;
}

function longestRow(data: Float32Array, width: number): number {
  let most = 0;
  for (let start = 0; start < data.length; start += width) {
    // Two sums: each waits for its own last addition only.
    let [even, odd] = [0, 0];
    const end = start + width;
    let j = start;
    for (; j + 1 < end; j += 2) {
      const [x, y] = [data[j] as number, data[j + 1] as number];
      even += x * x;
      odd += y * y;
    }
    if (j < end) even += (data[j] as number) ** 2;
    if (even + odd > most) most = even + odd;
  }
  return Math.sqrt(most);
}

function largest(data: Float32Array): number {
  let most = 0;
  for (let i = 0; i < data.length; i++) {
    const size = Math.abs(data[i] as number);
    if (size > most) most = size;
  }
  return most;
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

/** Rows of queries times the scale, as wide as the keys. `rows` are positions, or the first of `count` in order. */
export function scaledRows(query: Float32Array, keys: TileKeys, scale: number, rows: Int32Array | number, count: number): Float32Array {
  const { headDim } = keys;
  const width = rowWidth(keys);
  const out = new Float32Array(count * width);
  for (let i = 0; i < count; i++) {
    const from = (typeof rows === "number" ? rows + i : (rows[i] as number)) * headDim;
    for (let j = 0; j < headDim; j++) out[i * width + j] = (query[from + j] as number) * scale;
  }
  return out;
}
