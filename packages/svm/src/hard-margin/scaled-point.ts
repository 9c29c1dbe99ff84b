import { dualExponent } from "@attnlab/linalg";
import { rowDot } from "../row-dot.ts";
import type { ScaledProblem } from "./hard-margin-problem.ts";
import { rowLength } from "./row-length.ts";

/** A primal-dual pair of the scaled problem. */
export interface ScaledPoint {
  /** Weights, `[dim]`. */
  readonly w: Float64Array;
  /** Multipliers >= 0 of min ||w||_p subject to A w >= b, scaled so that ||A' multipliers||_q = 1; `[count]`. */
  readonly multipliers: Float64Array;
  /** A' multipliers where it is at hand, `[dim]`. */
  readonly image?: Float64Array;
}

/** How far a pair is from optimal; every number is relative and 0 at a solution. */
export interface Optimality {
  readonly primalObjective: number;
  readonly dualObjective: number;
  /** (primal - dual) / primal. */
  readonly gap: number;
  /** max_i (b_i - a_i w)_+ / (|b_i| + ||a_i||_2 ||w||_2). */
  readonly primal: number;
  /** With unit w: ||A' lambda - phi(w)||_q for p >= 2, ||w - phi^{-1}(A' lambda)||_p for p < 2, where phi itself is not Lipschitz; for p = 1 and Infinity
   * the larger of | ||A' lambda||_q - 1 | and |1 - w' A' lambda|. */
  readonly stationarity: number;
  /** max_i lambda_i |a_i w - b_i| / ||w||_p. */
  readonly complementarity: number;
  /** A w, `[count]`. */
  readonly margins: Float64Array;
}

/** The largest absolute value. */
export function largestMagnitude(v: Float64Array): number {
  let most = 0;
  for (let j = 0; j < v.length; j++) most = Math.max(most, Math.abs(v[j] as number));
  return most;
}

/** Scales a vector to unit l_exponent norm in place and returns the norm it had; powers are taken of numbers in [0, 1] only. */
export function makeUnit(v: Float64Array, exponent: number): number {
  const most = largestMagnitude(v);
  if (most === 0) return 0;
  if (exponent === Number.POSITIVE_INFINITY) {
    for (let j = 0; j < v.length; j++) v[j] = (v[j] as number) / most;
    return most;
  }
  const norm = most * sumOfPowers(v, most, exponent) ** (1 / exponent);
  for (let j = 0; j < v.length; j++) v[j] = (v[j] as number) / norm;
  return norm;
}

/** sum_j (|v_j| / most)^exponent; the exponents that need no logarithm are many times as fast without one. */
function sumOfPowers(v: Float64Array, most: number, exponent: number): number {
  let sum = 0;
  if (exponent === 2) {
    for (let j = 0; j < v.length; j++) {
      const x = (v[j] as number) / most;
      sum += x * x;
    }
  } else if (exponent === 3) {
    for (let j = 0; j < v.length; j++) {
      const x = Math.abs(v[j] as number) / most;
      sum += x * x * x;
    }
  } else if (exponent === 1.5) {
    for (let j = 0; j < v.length; j++) {
      const x = Math.abs(v[j] as number) / most;
      sum += x * Math.sqrt(x);
    }
  } else {
    for (let j = 0; j < v.length; j++) sum += (Math.abs(v[j] as number) / most) ** exponent;
  }
  return sum;
}

/** sign(v)|v|^power, element by element, in `out` where given. */
export function signedPowers(v: Float64Array, power: number, out: Float64Array = new Float64Array(v.length)): Float64Array {
  if (power === 1) {
    out.set(v);
  } else if (power === 2) {
    for (let j = 0; j < v.length; j++) out[j] = (v[j] as number) * Math.abs(v[j] as number);
  } else if (power === 0.5) {
    for (let j = 0; j < v.length; j++) out[j] = Math.sign(v[j] as number) * Math.sqrt(Math.abs(v[j] as number));
  } else {
    for (let j = 0; j < v.length; j++) {
      const x = v[j] as number;
      out[j] = x > 0 ? x ** power : x < 0 ? -((-x) ** power) : 0;
    }
  }
  return out;
}

/** b' multipliers. */
export function rhsDot(problem: ScaledProblem, multipliers: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < problem.count; i++) sum += (problem.rhs[i] as number) * (multipliers[i] as number);
  return sum;
}

