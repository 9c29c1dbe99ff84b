import { checkFactorable } from "./linear-solve.ts";
import { lu } from "./lu.ts";
import type { Matrix } from "./matrix.ts";
import { qr } from "./qr.ts";
import { svd } from "./svd.ts";

/**
 * Solves a square linear system by LU with partial pivoting; factor once with {@link lu} to solve several times.
 *
 * $A x = b$
 *
 * Shapes: `a [n, n]`, `b [n]` → `[n]`.
 *
 * @throws ShapeError when `a` is not square or `b` has another length.
 * @throws DataError when `a` or `b` holds NaN or infinities, or `a` is singular.
 * @example
 * ```ts
 * import { matrix, solve } from "@attnlab/linalg";
 * Array.from(solve(matrix(2, 2, [2, 0, 0, 4]), Float64Array.of(2, 2))); // => [1, 0.5]
 * ```
 */
export function solve(a: Matrix, b: Float64Array): Float64Array {
  return lu(a).solve(b);
}

/**
 * The least-squares solution of a linear system, of least norm where there are many.
 *
 * $\min_x \lVert A x - b\rVert_2$
 *
 * Shapes: `a [m, n]`, `b [m]` → `[n]`. QR when the columns are independent, the singular value decomposition otherwise.
 *
 * @throws ShapeError when a size is 0 or `b` has another length.
 * @throws DataError when `a` or `b` holds NaN or infinities.
 * @example
 * ```ts
 * import { leastSquares, matrix } from "@attnlab/linalg";
 * Array.from(leastSquares(matrix(1, 2, [1, 1]), Float64Array.of(2)), (v) => Math.round(v * 1e12) / 1e12); // => [1, 1]
 * ```
 */
export function leastSquares(a: Matrix, b: Float64Array): Float64Array {
  checkFactorable("leastSquares", a);
  if (a.rows >= a.cols && a.cols > 0) {
    const factored = qr(a);
    if (factored.fullRank) return factored.solve(b);
  }
  return svd(a).solve(b);
}
