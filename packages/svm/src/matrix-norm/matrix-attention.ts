import type { Matrix } from "@attnlab/linalg";
import { type AttentionSelection, perToken, type TokenSupport, tokenMargins, tokenSupport } from "../attention/token-margins.ts";
import { type MatrixMarginInfeasible, type MatrixMarginOptions, type MatrixMarginPoint, solveReduced } from "./matrix-margin.ts";

/** The attention SVM's solution in a matrix norm; gap, residuals and objectives as in {@link MatrixMarginPoint}. */
export interface MatrixAttentionPoint extends Omit<MatrixMarginPoint, "dual">, TokenSupport {
  /** Multipliers, `[n, T]`; 0 at the selected token itself. */
  readonly dual: Matrix;
  /** The selection it was solved for, `[n]`. */
  readonly selected: Int32Array;
}

/** Proof that no W selects these tokens. */
export interface MatrixAttentionInfeasible extends Omit<MatrixMarginInfeasible, "farkas"> {
  /** Farkas vector, `[n, T]`; 0 at the selected token itself. */
  readonly farkas: Matrix;
  readonly selected: Int32Array;
}

/** What {@link solveMatrixAttentionSvm} returns; look at `status` first. */
export type MatrixAttentionSolution = MatrixAttentionPoint | MatrixAttentionInfeasible;

/**
 * Solves the attention SVM in the nuclear, spectral or Frobenius norm, with constraints kept as factors.
 *
 * $\min_W \lVert W\rVert$ subject to $(x_{i,\alpha_i} - x_{it})^\top W z_i \ge 1$ for all i and all t != alpha_i. The nuclear norm is the one of attention with
 * separate key and query matrices: $\lVert W\rVert_* = \min \tfrac12(\lVert K\rVert_F^2 + \lVert Q\rVert_F^2)$ over $K^\top Q = W$, see {@link keyQueryFactors}.
 *
 * Shapes: `tokens [n, T, d]`, `queries [n, d]`, `selected [n]` → `W [d, d]`, `margins [n, T]`, `dual [n, T]`.
 *
 * @param selection - samples and the selected token of each; margins of `relaxed` samples need only be >= 0.
 * @param options.norm - `"nuclear"`, `"spectral"` or `"frobenius"`.
 * @param options.tol - largest relative gap and residual of an optimal solution; default `1e-8`.
 * @param options.maxIter - most interior-point steps; default `100`.
 * @returns the solution, or `status: "infeasible"` with its proof when no W selects these tokens.
 * @throws ShapeError when sizes differ, an index is no token, or T = 1.
 * @throws DataError when a number is NaN or infinite.
 * @throws OptionError when an option is unknown or out of its range.
 * @example
 * ```ts
 * import { solveMatrixAttentionSvm } from "@attnlab/svm";
 * const tokens = { shape: [1, 2, 2], data: Float64Array.of(2, 0, 0, 0) };
 * const queries = { shape: [1, 2], data: Float64Array.of(1, 0) };
 * const solution = solveMatrixAttentionSvm({ tokens, queries, selected: [0] }, { norm: "nuclear" });
 * solution.status === "optimal" && Array.from(solution.W.data, (v) => Number(v.toFixed(6))); // => [0.5, 0, 0, 0]
 * ```
 * @see Tarzanagh, Li, Thrampoulidis and Oymak 2023 (arXiv 2308.16898), the nuclear-norm attention SVM; W is the matrix of $x^\top W z$.
 */
export function solveMatrixAttentionSvm(selection: AttentionSelection, options: MatrixMarginOptions): MatrixAttentionSolution {
  const margins = tokenMargins("solveMatrixAttentionSvm", selection);
  const { rows, rhs, selected } = margins;
  const solved = solveReduced("solveMatrixAttentionSvm", { rows, rhs }, options);
  if (solved.status === "infeasible") return { ...solved, farkas: perToken(margins, solved.farkas), selected };
  return { ...solved, ...tokenSupport(selection, margins, solved.W), dual: perToken(margins, solved.dual), selected };
}
