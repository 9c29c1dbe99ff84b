import { DataError, problem } from "@attnlab/check";
import { LuDecomposition } from "ml-matrix";
import { checkFactorable, type LinearSolve, linearSolve } from "./linear-solve.ts";
import { checkSameSize, type Matrix } from "./matrix.ts";
import { fromMlMatrix, toMlMatrix } from "./ml-matrix.ts";

/** An LU factorisation with partial pivoting. */
export interface Lu {
  /** L, unit lower triangular, `[n, n]`. */
  readonly lower: Matrix;
  /** U, upper triangular, `[n, n]`. */
  readonly upper: Matrix;
  /** Row i of P A is row `permutation[i]` of A. */
  readonly permutation: Int32Array;
  /** det A; 0 when `singular`. */
  readonly determinant: number;
  /** Whether a pivot is exactly zero. */
  readonly singular: boolean;
  /** Solves A x = b; throws DataError when `singular`. */
  readonly solve: LinearSolve;
}

/**
 * The LU factorisation of a square matrix with partial pivoting.
 *
 * $P A = L U$
 *
 * Shape: `a [n, n]`.
 *
 * @throws ShapeError when `a` is not square.
 * @throws DataError when `a` holds NaN or infinities.
 * @example
 * ```ts
 * import { lu, matrix } from "@attnlab/linalg";
 * lu(matrix(2, 2, [0, 2, 1, 3])).determinant; // => -2
 * ```
 */
export function lu(a: Matrix): Lu {
  checkFactorable("lu", a);
  checkSameSize("lu", "a must be square: rows must equal columns", [a.rows, a.cols]);
  const factored = new LuDecomposition(toMlMatrix(a));
  const singular = factored.isSingular();
  return {
    lower: fromMlMatrix(factored.lowerTriangularMatrix),
    upper: fromMlMatrix(factored.upperTriangularMatrix),
    permutation: Int32Array.from(factored.pivotPermutationVector),
    determinant: factored.determinant,
    singular,
    solve: linearSolve("lu.solve", a.rows, (b) => {
      if (singular) {
        const fix = "Use leastSquares for the solution of least norm.";
        throw new DataError(problem({ where: "lu.solve", expected: "a must be regular", got: "a zero pivot", fix }));
      }
      return factored.solve(b);
    }),
  };
}
