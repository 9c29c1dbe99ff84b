import { rowDot } from "../row-dot.ts";
import { type GramResult, solveGramQuadratic } from "./gram-quadratic.ts";
import type { ScaledProblem } from "./hard-margin-problem.ts";
import { provesInfeasible, solveLeastDistance } from "./least-distance.ts";
import { largestMagnitude, makeUnit, type ScaledPoint } from "./scaled-point.ts";

/**
 * One iterate. For p < 2 the multipliers lead, w = phi^{-1}(A' multipliers) follows exactly; for p > 2 the weights lead and the multipliers are
 * those of the last weighted problem. Either way the leading function has a bounded second derivative: |u|^(q-2) with q > 2, |w|^(p-2) with p > 2.
 */
export interface Iterate extends ScaledPoint {
  readonly active: readonly number[];
  /** The weights are an estimate and need not be feasible. */
  readonly predicted?: boolean;
}

/** The minimum of the second-order model over the feasible weights. */
export interface ModelSolution {
  /** `"unsolved"` when the weights spread so far that rounding spoiled the model; `"infeasible"` with the proof in `multipliers`. */
  readonly status: "optimal" | "infeasible" | "unsolved";
  readonly w: Float64Array;
  /** In units of ||w||_p times those of the hard-margin problem. */
  readonly multipliers: Float64Array;
  /** A' multipliers. */
  readonly image: Float64Array;
  readonly active: readonly number[];
  readonly pivots: number;
  /** Solves A D A' over the active rows, changing its argument; only on the route by products, where the factor is at hand. */
  readonly solveActive?: (rhs: Float64Array) => void;
  /** Single precision was enough. */
  readonly drafted?: true;
}

/**
 * How weighted least-distance problems are solved. `"orthogonal"`: QR of the active rows, as accurate as the rows allow. `"gram"`: Cholesky of
 * their products, which is faster on more than a few rows and needs no rows at all, but squares the condition number. `"draft"`: the same in single
 * precision where that is faster, for steps whose errors later ones correct.
 */
export type Route = "orthogonal" | "gram" | "draft";

/** Rows that depend on each other more than this, by the share of a squared length outside the others, are too much for single precision. */
const LEAST_IN_DRAFT = 1e-4;

/** Curvatures are cut at this share of the largest: a weight that small has no influence within double precision. */
const FLOOR = 1e-15;

/** Solves min (w - c)' D^{-1} (w - c) / 2 subject to A w >= b, where w = c + D u is the mirror map linearised at the iterate. */
export function solveModel(problem: ScaledProblem, at: Iterate, p: number, route: Route): ModelSolution {
  const { weights, centre } = linearize(at.w, p);
  if (route === "draft") {
    const draft = problem.operator.draft(weights);
    const model = draft && solveByGram(problem, { weights, centre }, at.active, draft);
    if (model?.status === "optimal") return { ...model, drafted: true };
  }
  return route !== "orthogonal" || problem.rows === undefined
    ? solveByGram(problem, { weights, centre }, at.active)
    : solveByRows(problem, problem.rows, { weights, centre }, at.active);
}

/** The feasible weights of least Euclidean length: where the other norms start. */
export function nearestWeights(problem: ScaledProblem, route: Route): ModelSolution {
  // For another exponent they are but a start.
  if (route === "gram" && problem.p !== 2) {
    const draft = problem.operator.draft();
    const model = draft && solveByGram(problem, undefined, problem.rhs.keys(), draft);
    if (model?.status === "optimal") return { ...model, drafted: true };
  }
  if (route !== "orthogonal" || problem.rows === undefined) return solveByGram(problem, undefined, problem.rhs.keys());
  const dense = { count: problem.count, dim: problem.dim, rows: problem.rows, rhs: problem.rhs };
  const { status, x, multipliers, active, pivots } = solveLeastDistance(dense, []);
  return { status: status === "pivotLimit" ? "unsolved" : status, w: x, multipliers, image: x, active, pivots };
}

/** The mirror map linearised at the weights w: c + D u. */
export interface Linearized {
  /** The diagonal of D. */
  readonly weights: Float64Array;
  readonly centre: Float64Array;
}

