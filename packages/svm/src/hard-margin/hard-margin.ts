import { dualExponent, lpNorm, type Matrix } from "@attnlab/linalg";
import { solveEuclideanMargin } from "./euclidean-margin.ts";
import { type FactoredRows, isFactored, SIMPLEX_COPIES, writeOut } from "./factored-rows.ts";
import { type HardMarginOptions, hardMarginOptions } from "./hard-margin-options.ts";
import {
  checkHardMarginProblem,
  type DenseProblem,
  type HardMarginProblem,
  rowSizes,
  type ScaledProblem,
  scaleProblem,
} from "./hard-margin-problem.ts";
import { solveAbsoluteMargin, solveLargestMargin } from "./linear-margin.ts";
import { type NewtonOptions, solveByNewton } from "./newton.ts";
import { nearestWeights, type Route } from "./quadratic-model.ts";
import {
  largestMagnitude,
  largestViolation,
  makeUnit,
  measure,
  type Optimality,
  type ScaledPoint,
  stretchToFeasible,
  worstError,
} from "./scaled-point.ts";

/** How far a solution is from satisfying the optimality conditions; each number is relative and independent of units. */
export interface HardMarginResiduals {
  /** $\max_i (b_i - a_i w)_+ / (|b_i| + \sum_j |a_{ij} w_j|)$; for factored rows with $\lVert a_i\rVert_2 \lVert w\rVert_2$ in place of the sum. */
  readonly primal: number;
  /**
   * $\lVert A^\top\lambda - \phi(w)/\lVert w\rVert_p^{p-1}\rVert_q$, to be compared with 1; for p = 1 and Infinity, where the norm has corners, the
   * larger of $|\lVert A^\top\lambda\rVert_q - 1|$ and $|1 - w^\top A^\top\lambda/\lVert w\rVert_p|$.
   */
  readonly stationarity: number;
  /** $\max_i \lambda_i |a_i w - b_i| / \lVert w\rVert_p$ */
  readonly complementarity: number;
}

/** A solution with its certificate, or the best point found when the limit was reached. */
export interface HardMarginPoint {
  /** `"optimal"`: gap and residuals are at most `tol`. `"iterationLimit"`: they are not. */
  readonly status: "optimal" | "iterationLimit";
  /** Weights, `[N]`. */
  readonly w: Float64Array;
  /** Multipliers of min ||w||_p subject to A w >= b: >= 0, with $\lVert A^\top\lambda\rVert_q = 1$ and, for 1 < p < Infinity, $w = \lVert w\rVert_p\,\phi^{-1}(A^\top\lambda)$; `[m]`. */
  readonly dual: Float64Array;
  /** $\lVert w\rVert_p$ */
  readonly primalObjective: number;
  /** $b^\top\lambda / \max(1, \lVert A^\top\lambda\rVert_q)$: no feasible w has a smaller norm. */
  readonly dualObjective: number;
  /** Relative duality gap, |primal - dual| / primal. */
  readonly gap: number;
  readonly residuals: HardMarginResiduals;
  /** Newton steps, each one weighted least-distance problem. */
  readonly iterations: number;
  /** Changes of the active set over all steps. */
  readonly pivots: number;
}

/** A proof that no w satisfies A w >= b. */
export interface HardMarginInfeasible {
  readonly status: "infeasible";
  /** Farkas vector: y >= 0, A'y = 0 and b'y > 0, scaled to b'y = 1; `[m]`. */
  readonly farkas: Float64Array;
  /** $\lVert A^\top y\rVert_2 / \sum_i y_i \lVert a_i\rVert_2$, 0 for a perfect proof. Any feasible w would need $\lVert w\rVert_2 \ge 1/\lVert A^\top y\rVert_2$. */
  readonly farkasResidual: number;
  readonly iterations: number;
  readonly pivots: number;
}

/** What {@link solveHardMargin} returns; look at `status` first. */
export type HardMarginSolution = HardMarginPoint | HardMarginInfeasible;

