import { rowDot } from "../row-dot.ts";
import { solveActiveEquations } from "./active-equations.ts";
import type { ScaledProblem } from "./hard-margin-problem.ts";
import { type Iterate, type ModelSolution, type Route, solveModel } from "./quadratic-model.ts";
import {
  largestMagnitude,
  makeUnit,
  measure,
  type Optimality,
  rhsDot,
  type ScaledPoint,
  signedPowers,
  worstError,
} from "./scaled-point.ts";

/** Where the Newton iteration ended. */
export interface NewtonResult {
  readonly point: ScaledPoint;
  readonly optimality: Optimality;
  /** Newton steps. */
  readonly iterations: number;
  /** Changes of the active set over all steps. */
  readonly pivots: number;
}

/** How far, how long and on which form of the rows to iterate. */
export interface NewtonOptions {
  readonly tol: number;
  readonly maxIter: number;
  readonly route: Route;
}

/** An error that rounding alone explains. */
const PERFECT = 2e-14;
/** Below this error one step without a digit is the last; above it rounding may spoil a step or two on the way. */
const FINE = 1e-12;
/** Above this error the products of rows may be to blame, and the rows themselves are factored instead. */
const GOOD = 1e-13;
/** Below this error the quadratic model is as good as the function. */
const NEAR = 0.1;
/** Below this error the factor of the last model is good enough for more steps; for p > 2 weights near zero make it change faster. */
const NEAR_FACTOR = { belowTwo: 0.03, aboveTwo: 1e-5 };
/** A step in single precision that leaves more than this share of the error is the last of its kind. */
const ENOUGH = 0.1;
/** Steps without any gain, far from the solution, after which the best point is given back. */
const PATIENCE = 12;

/** Solves the scaled problem for p != 2 from the solution for p = 2, through exponents in between when p is far from 2. */
export function solveByNewton(problem: ScaledProblem, start: ModelSolution, options: NewtonOptions): NewtonResult {
  const path = exponentPath(problem.p);
  let iterate: Iterate = predict(problem, start, path[0] as number);
  // Single precision will do until a step gains less than it should, or rows depend too much on each other; exponents far from 2 soon need more.
  let route: Route = start.drafted === true && path.length === 1 ? "draft" : options.route;
  let iterations = 0;
  let pivots = 0;
  const exact = (): boolean => route === "orthogonal" || problem.rows === undefined;
  const step = (at: Iterate, p: number): { iterate: Iterate; model: ModelSolution } => {
    let next = newtonStep(problem, at, p, route);
    if (next.model.status !== "optimal" && !exact()) {
      // The products have lost their digits, would lose them again in the steps that follow, and may have left weights that are not feasible.
      route = "orthogonal";
      next = newtonStep(problem, { ...at, predicted: true }, p, route);
    }
    if (route === "draft" && next.model.drafted !== true) route = "gram";
    iterations++;
    pivots += next.model.pivots;
    return next;
  };
  for (const p of path.slice(0, -1)) {
    for (let k = 0; k < 2 && iterations < options.maxIter; k++) {
      iterate = step(lead(problem, iterate, p), p).iterate;
    }
  }
  iterate = lead(problem, iterate, problem.p);
  let best: ScaledPoint = iterate;
  let optimality = measure(problem, iterate);
  let fruitless = 0;
  // Once tol is met the iteration goes on while a step still gains a digit: near the solution one step doubles the digits.
  while (iterations < options.maxIter && worstError(optimality) > PERFECT) {
    const done = worstError(optimality) <= options.tol;
    const next = step(iterate, problem.p);
    iterate = next.iterate;
    let candidate: ScaledPoint = iterate;
    let reached = measure(problem, iterate);
    if (worstError(reached) < NEAR && worstError(reached) > PERFECT && problem.p < 2) {
      // Large multipliers that cancel leave rounding in phi^{-1}(A' lambda); the weights of the model meet the constraints themselves.
      const direct: ScaledPoint = { ...iterate, w: next.model.w };
      const other = measure(problem, direct);
      if (worstError(other) < worstError(reached)) [candidate, reached] = [direct, other];
    }
    if (worstError(reached) < (problem.p < 2 ? NEAR_FACTOR.belowTwo : NEAR_FACTOR.aboveTwo) && worstError(reached) > PERFECT) {
      const solved = solveActiveEquations(problem, candidate, next.model, problem.p);
      const other = solved === undefined ? reached : measure(problem, solved);
      if (solved !== undefined && worstError(other) < worstError(reached)) {
        [candidate, reached] = [solved, other];
        iterate = { ...solved, active: iterate.active };
      }
    }
    const spoiled = route === "draft" && worstError(reached) > ENOUGH * worstError(optimality) && worstError(optimality) > GOOD;
    if (spoiled) route = "gram";
    fruitless = spoiled || worstError(reached) < (done ? 0.1 : 0.99) * worstError(optimality) ? 0 : fruitless + 1;
    if (worstError(reached) < worstError(optimality)) {
      best = candidate;
      optimality = reached;
    }
    if (fruitless < (worstError(optimality) <= FINE ? 1 : done ? 3 : PATIENCE)) continue;
    if (exact() || worstError(optimality) <= GOOD) break;
    route = "orthogonal";
    fruitless = 0;
  }
  return { point: best, optimality, iterations, pivots };
}

