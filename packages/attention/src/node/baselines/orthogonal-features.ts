import type { Rng } from "@attnlab/random";

/**
 * Directions of random features, `[features, headDim]`: normal rows, or rows that are orthogonal within each block of `headDim` and as long as
 * normal rows are, so that each alone is distributed as a normal one.
 */
export function drawProjection(rng: Rng, features: number, headDim: number, orthogonal: boolean): Float32Array {
  const rows = rng.split("directions").fillNormal(new Float64Array(features * headDim));
  if (!orthogonal) return Float32Array.from(rows);
  const lengths = rng.split("lengths").fillNormal(new Float64Array(features * headDim));
  for (let r = 0; r < features; r++) {
    orthogonalize(rows, r, r - (r % headDim), headDim);
    const row = rows.subarray(r * headDim, (r + 1) * headDim);
    const factor = norm(lengths.subarray(r * headDim, (r + 1) * headDim)) / norm(row);
    for (let j = 0; j < headDim; j++) (row[j] as number) *= factor;
  }
  return Float32Array.from(rows);
}

/** Takes the parts along rows `first` to `row - 1` off a row; twice, because the first pass leaves rounding behind. */
function orthogonalize(rows: Float64Array, row: number, first: number, width: number): void {
  const at = row * width;
  for (let pass = 0; pass < 2; pass++) {
    for (let other = first * width; other < at; other += width) {
      let [dot, squares] = [0, 0];
      for (let j = 0; j < width; j++) {
        dot += (rows[at + j] as number) * (rows[other + j] as number);
        squares += (rows[other + j] as number) ** 2;
      }
      for (let j = 0; j < width; j++) (rows[at + j] as number) -= (dot / squares) * (rows[other + j] as number);
    }
  }
}

function norm(row: Float64Array): number {
  return Math.sqrt(row.reduce((sum, x) => sum + x * x, 0));
}
