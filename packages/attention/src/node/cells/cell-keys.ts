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
  const meanKey = new Float64Array(headDim);
  const meanValue = new Float64Array(valueDim);
  let spread = 0;
  for (let cell = 0; cell < cells; cell++) {
    const [start, end] = [offsets[cell] as number, offsets[cell + 1] as number];
    const count = end - start;
    if (count === 0) {
      centroids[cell * c + headDim + 1] = EMPTY;
      continue;
    }
    meanKey.fill(0);
    meanValue.fill(0);
    for (let row = start; row < end; row++) {
      const [from, to] = [(members[row] as number) * headDim, row * a];
      for (let j = 0; j < headDim; j++) {
        const x = key[from + j] as number;
        sortedKey[to + j] = x;
        (meanKey[j] as number) += x;
      }
      sortedKey[to + headDim] = 1;
      const [valueFrom, valueTo] = [(members[row] as number) * valueDim, row * b];
      for (let j = 0; j < valueDim; j++) {
        const x = value[valueFrom + j] as number;
        sortedValue[valueTo + j] = x;
        (meanValue[j] as number) += x;
      }
      sortedValue[valueTo + valueDim] = 1;
    }
    for (let j = 0; j < headDim; j++) centroids[cell * c + j] = (meanKey[j] as number) / count;
    for (let j = 0; j < valueDim; j++) means[cell * b + j] = (meanValue[j] as number) / count;
    means[cell * b + valueDim] = 1;
    let square = 0;
    for (let row = start; row < end; row++) {
      for (let j = 0; j < headDim; j++) square += ((sortedKey[row * a + j] as number) - (meanKey[j] as number) / count) ** 2;
    }
    spread += square;
    centroids[cell * c + headDim] = square / (count * headDim);
    centroids[cell * c + headDim + 1] = Math.log(count);
  }
  const variance = spread / (keys * headDim);
  return { keys, headDim, valueDim, key: sortedKey, value: sortedValue, cells, offsets, centroids, means, variance, dotProducts };
}
