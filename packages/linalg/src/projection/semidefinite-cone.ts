import type { Matrix } from "../matrix.ts";
import { symmetricEigenOf } from "../symmetric-eigen.ts";

/**
 * The nearest symmetric positive semidefinite matrix: negative eigenvalues become zero.
 *
 * $\arg\min_{W \succeq 0} \lVert W - A\rVert_F = V \operatorname{diag}(\lambda_+) V^\top$
 *
 * Shape: `a [n, n]`, symmetric → `[n, n]`.
 *
 * @throws ShapeError when `a` is not square.
 * @throws DataError when `a` holds NaN or infinities, or is not symmetric.
 * @example
 * ```ts
 * import { matrix, projectSemidefiniteCone } from "@attnlab/linalg";
 * Array.from(projectSemidefiniteCone(matrix(2, 2, [2, 0, 0, -3])).data); // => [2, 0, 0, 0]
 * ```
 */
export function projectSemidefiniteCone(a: Matrix): Matrix {
  return symmetricEigenOf("projectSemidefiniteCone", a).map((value) => Math.max(0, value));
}
