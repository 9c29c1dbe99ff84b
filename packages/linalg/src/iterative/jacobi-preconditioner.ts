import { DataError, problem } from "@attnlab/check";
import { checkFloat64 } from "../check-float64.ts";
import { checkFinite, checkMatrix, checkSameSize, type Matrix } from "../matrix.ts";
import type { Preconditioner } from "./linear-operator.ts";

/**
 * The Jacobi preconditioner: division by the diagonal.
 *
 * $M^{-1} r = D^{-1} r$
 *
 * Shape: `a [n, n]`, or its diagonal `[n]`, positive.
 *
 * @throws ShapeError when `a` is not square.
 * @throws DataError when a diagonal element is not positive, or `a` holds NaN or infinities.
 * @example
 * ```ts
 * import { jacobiPreconditioner } from "@attnlab/linalg";
 * Array.from(jacobiPreconditioner(Float64Array.of(2, 4))(Float64Array.of(2, 2))); // => [1, 0.5]
 * ```
 */
export function jacobiPreconditioner(a: Matrix | Float64Array): Preconditioner {
  const diagonal = a instanceof Float64Array ? a.slice() : positiveDiagonal("jacobiPreconditioner", a);
  if (a instanceof Float64Array) checkPositive("jacobiPreconditioner", diagonal);
  return (r) => {
    checkFloat64("jacobiPreconditioner", "r", r);
    checkSameSize("jacobiPreconditioner", "r.length must equal the size of a", [r.length, diagonal.length]);
    return r.map((v, i) => v / (diagonal[i] as number));
  };
}

/** The diagonal of a square matrix of finite numbers, which must be positive. */
export function positiveDiagonal(where: string, a: Matrix): Float64Array {
  checkMatrix(where, "a", a);
  checkSameSize(where, "a must be square: rows must equal columns", [a.rows, a.cols]);
  checkFinite(where, "a", a.data);
  const diagonal = Float64Array.from({ length: a.rows }, (_, i) => a.data[i * (a.rows + 1)] as number);
  checkPositive(where, diagonal);
  return diagonal;
}

function checkPositive(where: string, diagonal: Float64Array): void {
  diagonal.forEach((v, i) => {
    if (v > 0 && v < Number.POSITIVE_INFINITY) return;
    const fix = "The matrix is not positive definite: use minres without a preconditioner.";
    throw new DataError(problem({ where, expected: "diagonal elements must be finite and > 0", got: `${v} at index ${i}`, fix }));
  });
}
