import { DataError, problem } from "@attnlab/check";
import { checkFactorable, type LinearSolve, linearSolve } from "./linear-solve.ts";
import { checkSameSize, identity, type Matrix } from "./matrix.ts";
import { toMlMatrix } from "./ml-matrix.ts";

/** A Cholesky factor and what it is for. */
export interface Cholesky {
  /** L, lower triangular with a positive diagonal, `[n, n]`. */
  readonly lower: Matrix;
  /** Solves A x = b. */
  readonly solve: LinearSolve;
  /** log det A, which does not overflow where the determinant would. */
  readonly logDeterminant: number;
  /** det A. */
  readonly determinant: number;
  /** The inverse of A, `[n, n]`. Prefer `solve`: it needs less work and loses fewer digits. */
  readonly inverse: () => Matrix;
}

/**
 * The Cholesky factorisation of a symmetric positive definite matrix.
 *
 * $A = L L^\top$
 *
 * Shape: `a [n, n]`. Change the matrix a little and update the factor instead of computing it again: {@link updateCholesky},
 * {@link downdateCholesky}, {@link insertCholeskyRow}, {@link deleteCholeskyRow}.
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
  const n = a.rows;
  const { data } = symmetrized(a);
  // Row by row in place: both factors of every inner product are contiguous.
  for (let i = 0; i < n; i++) {
    for (let j = 0; j <= i; j++) {
      let sum = data[i * n + j] as number;
      for (let k = 0; k < j; k++) sum -= (data[i * n + k] as number) * (data[j * n + k] as number);
      if (j < i) {
        data[i * n + j] = sum / (data[j * n + j] as number);
        continue;
      }
      if (!(sum > 0)) {
        const fix = "Add a multiple of the identity, or use symmetricEigen or lu.";
        throw new DataError(problem({ where: "cholesky", expected: "a must be positive definite", got: "a pivot <= 0", fix }));
      }
      data[i * n + i] = Math.sqrt(sum);
    }
    data.fill(0, i * n + i + 1, (i + 1) * n);
  }
  return choleskyValue({ rows: n, cols: n, data });
}

/** The value around a lower triangular factor. */
export function choleskyValue(lower: Matrix): Cholesky {
  const n = lower.rows;
  let logDeterminant = 0;
  for (let i = 0; i < n; i++) logDeterminant += 2 * Math.log(diagonal(lower, i));
  const solve = linearSolve("cholesky.solve", n, (b) => {
    const x = { rows: b.rows, cols: b.columns, data: Float64Array.from(b.to1DArray()) };
    for (let c = 0; c < x.cols; c++) {
      solveLower(lower, x, c);
      solveLowerTransposed(lower, x, c);
    }
    return toMlMatrix(x);
  });
  return { lower, solve, logDeterminant, determinant: Math.exp(logDeterminant), inverse: () => solve(identity(n)) };
}

/** Column c of x becomes the solution of L y = x. */
export function solveLower(lower: Matrix, x: Matrix, c: number): void {
  const n = lower.rows;
  for (let i = 0; i < n; i++) {
    let sum = x.data[i * x.cols + c] as number;
    for (let k = 0; k < i; k++) sum -= (lower.data[i * n + k] as number) * (x.data[k * x.cols + c] as number);
    x.data[i * x.cols + c] = sum / diagonal(lower, i);
  }
}

/** Column c of x becomes the solution of L' y = x; goes through L by rows. */
export function solveLowerTransposed(lower: Matrix, x: Matrix, c: number): void {
  const n = lower.rows;
  for (let i = n - 1; i >= 0; i--) {
    const value = (x.data[i * x.cols + c] as number) / diagonal(lower, i);
    x.data[i * x.cols + c] = value;
    for (let k = 0; k < i; k++) {
      x.data[k * x.cols + c] = (x.data[k * x.cols + c] as number) - (lower.data[i * n + k] as number) * value;
    }
  }
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