/**
 * Solves the hard-margin problem in an lp norm, with a certificate.
 *
 * $\min_w \lVert w\rVert_p$ subject to $A w \ge b$; its dual is $\max_{\lambda\ge0} b^\top\lambda$ subject to $\lVert A^\top\lambda\rVert_q \le 1$.
 *
 * Shapes: `problem.rows [m, N]`, or factors `left [m, a]` and `right [g, b]` with N = a b; `problem.rhs [m]` → `w [N]`, `dual [m]`.
 *
 * The problem for p = 2 is a least-distance problem, solved by a dual active-set method that also detects infeasibility. Other p follow by Newton
 * steps, each one a weighted problem of that kind, on the dual function for p < 2 and on the norm itself for p > 2. p = 1 and p = Infinity are
 * linear programs, solved by a simplex method; their solution need not be unique, and the one returned is a vertex.
 *
 * @param problem - the constraints; `rhs` defaults to ones.
 * @param options.p - exponent, 1 <= p <= Infinity.
 * @param options.tol - largest relative gap and residual of an optimal solution; default `1e-8`.
 * @param options.maxIter - most Newton steps; default `200`.
 * @returns the solution or the proof that there is none; not converging is a status, never an exception.
 * @throws ShapeError when `rows` is empty or the sizes differ.
 * @throws DataError when a number is NaN or infinite.
 * @throws OptionError when an option or a field of the problem is unknown, or an option out of its range, p < 1 included.
 * @example
 * ```ts
 * import { matrixFromRows } from "@attnlab/linalg";
 * import { solveHardMargin } from "@attnlab/svm";
 * const solution = solveHardMargin({ rows: matrixFromRows([[2, 0], [0, 4]]) }, { p: 3 });
 * solution.status; // => "optimal"
 * solution.status !== "infeasible" && Array.from(solution.w, (v) => Math.round(v * 1e9) / 1e9); // => [0.5, 0.25]
 * ```
 * @see Julistiono, Tarzanagh and Azizan 2024 (arXiv 2410.14581) for the attention version. Their multipliers belong to $\tfrac1p\lVert w\rVert_p^p$: ours times $\lVert w\rVert_p^{p-1}$.
 */
export function solveHardMargin(problem: HardMarginProblem, options: HardMarginOptions): HardMarginSolution {
  const resolved = hardMarginOptions("solveHardMargin", options);
  const rhs = checkHardMarginProblem("solveHardMargin", problem);
  return solveConstraints(problem.rows, rhs, { ...resolved, where: "solveHardMargin" });
}

/** {@link solveHardMargin} after its checks, for the problems that are written as constraints by this package itself. */
export function solveConstraints(
  rows: Matrix | FactoredRows,
  rhs: Float64Array,
  { where, p, tol, maxIter }: Required<HardMarginOptions> & { readonly where: string },
): HardMarginSolution {
  const linear = p === 1 || p === Number.POSITIVE_INFINITY;
  if (linear && isFactored(rows)) return solveConstraints(writeOut(where, rows, SIMPLEX_COPIES), rhs, { where, p, tol, maxIter });
  const [count, dim] = rowSizes(rows);
  if (p === 2 && !isFactored(rows) && preferredRoute(count, dim) === "orthogonal") {
    const everyday = solveEuclideanMargin(rows, rhs, tol);
    if (everyday !== undefined) return everyday;
  }
  const scaled = scaleProblem(rows, rhs, p);
  if ("zeroRow" in scaled) return zeroRowProof(rhs.length, scaled.zeroRow, rhs);
  if ("zeroIsFeasible" in scaled) return zeroSolution([count, dim]);
  const proof = proofAtOneScale(scaled, rhs);
  if (proof !== undefined) return proof;
  if (linear) return solveLinear(scaled as DenseProblem, rhs, tol);
  const route = scaled.rows === undefined ? "gram" : preferredRoute(scaled.count, scaled.dim);
  const first = solveOnRoute(scaled, rhs, { tol, maxIter, route });
  if (route === "orthogonal" || scaled.rows === undefined || (first !== undefined && isGood(first, tol)))
    return first as HardMarginSolution;
  return solveOnRoute(scaled, rhs, { tol, maxIter, route: "orthogonal" });
}

/** Right-hand sides further apart than this hide the contradiction of two small ones behind the rounding of a large one. */
const FAR_APART = 1e-5;