/** Exponents from 2 towards p; the degree of the leading function at most doubles from one to the next. */
function exponentPath(p: number): number[] {
  const degree = p < 2 ? p / (p - 1) : p;
  const path: number[] = [];
  for (let d = 3; d < degree / 1.3; d = 2 * d - 1) path.push(p < 2 ? d / (d - 1) : d);
  return [...path, p];
}

/**
 * Follows the tangent of the path of solutions over p at p = 2 with the active rows as equations, where the factor is at hand. There
 * |w|^(p-1) sign w = A' lambda gives dw + w ln|w| = A' dlambda, and A dw = 0. The unit of w is chosen so that w ln|w| is orthogonal to w, and with it
 * b' dlambda = 0: some multiplier stays positive.
 */
function predict({ operator, count }: ScaledProblem, start: ModelSolution, p: number): Iterate {
  if (start.solveActive === undefined) return start;
  const along = Math.log(p - 1);
  const logs = start.w.map((v) => (v === 0 ? 0 : Math.log(Math.abs(v))));
  const squares = start.w.map((v) => v * v);
  const middle = rowDot(squares, 0, logs) / squares.reduce((sum, v) => sum + v, 0);
  const bend = start.w.map((v, j) => v * ((logs[j] as number) - middle));
  const margins = operator.apply(bend);
  const rest = Float64Array.from(start.active, (i) => margins[i] as number);
  start.solveActive(rest);
  const change = new Float64Array(count);
  start.active.forEach((i, k) => {
    change[i] = rest[k] as number;
  });
  const u = operator.combine(change);
  const w = start.w.map((v, j) => v + along * ((u[j] as number) - (bend[j] as number)));
  const multipliers = start.multipliers.map((v, i) => Math.max(0, v + along * (change[i] as number)));
  return { w, multipliers, active: start.active, predicted: true };
}

/** Makes an iterate consistent for exponent p. */
function lead(problem: ScaledProblem, iterate: Iterate, p: number): Iterate {
  const multipliers = iterate.multipliers;
  const q = p / (p - 1);
  const image = iterate.image?.slice() ?? problem.operator.combine(multipliers);
  const length = makeUnit(image, q);
  const scaled = multipliers.map((v) => v / length);
  if (p > 2) return { ...iterate, multipliers: scaled, image };
  const distance = rhsDot(problem, scaled);
  return { ...iterate, multipliers: scaled, image, w: signedPowers(image, q - 1).map((v) => v * distance) };
}

