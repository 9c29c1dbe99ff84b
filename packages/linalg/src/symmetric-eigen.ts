import { EigenvalueDecomposition } from "ml-matrix";
import { checkSymmetric, symmetrized } from "./cholesky.ts";
import { checkFactorable, type LinearSolve, linearSolve } from "./linear-solve.ts";
import { checkSameSize, type Matrix } from "./matrix.ts";
import { fromMlMatrix, toMlMatrix } from "./ml-matrix.ts";

/** The eigenvalues and eigenvectors of a symmetric matrix. */
export interface SymmetricEigen {
  /** Eigenvalues, ascending, `[n]`. */
  readonly values: Float64Array;
  /** Orthonormal eigenvectors as columns, in the order of the values, `[n, n]`. */
  readonly vectors: Matrix;
  /** Solves A x = b; eigenvalues that are zero to rounding are left out, which gives the solution of least norm. */
  readonly solve: LinearSolve;
}

/**
 * The eigenvalue decomposition of a symmetric matrix.
 *
 * $A = V \operatorname{diag}(\lambda) V^\top$
 *
 * Shape: `a [n, n]`.
 *
 * @throws ShapeError when `a` is not square.
 * @throws DataError when `a` holds NaN or infinities, or is not symmetric.
 * @example
 * ```ts
 * import { matrix, symmetricEigen } from "@attnlab/linalg";
 * Array.from(symmetricEigen(matrix(2, 2, [2, 1, 1, 2])).values, (v) => Math.round(v * 1e12) / 1e12); // => [1, 3]
 * ```
 */
export function symmetricEigen(a: Matrix): SymmetricEigen {
  checkFactorable("symmetricEigen", a);
  checkSameSize("symmetricEigen", "a must be square: rows must equal columns", [a.rows, a.cols]);
  checkSymmetric("symmetricEigen", a);
  const factored = new EigenvalueDecomposition(toMlMatrix(symmetrized(a)), { assumeSymmetric: true });
  const order = Array.from(factored.realEigenvalues.keys()).sort(
    (i, j) => (factored.realEigenvalues[i] as number) - (factored.realEigenvalues[j] as number),
  );
  const values = Float64Array.from(order, (i) => factored.realEigenvalues[i] as number);
  const ordered = factored.eigenvectorMatrix.subMatrixColumn(order);
  const cutoff = a.rows * Number.EPSILON * values.reduce((m, v) => Math.max(m, Math.abs(v)), 0);
  return {
    values,
    vectors: fromMlMatrix(ordered),
    solve: linearSolve("symmetricEigen.solve", a.rows, (b) => {
      const along = ordered.transpose().mmul(b);
      values.forEach((v, i) => {
        along.mulRow(i, Math.abs(v) > cutoff ? 1 / v : 0);
      });
      return ordered.mmul(along);
    }),
  };
}
