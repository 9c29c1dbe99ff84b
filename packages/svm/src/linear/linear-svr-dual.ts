import { descendDual, type LinearDualProblem, type LinearSolution, largestMultipliers } from "./dual-coordinate-descent.ts";

/**
 * A linear regression by {@link descendDual}: $|\beta_i| \le U_i$ with U = C for the epsilon-insensitive loss and infinity for its square, and the
 * violation is the sum over all coordinates, relative to that at β = 0.
 *
 * Ho and Lin 2012, algorithm 4.
 */
export function solveLinearSvrDual(problem: LinearDualProblem, epsilon: number): LinearSolution {
  const upper = largestMultipliers(problem);
  let total = 0;
  let worst = 0;
  let oldWorst = Number.POSITIVE_INFINITY;
  return descendDual(problem, {
    epsilon,
    lower: upper.map((U) => -U),
    upper,
    observe: (i, g, beta) => {
      const top = upper[i] as number;
      let violation = 0;
      if (beta === 0) {
        if (Math.abs(g) < epsilon - oldWorst) return false;
        violation = Math.abs(g) - epsilon;
      } else if (beta >= top) {
        if (g + epsilon < -oldWorst) return false;
        violation = g + epsilon;
      } else if (beta <= -top) {
        if (g - epsilon > oldWorst) return false;
        violation = epsilon - g;
      } else violation = Math.abs(g + Math.sign(beta) * epsilon);
      if (violation > 0) {
        total += violation;
        if (violation > worst) worst = violation;
      }
      return true;
    },
    endPass: (full) => {
      const sum = total;
      oldWorst = full ? Number.POSITIVE_INFINITY : worst;
      total = 0;
      worst = 0;
      return sum;
    },
    relative: true,
    loss: (target, value) => Math.max(0, Math.abs(target - value) - epsilon),
  });
}
