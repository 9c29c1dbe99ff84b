import { integerOption, numberOption, type OptionRule, oneOfOption, optionTable } from "@attnlab/check";
import { lpNorm, type Matrix, matvecTransposed } from "@attnlab/linalg";
import { solveHardMargin } from "../hard-margin/hard-margin.ts";
import { type Certificate, certify, worstOf } from "./certificate.ts";
import { type ConicProblem, rowsOf } from "./conic-problem.ts";
import { type MatrixMarginProblem, type ReducedProblem, reduceProblem } from "./matrix-margin-problem.ts";
import { solveByRows } from "./row-generation.ts";
import { MATRIX_NORMS, type MatrixNorm } from "./unitary-norm.ts";

/** Options of {@link solveMatrixMargin} and {@link solveMatrixAttentionSvm}. */
export interface MatrixMarginOptions {
  /** The norm that is minimised: `"nuclear"`, `"spectral"` or `"frobenius"`. */
  readonly norm: MatrixNorm;
  /** Largest relative gap and residual of a solution that counts as optimal; default `1e-8`. */
  readonly tol?: number;
  /** Most interior-point steps; default `100`. The Frobenius norm needs none. */
  readonly maxIter?: number;
}

const RULES = {
  norm: oneOfOption(MATRIX_NORMS, { doc: "Norm of the matrix that is minimised.", required: true }),
  tol: numberOption({ doc: "Largest relative gap and residual of an optimal solution.", min: 1e-14, max: 1e-2, default: 1e-8 }),
  maxIter: integerOption({ doc: "Most interior-point steps.", min: 1, default: 100 }),
} as const satisfies Record<string, OptionRule<unknown>>;

/** How far a solution is from satisfying the optimality conditions; each number is relative and independent of units. */
export interface MatrixMarginResiduals {
  /** $\max_i (b_i - \langle A_i, W\rangle)_+ / (|b_i| + \lVert A_i\rVert_F \lVert W\rVert_F)$ */
  readonly primal: number;
  /** $|1 - \langle\sum_i y_i A_i, W\rangle/\lVert W\rVert|$: 0 exactly when $\sum_i y_i A_i$ is a subgradient of the norm at W. */
  readonly stationarity: number;
  /** $\max_i y_i |\langle A_i, W\rangle - b_i| / \lVert W\rVert$ */
  readonly complementarity: number;
}

/** A solution with its certificate, or the best point found when the iteration ended short of `tol`. */
export interface MatrixMarginPoint {
  /** `"optimal"`: gap and residuals are at most `tol`. `"iterationLimit"`: they are not. */
  readonly status: "optimal" | "iterationLimit";
  /** `[r, c]`; where the nuclear or spectral norm has many minimisers, one in the middle of them. */
  readonly W: Matrix;
  /** y >= 0, `[m]`, with $\lVert\sum_i y_i A_i\rVert = 1$ in the dual norm. */
  readonly dual: Float64Array;
  /** $\lVert W\rVert$ */
  readonly primalObjective: number;
  /** $b^\top y$: no feasible W has a smaller norm. */
  readonly dualObjective: number;
  /** Relative duality gap, |primal - dual| / primal. */
  readonly gap: number;
  readonly residuals: MatrixMarginResiduals;
  /** Interior-point steps. */
  readonly iterations: number;
}

/** A proof that no W satisfies the constraints. */
export interface MatrixMarginInfeasible {
  readonly status: "infeasible";
  /** Farkas vector: y >= 0, $\sum_i y_i A_i = 0$ and b'y = 1; `[m]`. */
  readonly farkas: Float64Array;
  /** $\lVert\sum_i y_i A_i\rVert_F / \sum_i y_i \lVert A_i\rVert_F$, 0 for a perfect proof. */
  readonly farkasResidual: number;
  readonly iterations: number;
}

/** What {@link solveMatrixMargin} returns; look at `status` first. */
export type MatrixMarginSolution = MatrixMarginPoint | MatrixMarginInfeasible;

/**
 * Solves the hard-margin problem in a norm of singular values: nuclear, spectral or Frobenius.
 *
 * $\min_W \lVert W\rVert$ subject to $\langle A_i, W\rangle \ge b_i$; its dual is $\max_{y\ge0} b^\top y$ subject to $\lVert\sum_i y_i A_i\rVert_* \le 1$ in the dual norm.
 *
 * Shapes: `rows [m, r c]`, or `rows.left [m, r]` and `rows.right [m, c]` for $A_i = x_i z_i^\top$; `rhs [m]` → `W [r, c]`, `dual [m]`.
 *
 * @param problem - the constraints, dense or as factors; `attentionMarginProblem(selection)` is one. `rhs` defaults to ones.
 * @param options.norm - `"nuclear"`, `"spectral"` or `"frobenius"`.
 * @param options.tol - largest relative gap and residual of an optimal solution; default `1e-8`.
 * @param options.maxIter - most interior-point steps; default `100`.
 * @returns the solution or the proof that there is none; not converging is a status, never an exception.
 * @throws ShapeError when the constraints are empty, sizes differ, or W is not square and `shape` is missing.
 * @throws DataError when a number is NaN or infinite.
 * @throws OptionError when an option is unknown or out of its range.
 * @example
 * ```ts
 * import { matrix } from "@attnlab/linalg";
 * import { solveMatrixMargin } from "@attnlab/svm";
 * // W_00 >= 3 and W_11 >= 4: the nuclear norm adds the two, the spectral norm takes the larger.
 * const rows = matrix(2, 4, [1, 0, 0, 0, 0, 0, 0, 1]);
 * const rhs = Float64Array.of(3, 4);
 * const norms = (["nuclear", "spectral", "frobenius"] as const).map((norm) => {
 *   const solution = solveMatrixMargin({ rows, rhs }, { norm });
 *   return solution.status === "optimal" ? Number(solution.primalObjective.toFixed(6)) : solution.status;
 * });
 * norms; // => [7, 4, 5]
 * ```
 * @see Tarzanagh, Li, Thrampoulidis and Oymak 2023 (arXiv 2308.16898): training key and query matrices apart is biased to the nuclear norm of their product.
 */
