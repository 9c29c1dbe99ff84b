import { descendDual, type LinearDualProblem, type LinearSolution, largestMultipliers } from "./dual-coordinate-descent.ts";

/**
 * A linear classifier by {@link descendDual}: β is the multiplier α times the label y, $0 \le \alpha_i \le U_i$ with U = C for the hinge and
 * infinity for its square, and the violation is the spread of the projected gradients.
 *
 * Hsieh, Chang, Lin, Keerthi and Sundararajan 2008, algorithm 3.
 */
export function solveLinearSvcDual(problem: LinearDualProblem): LinearSolution {
  const { targets: signs } = problem;
  const most = largestMultipliers(problem);
  // Projected gradients, in terms of α, of this pass and what the last one left out coordinates by.
  let high = 0;
  let low = 0;
  let oldHigh = Number.POSITIVE_INFINITY;
  let oldLow = Number.NEGATIVE_INFINITY;
  return descendDual(problem, {
    epsilon: 0,
    lower: most.map((U, i) => ((signs[i] as number) > 0 ? 0 : -U)),
    upper: most.map((U, i) => ((signs[i] as number) > 0 ? U : 0)),
    observe: (i, gradient, beta) => {
      const g = (signs[i] as number) * gradient;
      if (beta === 0) {
        if (g > oldHigh) return false;
        if (g < low) low = g;
      } else if (Math.abs(beta) === most[i]) {
        if (g < oldLow) return false;
        if (g > high) high = g;
      } else if (g > high) high = g;
      else if (g < low) low = g;
      return true;
    },
    endPass: (full) => {
      const spread = high - low;
      oldHigh = full || high === 0 ? Number.POSITIVE_INFINITY : high;
      oldLow = full || low === 0 ? Number.NEGATIVE_INFINITY : low;
      high = 0;
      low = 0;
      return spread;
    },
    relative: false,
    loss: (sign, value) => Math.max(0, 1 - sign * value),
  });
}
