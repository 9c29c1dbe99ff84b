import type { Matrix } from "@attnlab/linalg";
import { writeOut } from "../hard-margin/factored-rows.ts";
import { type HardMarginInfeasible, type HardMarginPoint, solveConstraints } from "../hard-margin/hard-margin.ts";
import { type HardMarginOptions, hardMarginOptions } from "../hard-margin/hard-margin-options.ts";
import { type AttentionSelection, perToken, type TokenSupport, tokenMargins, tokenSupport } from "./token-margins.ts";

/** The constraints of the attention SVM; row r compares the selected token of `sample[r]` with token `token[r]`. */
export interface AttentionMarginProblem {
  /** A, `[n (T - 1), d d]`. */
  readonly rows: Matrix;
  /** b, `[n (T - 1)]`: 1, or 0 in a relaxed sample. */
  readonly rhs: Float64Array;
  /** Sample of each row, `[n (T - 1)]`. */
  readonly sample: Int32Array;
  /** The token that each row holds against the selected one, `[n (T - 1)]`. */
  readonly token: Int32Array;
}

/**
 * Writes the attention SVM as linear constraints on the entries of W.
 *
 * Row (i, t), t != alpha_i, is $\operatorname{vec}\bigl((x_{i,\alpha_i} - x_{it})\,z_i^\top\bigr)$, so that row times vec(W) is $(x_{i,\alpha_i} - x_{it})^\top W z_i$.
 *
 * Shapes: `tokens [n, T, d]`, `queries [n, d]`, `selected [n]` → `rows [n (T - 1), d d]`, samples in order and their tokens in order.
 *
 * @throws ShapeError when sizes differ, an index is no token, or T = 1: then there is nothing to separate.
 * @throws DataError when a number is NaN or infinite.
 * @throws OptionError when a field of the selection is unknown.
 * @example
 * ```ts
 * import { attentionMarginProblem } from "@attnlab/svm";
 * const problem = attentionMarginProblem({
 *   tokens: { shape: [1, 2, 2], data: Float64Array.of(3, 0, 1, 5) },
 *   queries: { shape: [1, 2], data: Float64Array.of(1, 10) },
 *   selected: [0],
 * });
 * Array.from(problem.rows.data); // => [2, 20, -5, -50]
 * ```
 * @see Julistiono, Tarzanagh and Azizan 2024 (arXiv 2410.14581), the lp-AttSVM; W is the matrix of $x^\top W z$, not its transpose.
 */
export function attentionMarginProblem(selection: AttentionSelection): AttentionMarginProblem {
  const { rows, rhs, sample, token } = tokenMargins("attentionMarginProblem", selection);
  return { rows: writeOut("attentionMarginProblem", rows), rhs, sample, token };
}

/** Rows of at most this many numbers in all are written out: small ones are quicker that way, and QR keeps more digits. */
const WRITTEN_OUT = 2 ** 16;

/** The attention SVM's solution; gap, residuals and objectives as in {@link HardMarginPoint}. */
export interface AttentionSvmPoint extends Omit<HardMarginPoint, "w" | "dual">, TokenSupport {
  /** W, `[d, d]`, the matrix of $x^\top W z$. */
  readonly W: Matrix;
  /** Multipliers, `[n, T]`; 0 at the selected token itself. */
  readonly dual: Matrix;
  /** The selection it was solved for, `[n]`. */
  readonly selected: Int32Array;
}

/** Proof that no W selects these tokens: for instance one lies in the convex hull of the others of its sample. */
export interface AttentionSvmInfeasible extends Omit<HardMarginInfeasible, "farkas"> {
  /** Farkas vector, `[n, T]`; 0 at the selected token itself. */
  readonly farkas: Matrix;
  readonly selected: Int32Array;
}

/** What {@link solveAttentionSvm} returns; look at `status` first. */
export type AttentionSvmSolution = AttentionSvmPoint | AttentionSvmInfeasible;

/**
 * Solves the lp attention SVM: the matrix of least norm that separates the selected token of every sample from its other tokens.
 *
 * $\min_W \lVert W\rVert_p$ subject to $(x_{i,\alpha_i} - x_{it})^\top W z_i \ge 1$ for all i and all t != alpha_i, the norm taken entrywise.
 *
 * Shapes: `tokens [n, T, d]`, `queries [n, d]`, `selected [n]` → `W [d, d]`, `margins [n, T]`, `dual [n, T]`.
 *
 * For 1 < p < Infinity the n (T - 1) rows of d² numbers are never formed once they are large: the solver works on their factors.
 *
 * @param selection - samples and the selected token of each.
 * @param options.p - exponent, 1 <= p <= Infinity.
 * @param options.tol - largest relative gap and residual of an optimal solution; default `1e-8`.
 * @param options.maxIter - most Newton steps; default `200`.
 * @returns the solution, or `status: "infeasible"` with its proof when no W selects these tokens.
 * @throws ShapeError when sizes differ, an index is no token, or T = 1.
 * @throws DataError when a number is NaN or infinite.
 * @throws OptionError when an option or a field of the selection is unknown, or an option out of its range.
 * @example
 * ```ts
 * import { solveAttentionSvm } from "@attnlab/svm";
 * const solution = solveAttentionSvm(
 *   { tokens: { shape: [1, 2, 2], data: Float64Array.of(2, 0, 0, 0) }, queries: { shape: [1, 2], data: Float64Array.of(1, 0) }, selected: [0] },
 *   { p: 2 },
 * );
 * solution.status === "optimal" && Array.from(solution.W.data); // => [0.5, 0, 0, 0]
 * ```
 * @see Julistiono, Tarzanagh and Azizan 2024 (arXiv 2410.14581), the lp-AttSVM.
 */
export function solveAttentionSvm(selection: AttentionSelection, options: HardMarginOptions): AttentionSvmSolution {
  const resolved = hardMarginOptions("solveAttentionSvm", options);
  const margins = tokenMargins("solveAttentionSvm", selection);
  const { sizes, rhs, selected } = margins;
  const small = rhs.length * sizes.tokenDim ** 2 <= WRITTEN_OUT;
  const rows = small ? writeOut("solveAttentionSvm", margins.rows) : margins.rows;
  const solved = solveConstraints(rows, rhs, { ...resolved, where: "solveAttentionSvm" });
  if (solved.status === "infeasible") return { ...solved, farkas: perToken(margins, solved.farkas), selected };
  const { w, dual, ...certificate } = solved;
  const W: Matrix = { rows: sizes.tokenDim, cols: sizes.tokenDim, data: w };
  return { ...certificate, W, ...tokenSupport(selection, margins, W), dual: perToken(margins, dual), selected };
}
