import { DataError, problem } from "@attnlab/check";
import { luOf } from "./lu.ts";
import type { Matrix } from "./matrix.ts";
import { identity } from "./matrix.ts";
import { svdOf } from "./svd.ts";

/**
 * The inverse of a square matrix. To solve a system use {@link solve} or a decomposition: less work and fewer digits lost.
 *
 * $A A^{-1} = I$
 *
 * Shape: `a [n, n]` → `[n, n]`.
 *
 * @throws ShapeError when `a` is not square.
 * @throws DataError when `a` holds NaN or infinities, or is singular.
 * @example
 * ```ts
 * import { inverse, matrix } from "@attnlab/linalg";
 * Array.from(inverse(matrix(2, 2, [0, 2, 4, 0])).data); // => [0, 0.25, 0.5, 0]
 * ```
 */
export function inverse(a: Matrix): Matrix {
  const factored = luOf("inverse", a);
  if (factored.singular) {
    const fix = "Use pseudoInverse.";
    throw new DataError(problem({ where: "inverse", expected: "a must be regular", got: "a zero pivot", fix }));
  }
  return factored.solve(identity(a.rows));
}

/**
 * The Moore-Penrose inverse of any matrix; singular values that are zero to rounding are left out.
 *
 * $A^+ = V_r \operatorname{diag}(1/\sigma_r) U_r^\top$
 *
 * Shape: `a [m, n]` → `[n, m]`.
 *
 * @throws ShapeError when a size is 0.
 * @throws DataError when `a` holds NaN or infinities.
 * @example
 * ```ts
 * import { matrix, pseudoInverse } from "@attnlab/linalg";
 * Array.from(pseudoInverse(matrix(1, 2, [3, 4])).data); // => [0.12, 0.16]
 * ```
 */
export function pseudoInverse(a: Matrix): Matrix {
  return svdOf("pseudoInverse", a).pseudoInverse();
}
