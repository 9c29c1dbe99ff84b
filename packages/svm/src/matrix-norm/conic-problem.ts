import { type Matrix, matvec, matvecTransposed } from "@attnlab/linalg";
import { rowDot } from "../row-dot.ts";

/** Constraints $\langle A_i, W\rangle \ge b_i$ on an `[r, c]` matrix W, every A_i of Frobenius norm 1. */
export interface ConicProblem {
  /** One constraint per row, A_i row by row: `[m, r c]`. */
  readonly A: Matrix;
  readonly b: Float64Array;
  readonly r: number;
  readonly c: number;
  /** $A^\top$, `[r c, m]`, where there are more constraints than entries of W. */
  readonly transposed?: Float64Array;
}

/** A matrix and multipliers, neither of them scaled. */
export interface ConicPair {
  readonly W: Matrix;
  readonly y: Float64Array;
}

/** $\langle A_i, W\rangle$, `[m]`. */
export function marginsOf({ A }: ConicProblem, W: Matrix): Float64Array {
  return matvec(A, W.data);
}

/** $\sum_i y_i A_i$, `[r, c]`. */
export function combine({ A, r, c }: ConicProblem, y: Float64Array): Matrix {
  return { rows: r, cols: c, data: matvecTransposed(A, y) };
}

/** Inner product of two vectors of one length. */
export function inner(a: Float64Array, b: Float64Array): number {
  return rowDot(a, 0, b);
}

/** The rows `kept` of a matrix. */
export function rowsOf({ cols, data }: Matrix, kept: ArrayLike<number>): Matrix {
  const chosen = new Float64Array(kept.length * cols);
  for (let i = 0; i < kept.length; i++) {
    const from = (kept[i] as number) * cols;
    chosen.set(data.subarray(from, from + cols), i * cols);
  }
  return { rows: kept.length, cols, data: chosen };
}
