import { rowDot } from "../row-dot.ts";
import type { ScaledProblem } from "./hard-margin-problem.ts";
import { solveLeastDistance } from "./least-distance.ts";
import { largestMagnitude, makeUnit, type ScaledPoint } from "./scaled-point.ts";

/**
 * One iterate. For p < 2 the multipliers lead, w = phi^{-1}(A' multipliers) follows exactly; for p > 2 the weights lead and the multipliers are
 * those of the last weighted problem. Either way the leading function has a bounded second derivative: |u|^(q-2) with q > 2, |w|^(p-2) with p > 2.
 */
export interface Iterate extends ScaledPoint {
  readonly active: readonly number[];
}

/** The minimum of the second-order model over the feasible weights. */
export interface ModelSolution {
  /** `false` when the weights spread so far that rounding spoiled the model. */
  readonly solved: boolean;
  readonly w: Float64Array;
  /** In units of ||w||_p times those of the hard-margin problem. */
  readonly multipliers: Float64Array;
  readonly active: readonly number[];
  readonly pivots: number;
}

/** Curvatures are cut at this share of the largest: a weight that small has no influence within double precision. */
const FLOOR = 1e-15;

/** Solves min (w - c)' D^{-1} (w - c) / 2 subject to A w >= b, where w = c + D u is the mirror map linearised at the iterate. */
export function solveModel(problem: ScaledProblem, at: Iterate, p: number): ModelSolution {
  const { count, dim, rows, rhs } = problem;
  const { root, centre } = linearize(at.w, p);
  const weighted = new Float64Array(count * dim);
  const target = new Float64Array(count);
  for (let i = 0; i < count; i++) {
    const from = i * dim;
    for (let j = 0; j < dim; j++) weighted[from + j] = (rows[from + j] as number) * (root[j] as number);
    target[i] = (rhs[i] as number) - rowDot(rows, from, centre);
  }
  const { status, x, multipliers, active, pivots } = solveLeastDistance({ count, dim, rows: weighted, rhs: target }, at.active);
  return { solved: status === "optimal", w: centre.map((c, j) => c + (root[j] as number) * (x[j] as number)), multipliers, active, pivots };
}

/** The square root of D and c = w - D phi(w), for the multipliers in units of ||w||_p. */
function linearize(w: Float64Array, p: number): { root: Float64Array; centre: Float64Array } {
  const unit = Float64Array.from(w);
  const size = makeUnit(unit, p);
  const root = new Float64Array(w.length);
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
    root[j] = Math.sqrt(d);
    centre[j] = (w[j] as number) - size * d * magnitude ** (p - 1) * Math.sign(v);
  }
  return { root, centre };
}
