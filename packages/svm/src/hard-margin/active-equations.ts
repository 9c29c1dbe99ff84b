import { dualExponent } from "@attnlab/linalg";
import type { ScaledProblem } from "./hard-margin-problem.ts";
import type { ModelSolution } from "./quadratic-model.ts";
import { makeUnit, type ScaledPoint, signedPowers } from "./scaled-point.ts";

const MOST_STEPS = 24;
/** Steps without a smaller residual after which the best point so far is given back. */
const PATIENCE = 2;
const ROUNDING = 16 * Number.EPSILON;

/**
 * Solves A phi^{-1}(A' lambda) = b over the active rows, the stationarity of ||A' lambda||_q^q / q - b' lambda, by nonlinear conjugate gradients
 * (Polak and Ribiere) preconditioned with the factor of the last model: a step costs two products with the rows instead of a new factor.
 *
 * Returns `undefined` when a multiplier turns negative or nothing is gained.
 */
export function solveActiveEquations(problem: ScaledProblem, at: ScaledPoint, model: ModelSolution, p: number): ScaledPoint | undefined {
  const { operator, rhs, count } = problem;
  const { active, solveActive } = model;
  if (solveActive === undefined) return undefined;
  const q = dualExponent(p);
  // Any fixed length of w will do: the factor belongs to its direction.
  const size = makeUnit(at.w.slice(), p);
  const multipliers = new Float64Array(count);
  for (const i of active) multipliers[i] = at.multipliers[i] as number;
  const image = operator.combine(multipliers);
  const direction = new Float64Array(count);
  let best: ScaledPoint | undefined;
  let first = 0;
  let least = Number.POSITIVE_INFINITY;
  let before = 0;
  let old: Float64Array | undefined;
  for (let k = 0, fruitless = 0; ; k++) {
    const unit = signedPowers(image, q - 1);
    const w = unit.map((v) => v * size);
    const margins = operator.apply(w);
    const rest = Float64Array.from(active, (i) => (rhs[i] as number) - (margins[i] as number));
    const error = rest.reduce((most, v) => Math.max(most, Math.abs(v)), 0);
    if (k === 0) first = error;
    let outside = 0;
    for (let i = 0; i < count; i++) outside = Math.max(outside, (rhs[i] as number) - (margins[i] as number));
    fruitless = error < 0.7 * least ? 0 : fruitless + 1;
    if (error < least) {
      least = error;
      best = { w, multipliers: multipliers.slice(), image: image.slice() };
    }
    // A row outside the active ones is violated more than these are off: then it is the active set that has to change.
    if (outside > 3 * error && k > 0 && error > ROUNDING) break;
    if (error <= ROUNDING || fruitless === PATIENCE || k === MOST_STEPS) break;
    const z = rest.slice();
    solveActive(z);
    let now = 0;
    let mixed = 0;
    for (let a = 0; a < z.length; a++) {
      now += (z[a] as number) * (rest[a] as number);
      if (old !== undefined) mixed += (z[a] as number) * (old[a] as number);
    }
    const keep = old === undefined ? 0 : Math.max(0, (now - mixed) / before);
    let slope = 0;
    for (let a = 0; a < z.length; a++) {
      const i = active[a] as number;
      direction[i] = (z[a] as number) + keep * (direction[i] as number);
      slope += (direction[i] as number) * (rest[a] as number);
    }
    before = now;
    old = rest;
    const du = operator.combine(direction);
    // The curvature along the direction: the derivative of phi^{-1} is (q - 1)|u|^(q-2).
    let curvature = 0;
    for (let j = 0; j < du.length; j++) {
      const u = image[j] as number;
      if (u !== 0) curvature += ((unit[j] as number) / u) * (du[j] as number) ** 2;
    }
    const step = slope / (size * (q - 1) * curvature);
    if (!(step > 0)) break;
    for (const i of active) {
      multipliers[i] = (multipliers[i] as number) + step * (direction[i] as number);
      if ((multipliers[i] as number) < 0) return undefined;
    }
    for (let j = 0; j < image.length; j++) image[j] = (image[j] as number) + step * (du[j] as number);
  }
  if (best?.image === undefined || least >= first) return undefined;
  const length = makeUnit(best.image as Float64Array, q);
  return { ...best, multipliers: best.multipliers.map((v) => v / length) };
}
