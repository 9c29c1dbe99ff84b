import { DataError, problem, ShapeError } from "@attnlab/check";
import { QrDecomposition } from "ml-matrix";
import { checkFactorable, type LinearSolve, linearSolve } from "./linear-solve.ts";
import type { Matrix } from "./matrix.ts";
import { fromMlMatrix, toMlMatrix } from "./ml-matrix.ts";

/** A thin QR factorisation. */
export interface Qr {
  /** Q with orthonormal columns, `[m, n]`. */
  readonly orthogonal: Matrix;
  /** R, upper triangular, `[n, n]`. */
  readonly upper: Matrix;
  /** Whether no diagonal element of R is zero to rounding. */
  readonly fullRank: boolean;
  /** The least-squares solution of A x = b; throws DataError unless `fullRank`. */
  readonly solve: LinearSolve;
}

/**
 * The thin QR factorisation of a matrix with at least as many rows as columns, by Householder reflections.
 *
 * $A = Q R$ with $Q^\top Q = I$
 *
 * Shape: `a [m, n]`, m >= n.
 *
 * @throws ShapeError when m < n or n = 0.
 * @throws DataError when `a` holds NaN or infinities.
 * @example
 * ```ts
 * import { matrix, qr } from "@attnlab/linalg";
 * const line = qr(matrix(3, 1, [1, 1, 1])).solve(Float64Array.of(1, 2, 6));
 * Math.round((line[0] ?? 0) * 1e12) / 1e12; // => 3
 * ```
 */
export function qr(a: Matrix): Qr {
  checkFactorable("qr", a);
  if (a.rows < a.cols || a.cols === 0) {
    const fix = "Factor the transpose, or use svd.";
    throw new ShapeError(problem({ where: "qr", expected: "a must have rows >= columns >= 1", got: `${a.rows} x ${a.cols}`, fix }));
  }
  const factored = new QrDecomposition(toMlMatrix(a));
  const upper = fromMlMatrix(factored.upperTriangularMatrix);
  const fullRank = hasFullRank(upper);
  return {
    orthogonal: fromMlMatrix(factored.orthogonalMatrix),
    upper,
    fullRank,
    solve: linearSolve("qr.solve", a.rows, (b) => {
      if (!fullRank) {
        const fix = "Use leastSquares for the solution of least norm.";
        throw new DataError(problem({ where: "qr.solve", expected: "a must have full column rank", got: "dependent columns", fix }));
      }
      return factored.solve(b);
    }),
  };
}

/** ml-matrix only notices exact zeros; dependent columns leave a diagonal element at rounding level instead. */
function hasFullRank(upper: Matrix): boolean {
  const n = upper.rows;
  for (let j = 0; j < n; j++) {
    let column = 0;
    for (let i = 0; i <= j; i++) column = Math.max(column, Math.abs(upper.data[i * n + j] as number));
    if (Math.abs(upper.data[j * n + j] as number) <= n * 4 * Number.EPSILON * column) return false;
  }
  return true;
}
