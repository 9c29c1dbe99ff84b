import type { Matrix } from "./matrix.ts";
import { svd } from "./svd.ts";

/**
 * The spectral norm, the largest singular value; dual to the nuclear norm.
 *
 * $\lVert A\rVert = \sigma_1$
 *
 * Shape: `a [m, n]`. The Frobenius norm is `lpNorm(a.data, 2)`.
 *
 * @throws ShapeError when a size is 0.
 * @throws DataError when `a` holds NaN or infinities.
 * @example
 * ```ts
 * import { matrix, spectralNorm } from "@attnlab/linalg";
 * spectralNorm(matrix(2, 2, [3, 0, 0, 4])); // => 4
 * ```
 */
export function spectralNorm(a: Matrix): number {
  return svd(a).singularValues[0] as number;
}

/**
 * The nuclear norm, the sum of the singular values; dual to the spectral norm.
 *
 * $\lVert A\rVert_* = \sum_k \sigma_k$
 *
 * Shape: `a [m, n]`.
 *
 * @throws ShapeError when a size is 0.
 * @throws DataError when `a` holds NaN or infinities.
 * @example
 * ```ts
 * import { matrix, nuclearNorm } from "@attnlab/linalg";
 * nuclearNorm(matrix(2, 2, [3, 0, 0, 4])); // => 7
 * ```
 */
export function nuclearNorm(a: Matrix): number {
  return svd(a).singularValues.reduce((sum, s) => sum + s, 0);
}
