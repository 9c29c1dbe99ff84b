import { kMeans } from "@attnlab/neighbors";
import type { Rng } from "@attnlab/random";
import type { AttentionKernel } from "../attention-kernel.ts";
import type { TileKeys } from "../exact-keys.ts";

/** Keys and values sorted by cell, and what a query must know of a cell that it does not visit. */
export interface CellKeys extends TileKeys {
  readonly cells: number;
  /** Cell `c` has the rows `offsets[c]` to `offsets[c + 1]`. */
  readonly offsets: Int32Array;
  /** Mean key, variance per coordinate and log of the number of keys, `[cells, headDim + 2]`. */
  readonly centroids: Float32Array;
  /** Mean value, `[cells, valueDim]`. */
  readonly means: Float32Array;
  /** Mean variance per coordinate over the keys. */
  readonly variance: number;
  /** Products of keys and centroids that were taken. */
  readonly dotProducts: number;
}

/** How cells are made. */
export interface CellTraining {
  readonly cells: number;
  readonly iterations: number;
  /** Whether the sorted keys get a column of ones. */
  readonly shifted: boolean;
  readonly rng: Rng;
}

/** A log mass that no query prefers. */
const EMPTY = -1e30;

/** Sorts keys and values into cells around k-means centroids, and summarises each cell. */
export async function cellKeys(
  kernel: AttentionKernel,
  { keys, headDim, valueDim, key, value }: Omit<TileKeys, "shifted">,
  { cells, iterations, shifted, rng }: CellTraining,
): Promise<CellKeys> {
  const { offsets, members, dotProducts } = await kMeans(
    { dtype: "float32", shape: [keys, headDim], data: key },
    { cells, iterations, rng, init: "random", samplePerCell: 16, kernel: await kernel.products() },
  );
  const [a, b, c] = [shifted ? headDim + 1 : headDim, valueDim, headDim + 2];
  const sortedKey = new Float32Array(keys * a);
  const sortedValue = new Float32Array(keys * b);
  const centroids = new Float32Array(cells * c);
  const means = new Float32Array(cells * b);
  const keySum = new Float64Array(headDim);
  const valueSum = new Float64Array(valueDim);
  let spread = 0;
  for (let cell = 0; cell < cells; cell++) {
    const [start, end] = [offsets[cell] as number, offsets[cell + 1] as number];
    const count = end - start;
    if (count === 0) {
      centroids[cell * c + headDim + 1] = EMPTY;
      continue;
    }
    keySum.fill(0);
    valueSum.fill(0);
    let squares = 0;
    for (let row = start; row < end; row++) {
      const member = members[row] as number;
      squares += moveRow(key, member, sortedKey, row * a, keySum);
      moveRow(value, member, sortedValue, row * b, valueSum);
      if (shifted) sortedKey[row * a + headDim] = 1;
    }
    let meanSquare = 0;
    for (let j = 0; j < headDim; j++) {
      const mean = (keySum[j] as number) / count;
      centroids[cell * c + j] = mean;
      meanSquare += mean * mean;
    }
    for (let j = 0; j < valueDim; j++) means[cell * b + j] = (valueSum[j] as number) / count;
    const deviation = Math.max(0, squares - count * meanSquare);
    spread += deviation;
    centroids[cell * c + headDim] = deviation / (count * headDim);
    centroids[cell * c + headDim + 1] = Math.log(count);
  }
  const variance = spread / (keys * headDim);
  return { keys, headDim, valueDim, shifted, key: sortedKey, value: sortedValue, cells, offsets, centroids, means, variance, dotProducts };
}

/** Copies a row and adds it to `sum`; returns its squared norm. */
function moveRow(from: Float32Array, row: number, to: Float32Array, write: number, sum: Float64Array): number {
  const width = sum.length;
  const read = row * width;
  let square = 0;
  for (let j = 0; j < width; j++) {
    const x = from[read + j] as number;
    to[write + j] = x;
    (sum[j] as number) += x;
    square += x * x;
  }
  return square;
}
