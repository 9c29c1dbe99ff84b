import { numberOption, optionTable } from "@attnlab/check";
import { checkFloat64 } from "../check-float64.ts";
import { checkSymmetric } from "../cholesky.ts";
import { checkSameSize, type Matrix } from "../matrix.ts";
import { positiveDiagonal } from "./jacobi-preconditioner.ts";
import type { Preconditioner } from "./linear-operator.ts";

/** Options of {@link ssorPreconditioner}. */
export interface SsorOptions {
  /** Relaxation, between 0 and 2; default `1`, which is symmetric Gauss-Seidel. */
  readonly omega?: number;
}

const OPTIONS = optionTable("ssorPreconditioner", { omega: numberOption({ doc: "Relaxation.", above: 0, below: 2, default: 1 }) });

/**
 * The symmetric successive over-relaxation preconditioner.
 *
 * $M = \tfrac{\omega}{2-\omega}\bigl(\tfrac{D}{\omega} + L\bigr) D^{-1} \bigl(\tfrac{D}{\omega} + L^\top\bigr)$ with $A = L + D + L^\top$
 *
 * Shape: `a [n, n]`, symmetric with a positive diagonal.
 *
 * @param options.omega - relaxation, 0 < omega < 2; default `1`.
 * @throws ShapeError when `a` is not square.
 * @throws DataError when `a` is not symmetric, a diagonal element is not positive, or `a` holds NaN or infinities.
 * @example
 * ```ts
 * import { matrix, ssorPreconditioner } from "@attnlab/linalg";
 * Array.from(ssorPreconditioner(matrix(2, 2, [2, 0, 0, 4]))(Float64Array.of(2, 2))); // => [1, 0.5]
 * ```
 */
export function ssorPreconditioner(a: Matrix, options?: SsorOptions): Preconditioner {
  const where = "ssorPreconditioner";
  const { omega } = OPTIONS.parse(options);
  const diagonal = positiveDiagonal(where, a);
  checkSymmetric(where, a);
  const n = a.rows;
  const data = a.data.slice();
  return (r) => {
    checkFloat64(where, "r", r);
    checkSameSize(where, "r.length must equal the size of a", [r.length, n]);
    const z = r.slice();
    for (let i = 0; i < n; i++) {
      let sum = z[i] as number;
      for (let j = 0; j < i; j++) sum -= (data[i * n + j] as number) * (z[j] as number);
      z[i] = (sum * omega) / (diagonal[i] as number);
    }
    for (let i = 0; i < n; i++) z[i] = ((z[i] as number) * (2 - omega) * (diagonal[i] as number)) / omega;
    for (let i = n - 1; i >= 0; i--) {
      const value = ((z[i] as number) * omega) / (diagonal[i] as number);
      z[i] = value;
      for (let j = 0; j < i; j++) z[j] = (z[j] as number) - (data[i * n + j] as number) * value;
    }
    return z;
  };
}