/** Replaces the objective by its second-order model, solves that as a weighted least-distance problem, and searches along the step. */
function newtonStep(problem: ScaledProblem, at: Iterate, p: number, route: Route): { iterate: Iterate; model: ModelSolution } {
  const model = solveModel(problem, at, p, route);
  if (model.status !== "optimal") return { iterate: at, model: { ...model, w: at.w } };
  const next = p < 2 ? searchMultipliers(problem, at, model, p) : searchWeights(problem, at, model, p);
  return { iterate: next, model };
}

/** p < 2: the largest b' lambda / ||A' lambda||_q on the segment from the present multipliers to those of the model. */
function searchMultipliers(problem: ScaledProblem, at: Iterate, model: ModelSolution, p: number): Iterate {
  const q = p / (p - 1);
  const size = rhsDot(problem, at.multipliers);
  const step = model.multipliers.map((v, i) => v - size * (at.multipliers[i] as number));
  const u0 = at.image ?? problem.operator.combine(at.multipliers);
  const du = model.image.map((v, j) => v - size * (u0[j] as number));
  const rate = rhsDot(problem, step);
  const t = rootOfSlope(isTiny(du, u0, size), (s) => {
    const u = u0.map((v, j) => size * v + s * (du[j] as number));
    const length = makeUnit(u, q);
    const distance = (size * size + s * rate) / length;
    const w = signedPowers(u, q - 1);
    let along = 0;
    for (let j = 0; j < w.length; j++) along += (w[j] as number) * (du[j] as number);
    return rate - distance * along;
  });
  const multipliers = t === 1 ? model.multipliers : at.multipliers.map((v, i) => Math.max(0, size * v + t * (step[i] as number)));
  const image = t === 1 ? model.image : u0.map((v, j) => size * v + t * (du[j] as number));
  return lead(problem, { w: at.w, multipliers, image, active: model.active }, p);
}

/** p > 2: the least ||w||_p on the segment from the present weights to those of the model; both ends are feasible, so all of it is. */
function searchWeights(problem: ScaledProblem, at: Iterate, model: ModelSolution, p: number): Iterate {
  const dw = model.w.map((v, j) => v - (at.w[j] as number));
  // Predicted weights may violate constraints: then only the model's end of the segment is feasible.
  const t = rootOfSlope(at.predicted === true || isTiny(dw, at.w, 1), (s) => {
    const w = at.w.map((v, j) => v + s * (dw[j] as number));
    makeUnit(w, p);
    const gradient = signedPowers(w, p - 1);
    let along = 0;
    for (let j = 0; j < w.length; j++) along -= (gradient[j] as number) * (dw[j] as number);
    return along;
  });
  const w = at.w.map((v, j) => v + t * (dw[j] as number));
  return lead(problem, { w, multipliers: model.multipliers, image: model.image, active: model.active }, p);
}

/** Below this relative length of a step its slope, which is of second order, drowns in rounding; the Newton step is then right as it is. */
const TINY_STEP = 1e-6;

function isTiny(step: Float64Array, from: Float64Array, scale: number): boolean {
  return largestMagnitude(step) <= TINY_STEP * scale * largestMagnitude(from);
}

/** The step in (0, 1] where the slope of a concave function has fallen to (nearly) zero: 1 unless it is negative there, else by the Illinois method. */
function rootOfSlope(whole: boolean, slope: (t: number) => number): number {
  if (whole) return 1;
  let low = 0;
  let atLow = slope(0);
  let high = 1;
  let atHigh = slope(1);
  const enough = 0.05 * atLow;
  if (!(atLow > 0) || atHigh >= -enough) return 1;
  for (let k = 0; k < 40; k++) {
    const t = (low * atHigh - high * atLow) / (atHigh - atLow);
    const v = slope(t);
    if (Math.abs(v) <= enough) return t;
    if (v > 0) {
      low = t;
      atLow = v;
      atHigh /= 2;
    } else {
      high = t;
      atHigh = v;
      atLow /= 2;
    }
  }
  return low > 0 ? low : high;
}
