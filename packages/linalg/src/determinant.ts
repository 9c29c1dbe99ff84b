import { luOf } from "./lu.ts";
import type { Matrix } from "./matrix.ts";

/** The determinant as a sign and a logarithm. */
export interface LogDeterminant {
  /** -1, 0 or 1. */
  readonly sign: number;
  /** log |det A|; -Infinity for a singular matrix. */
  readonly logAbsolute: number;
}

/**
 * The determinant of a square matrix.
 *
 * $\det A = \pm\prod_i U_{ii}$ with $P A = L U$
 *
 * Shape: `a [n, n]`.
 *
 * @throws ShapeError when `a` is not square.
 * @throws DataError when `a` holds NaN or infinities.
 * @example
 * ```ts
 * import { determinant, matrix } from "@attnlab/linalg";
 * determinant(matrix(2, 2, [0, 2, 1, 3])); // => -2
 * ```
 */
export function determinant(a: Matrix): number {
  return luOf("determinant", a).determinant;
}

/**
 * The determinant of a square matrix as a sign and a logarithm, for determinants beyond the number range.
 *
 * $\det A = s\, e^{\ell}$
 *
 * Shape: `a [n, n]`.
 *
 * @throws ShapeError when `a` is not square.
 * @throws DataError when `a` holds NaN or infinities.
 * @example
 * ```ts
 * import { logDeterminant, matrix } from "@attnlab/linalg";
 * const { sign, logAbsolute } = logDeterminant(matrix(2, 2, [0, 1e200, 1e200, 0]));
 * sign; // => -1
 * logAbsolute / Math.log(10); // => 400
 * ```
 */
export function logDeterminant(a: Matrix): LogDeterminant {
  const factored = luOf("logDeterminant", a);
  return { sign: factored.determinantSign, logAbsolute: factored.logDeterminant };
}
