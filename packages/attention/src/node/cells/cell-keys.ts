import { kMeans } from "@attnlab/neighbors";
import type { Rng } from "@attnlab/random";
import type { AttentionKernel } from "../attention-kernel.ts";
import type { TileKeys } from "../exact-rows.ts";

/** Keys and values sorted by cell, and what a query must know of a cell that it does not visit. */
export interface CellKeys extends TileKeys {
  readonly cells: number;
  /** Cell `c` has the rows `offsets[c]` to `offsets[c + 1]`. */
  readonly offsets: Int32Array;
  /** Mean key, variance per coordinate and log of the number of keys, `[cells, headDim + 2]`. */
  readonly centroids: Float32Array;
  /** Mean value and 1, `[cells, valueDim + 1]`. */
  readonly means: Float32Array;
  /** Mean variance per coordinate over the keys. */
  readonly variance: number;
  /** Products of keys and centroids that were taken. */
  readonly dotProducts: number;
}

/** A log mass that no query prefers. */
const EMPTY = -1e30;

/** Sorts keys and values into cells around k-means centroids, and summarises each cell. */
export async function cellKeys(
  kernel: AttentionKernel,
  { keys, headDim, valueDim, key, value }: TileKeys,
  { cells, iterations, rng }: { readonly cells: number; readonly iterations: number; readonly rng: Rng },
): Promise<CellKeys> {
  const { offsets, members, dotProducts } = await kMeans(
    { dtype: "float32", shape: [keys, headDim], data: key },
    { cells, iterations, rng, init: "random", samplePerCell: 16, kernel: await kernel.products() },
  );
  const [a, b, c] = [headDim + 1, valueDim + 1, headDim + 2];
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
      squares += moveRow(key, member, sortedKey, row, keySum);
      moveRow(value, member, sortedValue, row, valueSum);
    }
    let meanSquare = 0;
    for (let j = 0; j < headDim; j++) {
      const mean = (keySum[j] as number) / count;
      centroids[cell * c + j] = mean;
      meanSquare += mean * mean;
    }
    for (let j = 0; j < valueDim; j++) means[cell * b + j] = (valueSum[j] as number) / count;
    means[cell * b + valueDim] = 1;
    const deviation = Math.max(0, squares - count * meanSquare);
    spread += deviation;
    centroids[cell * c + headDim] = deviation / (count * headDim);
    centroids[cell * c + headDim + 1] = Math.log(count);
  }
  const variance = spread / (keys * headDim);
  return { keys, headDim, valueDim, key: sortedKey, value: sortedValue, cells, offsets, centroids, means, variance, dotProducts };
}

/** Copies a row, puts 1 behind it and adds it to `sum`; returns its squared norm. */
function moveRow(from: Float32Array, row: number, to: Float32Array, place: number, sum: Float64Array): number {
  const width = sum.length;
  const [read, write] = [row * width, place * (width + 1)];
  let square = 0;
  for (let j = 0; j < width; j++) {
    const x = from[read + j] as number;
    to[write + j] = x;
    (sum[j] as number) += x;
    square += x * x;
  }
  to[write + width] = 1;
  return square;
}
