import { DataError, problem } from "@attnlab/check";
import { LuDecomposition } from "ml-matrix";
import { checkFactorable, checkNotEmpty, type LinearSolve, linearSolve } from "./linear-solve.ts";
import { checkSameSize, identity, type Matrix } from "./matrix.ts";
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
  /** log |det A|, which neither overflows nor underflows; -Infinity when `singular`. */
  readonly logDeterminant: number;
  /** Sign of det A: -1, 0 or 1. */
  readonly determinantSign: number;
  /** Whether a pivot is exactly zero. */
  readonly singular: boolean;
  /** Solves A x = b; throws DataError when `singular`. */
  readonly solve: LinearSolve;
  /** The inverse of A, `[n, n]`; throws DataError when `singular`. Prefer `solve`: it needs a third of the work and loses fewer digits. */
  readonly inverse: () => Matrix;
}

/**
 * The LU factorisation of a square matrix with partial pivoting.
 *
 * $P A = L U$
 *
 * Shape: `a [n, n]`.
 *
 * @throws ShapeError when `a` is empty or not square.
 * @throws DataError when `a` holds NaN or infinities.
 * @example
 * ```ts
 * import { lu, matrix } from "@attnlab/linalg";
 * lu(matrix(2, 2, [0, 2, 1, 3])).determinant; // => -2
 * ```
 */
export function lu(a: Matrix): Lu {
  return luOf("lu", a);
}

/** {@link lu} on behalf of another function. */
export function luOf(where: string, a: Matrix): Lu {
  checkFactorable(where, a);
  checkNotEmpty(where, a);
  checkSameSize(where, "a must be square: rows must equal columns", [a.rows, a.cols]);
  const factored = new LuDecomposition(toMlMatrix(a));
  const singular = factored.isSingular();
  const upper = fromMlMatrix(factored.upperTriangularMatrix);
  const permutation = Int32Array.from(factored.pivotPermutationVector);
  let determinantSign = permutationSign(permutation);
  let logDeterminant = 0;
  for (let i = 0; i < a.rows; i++) {
    const pivot = upper.data[i * a.rows + i] as number;
    determinantSign *= Math.sign(pivot);
    logDeterminant += Math.log(Math.abs(pivot));
  }
  const solve = linearSolve("lu.solve", a.rows, (b) => {
    if (singular) {
      const fix = "Use leastSquares for the solution of least norm.";
      throw new DataError(problem({ where: "lu.solve", expected: "a must be regular", got: "a zero pivot", fix }));
    }
    return factored.solve(b);
  });
  const inverse = (): Matrix => {
    if (singular) {
      const fix = "Use pseudoInverse.";
      throw new DataError(problem({ where: "lu.inverse", expected: "a must be regular", got: "a zero pivot", fix }));
    }
    return solve(identity(a.rows));
  };
  return {
    lower: fromMlMatrix(factored.lowerTriangularMatrix),
    upper,
    permutation,
    determinant: factored.determinant,
    logDeterminant,
    determinantSign,
    singular,
    solve,
    inverse,
  };
}

/** 1 for an even permutation, -1 for an odd one: the parity of n minus its number of cycles. */
function permutationSign(permutation: Int32Array): number {
  const seen = new Uint8Array(permutation.length);
  let sign = 1;
  for (let start = 0; start < permutation.length; start++) {
    for (let i = start, length = 0; seen[i] === 0; i = permutation[i] as number, length++) {
      seen[i] = 1;
      if (length > 0) sign = -sign;
    }
  }
  return sign;
}
