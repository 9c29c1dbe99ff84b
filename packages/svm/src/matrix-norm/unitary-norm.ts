import { lpNorm, type Matrix, svd } from "@attnlab/linalg";

/** The norms of a matrix that {@link solveMatrixMargin} minimises: of its singular values the sum, the largest, and the root of the sum of squares. */
export const MATRIX_NORMS = ["nuclear", "spectral", "frobenius"] as const;

/** One of the {@link MATRIX_NORMS}. */
export type MatrixNorm = (typeof MATRIX_NORMS)[number];

/** The norm of a matrix. */
export function normOf(W: Matrix, norm: MatrixNorm): number {
  if (norm === "frobenius") return lpNorm(W.data, 2);
  const { singularValues } = svd(W);
  return norm === "spectral" ? (singularValues[0] as number) : singularValues.reduce((sum, s) => sum + s, 0);
}

/** The norm that bounds inner products with matrices of norm 1: the nuclear and the spectral norm are each other's dual. */
export function dualOf(norm: MatrixNorm): MatrixNorm {
  if (norm === "frobenius") return norm;
  return norm === "nuclear" ? "spectral" : "nuclear";
}