function solveByRows(problem: ScaledProblem, rows: Float64Array, { weights, centre }: Linearized, guess: readonly number[]): ModelSolution {
  const { count, dim, rhs } = problem;
  const root = weights.map(Math.sqrt);
  const weighted = new Float64Array(count * dim);
  const target = new Float64Array(count);
  for (let i = 0; i < count; i++) {
    const from = i * dim;
    for (let j = 0; j < dim; j++) weighted[from + j] = (rows[from + j] as number) * (root[j] as number);
    target[i] = (rhs[i] as number) - rowDot(rows, from, centre);
  }
  const { status, x, multipliers, active, pivots } = solveLeastDistance({ count, dim, rows: weighted, rhs: target }, guess);
  const w = centre.map((c, j) => c + (root[j] as number) * (x[j] as number));
  const image = problem.operator.combine(multipliers);
  return { status: status === "optimal" ? "optimal" : "unsolved", w, multipliers, image, active, pivots };
}

function solveByGram(
  problem: ScaledProblem,
  linearized: Linearized | undefined,
  guess: Iterable<number>,
  draft?: Float64Array,
): ModelSolution {
  const { count, operator, rhs } = problem;
  const gram = draft ?? operator.gram(linearized?.weights);
  const moved = linearized === undefined ? undefined : operator.apply(linearized.centre);
  const target = moved === undefined ? rhs : rhs.map((b, i) => b - (moved[i] as number));
  const weightsOf = (u: Float64Array): Float64Array =>
    linearized === undefined ? u : u.map((v, j) => (linearized.centre[j] as number) + (linearized.weights[j] as number) * v);
  // Rows that are at hand decide what is dependent by their QR factors; without them the products have to do.
  const accept = (combination: Float64Array): boolean =>
    problem.rows !== undefined || (linearized === undefined && isProof(problem, combination));
  const precision = draft === undefined ? {} : { least: LEAST_IN_DRAFT };
  const solved = solveGramQuadratic({ count, gram, target, ...precision }, guess, accept);
  if (solved.status === "dependent") {
    const status = problem.rows === undefined ? "infeasible" : "unsolved";
    const none = new Float64Array(problem.dim);
    return { status, w: none, multipliers: solved.multipliers, image: none, active: solved.active, pivots: solved.pivots };
  }
  const multipliers = refine(problem, solved, weightsOf);
  const status = solved.status === "optimal" ? "optimal" : "unsolved";
  const image = operator.combine(multipliers);
  const { active, pivots, solveActive } = solved;
  return { status, w: weightsOf(image), multipliers, image, active, pivots, solveActive };
}

function isProof({ operator, rhs }: ScaledProblem, combination: Float64Array): boolean {
  const residual = operator.combine(combination);
  const outside = Math.sqrt(rowDot(residual, 0, residual));
  let gain = 0;
  let size = 0;
  combination.forEach((y, i) => {
    gain += y * (rhs[i] as number);
    size += y;
  });
  return provesInfeasible(gain, outside / 1e4, 1, 0, 0) && outside < 1e-8 * size;
}

/** One step of iterative refinement with the residual of the rows themselves: it wins back what squaring the condition number lost. */
function refine(problem: ScaledProblem, solved: GramResult, weightsOf: (u: Float64Array) => Float64Array): Float64Array {
  const margins = problem.operator.apply(weightsOf(problem.operator.combine(solved.multipliers)));
  const rest = Float64Array.from(solved.active, (i) => (problem.rhs[i] as number) - (margins[i] as number));
  solved.solveActive(rest);
  const multipliers = solved.multipliers.slice();
  solved.active.forEach((i, k) => {
    multipliers[i] = Math.max(0, (multipliers[i] as number) + (rest[k] as number));
  });
  return multipliers;
}

/** The diagonal of D, c = w - D phi(w) for the multipliers in units of ||w||_p, and that norm. */
export function linearize(w: Float64Array, p: number): Linearized & { readonly size: number } {
  const unit = Float64Array.from(w);
  const size = makeUnit(unit, p);
  const weights = new Float64Array(w.length);
  const centre = new Float64Array(w.length);
  // The derivative of phi is (p - 1)|w|^(p-2); for p < 2 that of its inverse, 1/(p - 1) |w|^(2-p) in terms of w, is the bounded one.
  const power = Math.abs(p - 2);
  const factor = p < 2 ? 1 / (p - 1) : p - 1;
  const least = largestMagnitude(unit) ** power * FLOOR;
  for (let j = 0; j < w.length; j++) {
    const v = unit[j] as number;
    const magnitude = Math.abs(v);
    const derivative = factor * Math.max(least, magnitude ** power);
    const d = p < 2 ? derivative : 1 / derivative;
    weights[j] = d;
    centre[j] = (w[j] as number) - size * d * magnitude ** (p - 1) * Math.sign(v);
  }
  return { weights, centre, size };
}
