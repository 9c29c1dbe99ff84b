import type { Rng } from "@attnlab/random";
import type { ProductKernel } from "../product-kernel.ts";
import { halfNorms, squaredDistance } from "./centering.ts";

/** Centroids drawn between two passes over the points, as a part of those there are. */
const BATCH = 0.25;

/**
 * Starting centroids by k-means++: each is a point drawn with probability proportional to its squared distance to the centroids so far.
 *
 * The distances of all points are brought up to date in batches, by matrix products. In between a point is drawn by its old distance
 * $D_0^2$ and accepted with probability $D^2/D_0^2$, which is the same distribution: $D \le D_0$.
 *
 * @param points - `[count, dimension]`.
 * @returns rows of `points`, `cells` of them.
 * @see Arthur and Vassilvitskii 2007.
 */
export async function plusPlusRows(
  points: Float32Array,
  dimension: number,
  cells: number,
  rng: Rng,
  kernel: ProductKernel,
): Promise<Int32Array> {
  const count = points.length / dimension;
  const chosen = new Int32Array(cells);
  const distances = new Float64Array(count).fill(Number.POSITIVE_INFINITY);
  const sums = new Float64Array(count);
  const squares = halfNorms(points, dimension).map((half) => -2 * half);
  const isChosen = new Uint8Array(count);
  let size = 0;
  const take = (row: number): void => {
    chosen[size++] = row;
    isChosen[row] = 1;
  };
  take(rng.integer(count));
  while (size < cells) {
    const updated = size;
    // Everything since the last pass; the first pass sees one centroid.
    await lowerDistances(distances, points, dimension, squares, chosen.subarray(previousSize(size), size), kernel);
    for (let i = 0; i < size; i++) distances[chosen[i] as number] = 0;
    let total = 0;
    for (let i = 0; i < count; i++) sums[i] = total += distances[i] as number;
    const target = Math.min(cells, size + Math.max(1, Math.floor(BATCH * size)));
    while (size < target) {
      const row = total > 0 ? drawRow(sums, total, rng) : -1;
      // Fewer different points than cells: the first point left will do.
      if (row < 0 || (distances[row] as number) === 0) {
        const rest = isChosen.indexOf(0);
        take(rest);
        continue;
      }
      let now = distances[row] as number;
      for (let i = updated; i < size; i++) now = Math.min(now, squaredDistance(points, row, points, chosen[i] as number, dimension));
      if (rng.uniform() * (distances[row] as number) < now && isChosen[row] === 0) take(row);
    }
  }
  return chosen;
}

/** How many centroids there were at the pass before the one at `size`. */
function previousSize(size: number): number {
  let [before, at] = [0, 1];
  while (at < size) [before, at] = [at, at + Math.max(1, Math.floor(BATCH * at))];
  return before;
}

/** The first row whose cumulative sum exceeds a uniform number. */
function drawRow(sums: Float64Array, total: number, rng: Rng): number {
  const wanted = rng.uniform() * total;
  let [low, high] = [0, sums.length - 1];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((sums[middle] as number) > wanted) high = middle;
    else low = middle + 1;
  }
  return low;
}

async function lowerDistances(
  distances: Float64Array,
  points: Float32Array,
  dimension: number,
  squares: Float32Array,
  rows: Int32Array,
  kernel: ProductKernel,
): Promise<void> {
  const keys = new Float32Array(rows.length * dimension);
  rows.forEach((row, i) => {
    keys.set(points.subarray(row * dimension, (row + 1) * dimension), i * dimension);
  });
  const { scores } = await kernel.topProducts({ queries: points, keys, dimension, k: 1, bias: halfNorms(keys, dimension) });
  for (let i = 0; i < scores.length; i++) {
    const square = squares[i] as number;
    const distance = square - 2 * (scores[i] as number);
    // What rounding leaves of a distance of zero is no distance.
    const noise = 4 * (dimension + 4) * 2 ** -24 * square;
    distances[i] = Math.min(distances[i] as number, distance > noise ? distance : 0);
  }
}