/** Without negative right-hand sides their sizes decide nothing about feasibility: with ones in their place, rows that contradict each other stand out. */
function proofAtOneScale(scaled: ScaledProblem, rhs: Float64Array): HardMarginInfeasible | undefined {
  const least = scaled.rhs.reduce((least, b) => (b === 0 ? least : Math.min(least, b)), 1);
  if (least < 0 || least >= FAR_APART) return undefined;
  const nearest = nearestWeights({ ...scaled, rhs: scaled.rhs.map(Math.sign) }, "orthogonal");
  if (nearest.status !== "infeasible") return undefined;
  const proof = infeasible(rhs, scaled, nearest.multipliers, nearest.pivots);
  return proof.farkasResidual <= PROOF ? proof : undefined;
}

/** Digits that the products of rows can cost before the rows themselves are factored instead. */
const GOOD = 1e-13;

function isGood(solution: HardMarginSolution, tol: number): boolean {
  const most = Math.max(GOOD, 1e-3 * tol);
  return solution.status === "optimal" && solution.gap <= most && Object.values(solution.residuals).every((v: number) => v <= most);
}

/** Measured on one core: products win from about thirty rows on, while no more rows than columns keep the products regular. */
function preferredRoute(count: number, dim: number): Route {
  return count >= 30 && count <= dim ? "gram" : "orthogonal";
}

function solveOnRoute(scaled: ScaledProblem, rhs: Float64Array, options: NewtonOptions): HardMarginSolution {
  const { p } = scaled;
  const nearest = nearestWeights(scaled, options.route);
  if (nearest.status === "infeasible") return infeasible(rhs, scaled, nearest.multipliers, nearest.pivots);
  if (p === 2 || p === 1 || p === Number.POSITIVE_INFINITY || nearest.status === "unsolved") {
    const length = makeUnit(nearest.image.slice(), dualExponent(p));
    const multipliers = nearest.multipliers;
    for (let i = 0; i < multipliers.length; i++) multipliers[i] = (multipliers[i] as number) / length;
    const point: ScaledPoint = { w: nearest.w, multipliers };
    return found(scaled, rhs.length, point, { tol: options.tol, iterations: 1, pivots: nearest.pivots });
  }
  const { point, iterations, pivots } = solveByNewton(scaled, nearest, options);
  return found(scaled, rhs.length, point, { tol: options.tol, iterations, pivots: pivots + nearest.pivots });
}

/** Largest share of the rows that the combination of a proof may leave over. */
const PROOF = 1e-9;

function solveLinear(scaled: DenseProblem, rhs: Float64Array, tol: number): HardMarginSolution {
  const result = scaled.p === 1 ? solveAbsoluteMargin(scaled) : solveLargestMargin(scaled);
  if (result.status === "solved") return found(scaled, rhs.length, result.point, { tol, iterations: 1, pivots: result.pivots });
  const proof = infeasible(rhs, scaled, result.multipliers, result.pivots);
  // A run that ended early or lost its digits proves nothing: then the weights of p = 2 are what is known.
  return proof.farkasResidual <= PROOF ? proof : solveOnRoute(scaled, rhs, { tol, maxIter: 1, route: "orthogonal" });
}

function found(
  scaled: ScaledProblem,
  count: number,
  at: ScaledPoint,
  run: { readonly tol: number; readonly iterations: number; readonly pivots: number },
): HardMarginPoint {
  const { point, optimality } = feasible(scaled, stretched(scaled, at), run.tol);
  const dual = new Float64Array(count);
  for (let i = 0; i < scaled.count; i++) {
    dual[scaled.origin[i] as number] = (point.multipliers[i] as number) / (scaled.rowNorms[i] as number);
  }
  const w = point.w.slice();
  for (let j = 0; j < w.length; j++) w[j] = (w[j] as number) * scaled.unit;
  const { gap, primal, stationarity, complementarity } = optimality;
  return {
    status: worstError(optimality) <= run.tol ? "optimal" : "iterationLimit",
    w,
    dual,
    primalObjective: optimality.primalObjective * scaled.unit,
    dualObjective: optimality.dualObjective * scaled.unit,
    gap,
    residuals: { primal, stationarity, complementarity },
    iterations: run.iterations,
    pivots: run.pivots,
  };
}

