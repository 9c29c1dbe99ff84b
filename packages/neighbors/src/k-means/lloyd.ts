import type { ProductKernel } from "../product-kernel.ts";
import { halfNorms, squaredDistance } from "./centering.ts";

/** Where {@link lloyd} ended. */
export interface LloydResult {
  readonly centroids: Float32Array;
  /** Passes over the points. */
  readonly iterations: number;
}

/**
 * Lloyd's algorithm: every point to its nearest centroid, every centroid to the mean of its points, until no point moves or `limit` passes.
 *
 * A centroid that loses all its points takes the place of the point that is farthest from its own centroid.
 *
 * @param points - `[count, dimension]`, near the origin.
 * @param start - `[cells, dimension]`.
 */
export async function lloyd(
  points: Float32Array,
  dimension: number,
  start: Float32Array,
  limit: number,
  kernel: ProductKernel,
): Promise<LloydResult> {
  const count = points.length / dimension;
  const centroids = start.slice();
  let before: Int32Array = new Int32Array(count).fill(-1);
  for (let iterations = 1; iterations <= limit; iterations++) {
    const { indices } = await kernel.topProducts({
      queries: points,
      keys: centroids,
      dimension,
      k: 1,
      bias: halfNorms(centroids, dimension),
    });
    if (indices.every((cell, i) => cell === before[i])) return { centroids, iterations };
    moveToMeans(centroids, points, dimension, indices);
    before = indices;
  }
  return { centroids, iterations: limit };
}

function moveToMeans(centroids: Float32Array, points: Float32Array, dimension: number, assigned: Int32Array): void {
  const cells = centroids.length / dimension;
  const sums = new Float64Array(centroids.length);
  const sizes = new Int32Array(cells);
  for (let i = 0; i < assigned.length; i++) {
    const cell = assigned[i] as number;
    (sizes[cell] as number)++;
    for (let j = 0; j < dimension; j++) (sums[cell * dimension + j] as number) += points[i * dimension + j] as number;
  }
  const empty = [...sizes.keys()].filter((cell) => sizes[cell] === 0);
  if (empty.length > 0) {
    const far = farthest(centroids, points, dimension, assigned, empty.length);
    empty.forEach((cell, i) => {
      const row = far[i] as number;
      // The point leaves its cell, which has another one: a lone point is at distance 0 after the first pass, and never the farthest.
      const old = assigned[row] as number;
      sizes[cell] = 1;
      (sizes[old] as number)--;
      for (let j = 0; j < dimension; j++) {
        const value = points[row * dimension + j] as number;
        sums[cell * dimension + j] = value;
        (sums[old * dimension + j] as number) -= value;
      }
    });
  }
  for (let cell = 0; cell < cells; cell++) {
    const size = sizes[cell] as number;
    if (size > 0) for (let j = cell * dimension; j < (cell + 1) * dimension; j++) centroids[j] = (sums[j] as number) / size;
  }
}

/** The rows farthest from their centroids, farthest first. */
function farthest(
  centroids: Float32Array,
  points: Float32Array,
  dimension: number,
  assigned: Int32Array,
  wanted: number,
): readonly number[] {
  const distances = Float64Array.from(assigned, (cell, i) => squaredDistance(points, i, centroids, cell, dimension));
  const rows = Array.from(assigned.keys());
  return rows.sort((a, b) => (distances[b] as number) - (distances[a] as number) || a - b).slice(0, wanted);
}