/** Measures a pair against the optimality conditions, each from its definition. */
export function measure(problem: ScaledProblem, { w, multipliers, image }: ScaledPoint): Optimality {
  const { count, dim, rhs, p } = problem;
  const q = dualExponent(p);
  const block = new Float64Array(3 * dim + count);
  const direction = block.subarray(0, dim);
  direction.set(w);
  const primalObjective = makeUnit(direction, p);
  const u = block.subarray(dim, 2 * dim);
  if (image === undefined) problem.operator.combine(multipliers, u);
  else u.set(image);
  const stationarity = distanceFromGradient(u, direction, p, block.subarray(2 * dim, 3 * dim));
  const dualNorm = makeUnit(u, q);
  const dualObjective = rhsDot(problem, multipliers) / Math.max(1, dualNorm);
  const margins = problem.operator.apply(w, block.subarray(3 * dim));
  const length = rowLength(w, 0, dim);
  let primal = 0;
  let complementarity = 0;
  for (let i = 0; i < count; i++) {
    const target = rhs[i] as number;
    const slack = (margins[i] as number) - target;
    primal = Math.max(primal, -slack / (Math.abs(target) + length));
    complementarity = Math.max(complementarity, ((multipliers[i] as number) * Math.abs(slack)) / primalObjective);
  }
  return {
    primalObjective,
    dualObjective,
    gap: Math.abs(primalObjective - dualObjective) / primalObjective,
    primal,
    stationarity,
    complementarity,
    margins,
  };
}

/**
 * The largest violation, each relative to |b_i| + sum_j |a_ij w_j|, the size of what was added up: |a_i| |w| would hide that a row is violated
 * which meets only small weights. Factored rows are never written out; of them the length has to do.
 */
export function largestViolation({ count, dim, rhs, rows }: ScaledProblem, { margins, primal }: Optimality, w: Float64Array): number {
  if (rows === undefined) return primal;
  let largest = 0;
  for (let i = 0; i < count; i++) {
    const target = rhs[i] as number;
    const violation = target - (margins[i] as number);
    if (violation <= 0) continue;
    let size = Math.abs(target);
    for (let j = 0; j < dim; j++) size += Math.abs((rows[i * dim + j] as number) * (w[j] as number));
    largest = Math.max(largest, violation / size);
  }
  return largest;
}

/** How far A' multipliers is from the (sub)gradient of the norm at unit weights. */
function distanceFromGradient(u: Float64Array, direction: Float64Array, p: number, difference: Float64Array): number {
  const q = dualExponent(p);
  if (p === 1 || q === 1) {
    // Every u with ||u||_q <= 1 and u'w = ||w||_p is a subgradient; both are equalities at a solution.
    difference.set(u);
    const dualNorm = makeUnit(difference, q);
    return Math.max(Math.abs(dualNorm - 1), Math.abs(1 - rowDot(u, 0, direction)));
  }
  const side = p < 2 ? direction : u;
  signedPowers(p < 2 ? u : direction, p < 2 ? q - 1 : p - 1, difference);
  for (let j = 0; j < difference.length; j++) difference[j] = (side[j] as number) - (difference[j] as number);
  return makeUnit(difference, p < 2 ? p : q);
}

/** The largest of the relative errors. */
export function worstError({ gap, primal, stationarity, complementarity }: Optimality): number {
  return Math.max(gap, primal, stationarity, complementarity);
}

/** Where all right-hand sides and margins are positive, stretches w until every constraint holds: then its norm is a true upper bound. */
export function stretchToFeasible(problem: ScaledProblem, point: ScaledPoint, margins: Float64Array): ScaledPoint {
  let stretch = 1;
  for (let i = 0; i < problem.count; i++) {
    const target = problem.rhs[i] as number;
    const margin = margins[i] as number;
    if (target <= 0 || margin <= 0) return point;
    stretch = Math.max(stretch, target / margin);
  }
  // A little more, for the rounding of the products with the stretched weights.
  const factor = stretch * (1 + 2 * Number.EPSILON);
  if (stretch <= 1) return point;
  const w = point.w.slice();
  for (let j = 0; j < w.length; j++) w[j] = (w[j] as number) * factor;
  return { ...point, w };
}