interface Measured {
  readonly point: ScaledPoint;
  readonly optimality: Optimality;
}

/** Weights below this share of the largest may be rounding of zeros. */
const NO_WEIGHT = 1e-15;

/** {@link measure} with violations row by row. */
function measured(scaled: ScaledProblem, point: ScaledPoint): Measured {
  const optimality = measure(scaled, point);
  return { point, optimality: { ...optimality, primal: largestViolation(scaled, optimality, point.w) } };
}

/** Measures the violations row by row, and corrects w by the shortest step that ends them where they are beyond `tol`. */
function feasible(scaled: ScaledProblem, { point, optimality }: Measured, tol: number): Measured {
  const primal = largestViolation(scaled, optimality, point.w);
  const strict = { point, optimality: { ...optimality, primal } };
  if (primal <= tol) return strict;
  // A row that asks for 0 and meets no other weights is violated by the rounding of a zero.
  const least = NO_WEIGHT * largestMagnitude(point.w);
  const rounded = measured(scaled, { ...point, w: point.w.map((v) => (Math.abs(v) <= least ? 0 : v)) });
  if (worstError(rounded.optimality) <= tol) return rounded;
  // Rows that meet only weights far below the others vanish in the rounding of the whole problem, not in that of the rest.
  const missing = scaled.rhs.map((b, i) => b - (optimality.margins[i] as number));
  const most = missing.reduce((a, b) => Math.max(a, b), 0);
  const step = nearestWeights({ ...scaled, rhs: missing.map((b) => b / most) }, "orthogonal");
  if (step.status !== "optimal") return strict;
  const corrected = { ...point, w: point.w.map((v, j) => v + most * (step.w[j] as number)) };
  const after = measured(scaled, corrected);
  return worstError(after.optimality) < worstError(strict.optimality) ? after : strict;
}

/** Errors below this are rounding: stretching weights to feasibility may end there whatever it started from. */
const ROUNDING = 1e-12;

/** Stretches w to feasibility, unless a tiny right-hand side would turn rounding into a stretch that shows in the other residuals. */
function stretched(scaled: ScaledProblem, { w, multipliers }: ScaledPoint): Measured {
  const given = { w, multipliers, image: scaled.operator.combine(multipliers) };
  const point = stretchToFeasible(scaled, given, scaled.operator.apply(w));
  const after = { point, optimality: measure(scaled, point) };
  if (point === given) return after;
  const error = worstError(after.optimality);
  if (error <= ROUNDING) return after;
  const before = { point: given, optimality: measure(scaled, given) };
  return error <= worstError(before.optimality) ? after : before;
}

function zeroSolution([count, dim]: readonly [number, number]): HardMarginPoint {
  return {
    status: "optimal",
    w: new Float64Array(dim),
    dual: new Float64Array(count),
    primalObjective: 0,
    dualObjective: 0,
    gap: 0,
    residuals: { primal: 0, stationarity: 0, complementarity: 0 },
    iterations: 0,
    pivots: 0,
  };
}

function zeroRowProof(count: number, row: number, rhs: Float64Array): HardMarginInfeasible {
  const farkas = new Float64Array(count);
  farkas[row] = 1 / (rhs[row] as number);
  return { status: "infeasible", farkas, farkasResidual: 0, iterations: 0, pivots: 0 };
}

function infeasible(rhs: Float64Array, scaled: ScaledProblem, y: Float64Array, pivots: number): HardMarginInfeasible {
  const farkas = new Float64Array(rhs.length);
  let gain = 0;
  let weight = 0;
  scaled.origin.forEach((row, i) => {
    farkas[row] = (y[i] as number) / (scaled.rowNorms[i] as number);
    gain += (farkas[row] as number) * (rhs[row] as number);
    weight += y[i] as number;
  });
  const farkasResidual = lpNorm(scaled.operator.combine(y), 2) / weight;
  return { status: "infeasible", farkas: farkas.map((v) => v / gain), farkasResidual, iterations: 0, pivots };
}