export function solveMatrixMargin(problem: MatrixMarginProblem, options: MatrixMarginOptions): MatrixMarginSolution {
  return solveReduced("solveMatrixMargin", problem, options);
}

/** {@link solveMatrixMargin} on behalf of `where`, which the messages name. */
export function solveReduced(where: string, problem: MatrixMarginProblem, options: MatrixMarginOptions): MatrixMarginSolution {
  const { norm, tol, maxIter } = optionTable(where, RULES).parse(options);
  const reduced = reduceProblem(where, problem);
  const kept = Array.from(reduced.rowNorms.keys()).filter((i) => reduced.rowNorms[i] !== 0);
  const impossible = reduced.rowNorms.findIndex((length, i) => length === 0 && (reduced.rhs[i] as number) > 0);
  if (impossible >= 0) return zeroRowProof(reduced, impossible);
  const distances = reduced.rhs.map((b, i) => b / (reduced.rowNorms[i] as number));
  const unit = kept.reduce((most, i) => Math.max(most, distances[i] as number), 0);
  if (unit === 0) return zeroSolution(reduced);

  const { r, c } = reduced;
  const A = rowsOf(reduced.rows, kept);
  const nearest = solveHardMargin({ rows: A, rhs: Float64Array.from(kept, (i) => (distances[i] as number) / unit) }, { p: 2, tol });
  if (nearest.status === "infeasible") return infeasible(reduced, kept, nearest.farkas);
  // With the right-hand side divided by the Frobenius norm of its solution, every size in the iteration is of order one.
  const size = nearest.primalObjective;
  const conic: ConicProblem = { A, b: Float64Array.from(kept, (i) => (distances[i] as number) / unit / size), r, c };
  const W: Matrix = { rows: r, cols: c, data: nearest.w.map((v) => v / size) };
  const found =
    norm === "frobenius"
      ? { certificate: certify(conic, norm, { W, y: nearest.dual }), iterations: 0 }
      : solveByRows(conic, { W, y: nearest.dual }, { norm, tol, maxIter });
  return point(reduced, kept, found, { scale: size * unit, tol });
}

function point(
  reduced: ReducedProblem,
  kept: readonly number[],
  { certificate, iterations }: { readonly certificate: Certificate; readonly iterations: number },
  { scale, tol }: { readonly scale: number; readonly tol: number },
): MatrixMarginPoint {
  const dual = new Float64Array(reduced.rhs.length);
  kept.forEach((row, i) => {
    dual[row] = (certificate.y[i] as number) / (reduced.rowNorms[row] as number);
  });
  const W = reduced.lift(certificate.W);
  const { primalObjective, dualObjective, gap, primal, stationarity, complementarity } = certificate;
  return {
    status: worstOf(certificate) <= tol ? "optimal" : "iterationLimit",
    W: { ...W, data: W.data.map((v) => v * scale) },
    dual,
    primalObjective: primalObjective * scale,
    dualObjective: dualObjective * scale,
    gap,
    residuals: { primal, stationarity, complementarity },
    iterations,
  };
}

function zeroSolution({ rhs, shape: [rows, cols] }: ReducedProblem): MatrixMarginPoint {
  return {
    status: "optimal",
    W: { rows, cols, data: new Float64Array(rows * cols) },
    dual: new Float64Array(rhs.length),
    primalObjective: 0,
    dualObjective: 0,
    gap: 0,
    residuals: { primal: 0, stationarity: 0, complementarity: 0 },
    iterations: 0,
  };
}

function zeroRowProof({ rhs }: ReducedProblem, row: number): MatrixMarginInfeasible {
  const farkas = new Float64Array(rhs.length);
  farkas[row] = 1 / (rhs[row] as number);
  return { status: "infeasible", farkas, farkasResidual: 0, iterations: 0 };
}

/** Turns the proof for rows of unit norm into one for the caller's rows. */
function infeasible({ rows, rowNorms, rhs }: ReducedProblem, kept: readonly number[], y: Float64Array): MatrixMarginInfeasible {
  const unitMultipliers = new Float64Array(rhs.length);
  kept.forEach((row, i) => {
    unitMultipliers[row] = y[i] as number;
  });
  const farkas = unitMultipliers.map((v, i) => (v === 0 ? 0 : v / (rowNorms[i] as number)));
  const gain = farkas.reduce((sum, v, i) => sum + v * (rhs[i] as number), 0);
  const weight = unitMultipliers.reduce((sum, v) => sum + v, 0);
  const farkasResidual = lpNorm(matvecTransposed(rows, unitMultipliers), 2) / weight;
  return { status: "infeasible", farkas: farkas.map((v) => v / gain), farkasResidual, iterations: 0 };
}
