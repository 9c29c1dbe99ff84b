import type { Vectors } from "../vectors.ts";

/** The mean row, in float64. */
export function meanRow({ data, shape }: Vectors): Float64Array {
  const dimension = shape[1] as number;
  const sums = new Float64Array(dimension);
  for (let i = 0; i < data.length; i += dimension) for (let j = 0; j < dimension; j++) (sums[j] as number) += data[i + j] as number;
  return sums.map((sum) => sum / (shape[0] as number));
}

/**
 * Rows `start` to `end` of `data` minus `center`, in an array of their own: products of data far from the origin would have no digits
 * of float32 left for the differences between centroids.
 */
export function centeredRows(data: Float32Array, center: Float64Array, start: number, end: number): Float32Array {
  const dimension = center.length;
  const out = data.slice(start * dimension, end * dimension);
  for (let i = 0; i < out.length; i += dimension) for (let j = 0; j < dimension; j++) (out[i + j] as number) -= center[j] as number;
  return out;
}

/** $-\|c\|^2/2$ of every row: with it the largest $\langle x, c\rangle + b$ belongs to the nearest row. */
export function halfNorms(rows: Float32Array, dimension: number): Float32Array {
  const out = new Float32Array(rows.length / dimension);
  for (let i = 0; i < out.length; i++) {
    let sum = 0;
    for (let j = i * dimension; j < (i + 1) * dimension; j++) sum += (rows[j] as number) ** 2;
    out[i] = -sum / 2;
  }
  return out;
}

/** $\|a_i - b_j\|^2$ of two rows. */
export function squaredDistance(a: Float32Array, i: number, b: Float32Array, j: number, dimension: number): number {
  let sum = 0;
  const [x, y] = [i * dimension, j * dimension];
  for (let at = 0; at < dimension; at++) sum += ((a[x + at] as number) - (b[y + at] as number)) ** 2;
  return sum;
}
