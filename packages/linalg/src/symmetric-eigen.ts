import { EigenvalueDecomposition } from "ml-matrix";
import { checkSymmetric, symmetrized } from "./cholesky.ts";
import { checkFactorable, checkNotEmpty, type LinearSolve, linearSolve } from "./linear-solve.ts";
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
  /** Eigenvalues that are not zero to rounding: larger in magnitude than n times the rounding unit times the largest. */
  readonly rank: number;
  /** Ratio of the largest to the smallest magnitude of an eigenvalue; Infinity for a singular matrix. */
  readonly condition: number;
  /** det A, the product of the eigenvalues. */
  readonly determinant: number;
  /** log |det A|, which neither overflows nor underflows; -Infinity for a singular matrix. */
  readonly logDeterminant: number;
  /** A function of the matrix, $V \operatorname{diag}(f(\lambda)) V^\top$: `map(Math.exp)`, `map(Math.sqrt)`. */
  readonly map: (f: (value: number) => number) => Matrix;
  /** The Moore-Penrose inverse. */
  readonly pseudoInverse: () => Matrix;
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
  return symmetricEigenOf("symmetricEigen", a);
}

/** {@link symmetricEigen} on behalf of another function. */
export function symmetricEigenOf(where: string, a: Matrix): SymmetricEigen {
  checkFactorable(where, a);
  checkNotEmpty(where, a);
  checkSameSize(where, "a must be square: rows must equal columns", [a.rows, a.cols]);
  checkSymmetric(where, a);
  const factored = new EigenvalueDecomposition(toMlMatrix(symmetrized(a)), { assumeSymmetric: true });
  const order = Array.from(factored.realEigenvalues.keys()).sort(
    (i, j) => (factored.realEigenvalues[i] as number) - (factored.realEigenvalues[j] as number),
  );
  const values = Float64Array.from(order, (i) => factored.realEigenvalues[i] as number);
  const ordered = factored.eigenvectorMatrix.subMatrixColumn(order);
  const cutoff = a.rows * Number.EPSILON * values.reduce((m, v) => Math.max(m, Math.abs(v)), 0);
  const vectors = fromMlMatrix(ordered);
  const sizes = values.map(Math.abs);
  const map = (f: (value: number) => number): Matrix => recompose(vectors, values.map(f));
  return {
    values,
    vectors,
    rank: sizes.filter((v) => v > cutoff).length,
    condition: Math.max(...sizes) / Math.min(...sizes),
    determinant: values.reduce((product, v) => product * v, 1),
    logDeterminant: sizes.reduce((sum, v) => sum + Math.log(v), 0),
    map,
    pseudoInverse: () => map((v) => (Math.abs(v) > cutoff ? 1 / v : 0)),
    solve: linearSolve("symmetricEigen.solve", a.rows, (b) => {
      const along = ordered.transpose().mmul(b);
      values.forEach((v, i) => {
        along.mulRow(i, Math.abs(v) > cutoff ? 1 / v : 0);
      });
      return ordered.mmul(along);
    }),
  };
}

/** V diag(values) V', symmetric to the last bit. */
function recompose(vectors: Matrix, values: Float64Array): Matrix {
  const n = vectors.rows;
  const data = new Float64Array(n * n);
  for (let i = 0; i < n; i++) {
    for (let j = 0; j <= i; j++) {
      let sum = 0;
      for (let k = 0; k < n; k++) {
        sum += (vectors.data[i * n + k] as number) * (values[k] as number) * (vectors.data[j * n + k] as number);
      }
      data[i * n + j] = sum;
      data[j * n + i] = sum;
    }
  }
  return { rows: n, cols: n, data };
}
