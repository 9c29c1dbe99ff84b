import { assignCells, cellLists, kMeans } from "@attnlab/neighbors";
import type { Rng } from "@attnlab/random";
import type { AttentionKernel } from "../attention-kernel.ts";
import { type TileKeys, tileKeys } from "../exact-keys.ts";
import { gatherRows } from "../visible-head.ts";
import { sortModel } from "./cell-models.ts";
import { stratifiedRows } from "./choose-probes.ts";

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

/** Keys per cell that centroids are trained on. */
const SAMPLE = 16;

/** Sorts keys and values into cells around k-means centroids, and summarises each cell. */
export async function cellKeys(
  kernel: AttentionKernel,
  { keys, headDim, valueDim, key, value }: Omit<TileKeys, "shifted">,
  { cells, iterations, shifted, rng }: CellTraining,
): Promise<CellKeys> {
  const products = await kernel.products();
  const sampled = Math.min(keys, SAMPLE * cells);
  const sample = gatherRows(key, stratifiedRows(keys, sampled, rng.split("sample")), headDim);
  const training = { cells, iterations, rng, init: "random", samplePerCell: Number.POSITIVE_INFINITY, kernel: products } as const;
  const trained = await kMeans({ dtype: "float32", shape: [sampled, headDim], data: sample }, training);
  const assigned = await assignCells({ dtype: "float32", shape: [keys, headDim], data: key }, trained.centroids, { kernel: products });
  const { offsets, members } = cellLists(assigned, cells);
  const session = await kernel.session(sortModel);
  const sorted = await session.run({
    key: { dtype: "float32", shape: [keys, headDim], data: key },
    value: { dtype: "float32", shape: [keys, valueDim], data: value },
    members: { dtype: "int32", shape: [keys], data: members },
  });
  const [sortedKey, sortedValue] = [sorted.sortedKey?.data as Float32Array, sorted.sortedValue?.data as Float32Array];
  const tiles = tileKeys({ keys, headDim, valueDim, key: sortedKey, value: sortedValue }, shifted);
  const dotProducts = trained.dotProducts + keys * cells;
  return { ...tiles, cells, offsets, dotProducts, ...summaries({ keys, headDim, valueDim, key: sortedKey, value: sortedValue }, offsets) };
}

/** What a query must know of each cell. */
function summaries(
  { keys, headDim, valueDim, key, value }: Omit<TileKeys, "shifted">,
  offsets: Int32Array,
): Pick<CellKeys, "centroids" | "means" | "variance"> {
  const cells = offsets.length - 1;
  const width = headDim + 2;
  const centroids = new Float32Array(cells * width);
  const means = new Float32Array(cells * valueDim);
  let spread = 0;
  for (let cell = 0; cell < cells; cell++) {
    const [start, end] = [offsets[cell] as number, offsets[cell + 1] as number];
    const at = cell * width;
    const count = end - start;
    if (count === 0) {
      centroids[at + headDim + 1] = EMPTY;
      continue;
    }
    columnMeans(key, headDim, start, end, centroids, at);
    columnMeans(value, valueDim, start, end, means, cell * valueDim);
    let deviation = 0;
    for (let row = start; row < end; row++) deviation += squaredDistance(key, row * headDim, centroids, at, headDim);
    spread += deviation;
    centroids[at + headDim] = deviation / (count * headDim);
    centroids[at + headDim + 1] = Math.log(count);
  }
  return { centroids, means, variance: spread / (keys * headDim) };
}

/** Column by column, so that sums stay in registers. */
function columnMeans(data: Float32Array, width: number, start: number, end: number, into: Float32Array, at: number): void {
  const count = end - start;
  let j = 0;
  for (; j + 3 < width; j += 4) {
    let a = 0;
    let b = 0;
    let c = 0;
    let d = 0;
    for (let i = start * width + j; i < end * width; i += width) {
      a += data[i] as number;
      b += data[i + 1] as number;
      c += data[i + 2] as number;
      d += data[i + 3] as number;
    }
    into[at + j] = a / count;
    into[at + j + 1] = b / count;
    into[at + j + 2] = c / count;
    into[at + j + 3] = d / count;
  }
  for (; j < width; j++) {
    let sum = 0;
    for (let i = start * width + j; i < end * width; i += width) sum += data[i] as number;
    into[at + j] = sum / count;
  }
}

function squaredDistance(a: Float32Array, from: number, b: Float32Array, at: number, width: number): number {
  let even = 0;
  let odd = 0;
  let j = 0;
  for (; j + 1 < width; j += 2) {
    const x = (a[from + j] as number) - (b[at + j] as number);
    const y = (a[from + j + 1] as number) - (b[at + j + 1] as number);
    even += x * x;
    odd += y * y;
  }
  if (j < width) even += ((a[from + j] as number) - (b[at + j] as number)) ** 2;
  return even + odd;
}
