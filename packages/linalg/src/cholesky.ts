import { DataError, problem } from "@attnlab/check";
import { CholeskyDecomposition } from "ml-matrix";
import { checkFactorable, type LinearSolve, linearSolve } from "./linear-solve.ts";
import { checkSameSize, type Matrix } from "./matrix.ts";
import { fromMlMatrix, toMlMatrix } from "./ml-matrix.ts";

/** A Cholesky factor and what it is for. */
export interface Cholesky {
  /** L, lower triangular with a positive diagonal, `[n, n]`. */
  readonly lower: Matrix;
  /** Solves A x = b. */
  readonly solve: LinearSolve;
  /** log det A, which does not overflow where the determinant would. */
  readonly logDeterminant: number;
}

/**
 * The Cholesky factorisation of a symmetric positive definite matrix.
 *
 * $A = L L^\top$
 *
 * Shape: `a [n, n]`.
 *
 * @throws ShapeError when `a` is not square.
 * @throws DataError when `a` holds NaN or infinities, is not symmetric, or is not positive definite.
 * @example
 * ```ts
 * import { cholesky, matrix } from "@attnlab/linalg";
 * Array.from(cholesky(matrix(2, 2, [4, 2, 2, 5])).lower.data); // => [2, 0, 1, 2]
 * ```
 */
export function cholesky(a: Matrix): Cholesky {
  checkFactorable("cholesky", a);
  checkSameSize("cholesky", "a must be square: rows must equal columns", [a.rows, a.cols]);
  checkSymmetric("cholesky", a);
  const factored = new CholeskyDecomposition(toMlMatrix(symmetrized(a)));
  if (!factored.isPositiveDefinite()) {
    const fix = "Add a multiple of the identity, or use symmetricEigen or lu.";
    throw new DataError(problem({ where: "cholesky", expected: "a must be positive definite", got: "a pivot <= 0", fix }));
  }
  const lower = fromMlMatrix(factored.lowerTriangularMatrix);
  let logDeterminant = 0;
  for (let i = 0; i < a.rows; i++) logDeterminant += 2 * Math.log(lower.data[i * a.rows + i] as number);
  return { lower, logDeterminant, solve: linearSolve("cholesky.solve", a.rows, (b) => factored.solve(b)) };
}

/** Requires symmetry up to rounding: a product such as X'X is symmetric only to the last digits. */
export function checkSymmetric(where: string, a: Matrix): void {
  const n = a.rows;
  for (let i = 0; i < n; i++) {
    for (let j = 0; j < i; j++) {
      const below = a.data[i * n + j] as number;
      const above = a.data[j * n + i] as number;
      if (
        Math.abs(below - above) <=
        1e-10 * Math.max(Math.abs(below), Math.abs(above), Math.sqrt(Math.abs(diagonal(a, i) * diagonal(a, j))))
      )
        continue;
      const got = `${below} at (${i}, ${j}) and ${above} at (${j}, ${i})`;
      throw new DataError(problem({ where, expected: "a must be symmetric", got, fix: "Pass (A + A')/2, or use lu or svd." }));
    }
  }
}

function diagonal(a: Matrix, i: number): number {
  return a.data[i * a.cols + i] as number;
}

/** The symmetric part; ml-matrix asks for equality to the last bit. */
export function symmetrized(a: Matrix): Matrix {
  const n = a.rows;
  const data = new Float64Array(n * n);
  for (let i = 0; i < n; i++) {
    for (let j = 0; j < n; j++) data[i * n + j] = ((a.data[i * n + j] as number) + (a.data[j * n + i] as number)) / 2;
  }
  return { rows: n, cols: n, data };
}
