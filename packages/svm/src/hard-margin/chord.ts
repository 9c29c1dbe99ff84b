import { dualExponent } from "@attnlab/linalg";
import type { ScaledProblem } from "./hard-margin-problem.ts";
import type { ModelSolution } from "./quadratic-model.ts";
import { makeUnit, type ScaledPoint, signedPowers } from "./scaled-point.ts";

const MOST_STEPS = 20;
/** A step that reduces the error by less than this is the last. */
const GAIN = 0.3;
const ROUNDING = 4 * Number.EPSILON;

/**
 * Solves A phi^{-1}(A' lambda) = b over the active rows by Newton steps that all use the factor of the last model: a step then costs two products
 * with the rows instead of a new factor. Returns `undefined` when a multiplier turns negative or the steps do not contract.
 */
export function followChord(problem: ScaledProblem, at: ScaledPoint, model: ModelSolution, p: number): ScaledPoint | undefined {
  const { operator, rhs } = problem;
  const { active, solveActive } = model;
  if (solveActive === undefined) return undefined;
  const q = dualExponent(p);
  // Any fixed length of w will do: the factor belongs to its direction.
  const size = makeUnit(at.w.slice(), p);
  const multipliers = new Float64Array(at.multipliers.length);
  for (const i of active) multipliers[i] = size * (at.multipliers[i] as number);
  let before = Number.POSITIVE_INFINITY;
  for (let k = 0; ; k++) {
    const w = signedPowers(
      operator.combine(multipliers).map((v) => v / size),
      q - 1,
    ).map((v) => v * size);
    const margins = operator.apply(w);
    const rest = Float64Array.from(active, (i) => (rhs[i] as number) - (margins[i] as number));
    const error = rest.reduce((most, v) => Math.max(most, Math.abs(v)), 0);
    if (k > 0 && (error > GAIN * before || error <= ROUNDING || k === MOST_STEPS))
      return error <= before ? normalized(w, multipliers) : undefined;
    before = error;
    solveActive(rest);
    for (let j = 0; j < active.length; j++) {
      const i = active[j] as number;
      multipliers[i] = (multipliers[i] as number) + (rest[j] as number);
      if ((multipliers[i] as number) < 0) return undefined;
    }
  }

  function normalized(w: Float64Array, found: Float64Array): ScaledPoint {
    const length = makeUnit(operator.combine(found), q);
    return { w, multipliers: found.map((v) => v / length) };
  }
}
