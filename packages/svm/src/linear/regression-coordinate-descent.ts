import { createMixer } from "./coordinate-order.ts";
import type { LinearSolution } from "./dual-coordinate-descent.ts";
import type { RowOperations } from "./sample-rows.ts";

/** A linear SVR with the squared l2 penalty. */
export interface LinearSvrProblem {
  readonly operations: RowOperations;
  readonly squaredNorms: Float64Array;
  readonly numFeatures: number;
  readonly targets: Float64Array;
  /** C of each row times its weight; a row with 0 takes no part. */
  readonly costs: Float64Array;
  readonly epsilon: number;
  readonly squared: boolean;
  readonly interceptScaling: number;
  readonly tol: number;
  readonly maxIter: number;
}

/**
 * Dual coordinate descent with shrinking: $\min_\beta \tfrac12\lVert w\rVert^2 + \tfrac12\sum_i D_i\beta_i^2 - \langle z, \beta\rangle +
 * \varepsilon\lVert\beta\rVert_1$, $w = \sum_i \beta_i x_i$, $|\beta_i| \le U_i$, with U = C, D = 0 for the epsilon-insensitive loss and
 * U = infinity, D = 1/(2C) for its square.
 *
 * Ho and Lin 2012, algorithm 4.
 */
export function solveLinearSvrDual(problem: LinearSvrProblem): LinearSolution {
  const { operations, squaredNorms, targets, costs, epsilon, squared, interceptScaling: bias, tol, maxIter } = problem;
  const w = new Float64Array(problem.numFeatures);
  let wBias = 0;
  const beta = new Float64Array(targets.length);
  const diagonal = costs.map((C) => (squared ? 0.5 / C : 0));
  const upper = squared ? costs.map(() => Number.POSITIVE_INFINITY) : costs;
  const order = Int32Array.from(targets.keys()).filter((i) => (costs[i] as number) > 0);
  const mix = createMixer();

  const gradient = (i: number): number =>
    operations.dot(i, w) + wBias * bias - (targets[i] as number) + (diagonal[i] as number) * (beta[i] as number);
  const violationAt = (g: number, b: number, top: number): number => {
    if (b === 0) return Math.max(0, Math.abs(g) - epsilon);
    if (b >= top) return Math.max(0, g + epsilon);
    if (b <= -top) return Math.max(0, epsilon - g);
    return Math.abs(g + Math.sign(b) * epsilon);
  };
  /** Far enough beyond its bound, or inside the tube, to be left out until the next full pass. */
  const settled = (g: number, b: number, top: number, worst: number): boolean => {
    if (b === 0) return Math.abs(g) < epsilon - worst;
    if (b >= top) return g + epsilon < -worst;
    return b <= -top && g - epsilon > worst;
  };
  const totalViolation = (): number => {
    let sum = 0;
    for (const i of order) sum += violationAt(gradient(i), beta[i] as number, upper[i] as number);
    return sum;
  };

  const start = totalViolation();
  let total = start;
  let active = order.length;
  let oldWorst = Number.POSITIVE_INFINITY;
  let iterations = 0;
  while (iterations < maxIter && start > 0) {
    iterations++;
    mix(order, active);
    let worst = 0;
    total = 0;
    for (let s = 0; s < active; s++) {
      const i = order[s] as number;
      const b = beta[i] as number;
      const top = upper[i] as number;
      const g = gradient(i);
      if (settled(g, b, top, oldWorst)) {
        active--;
        order[s] = order[active] as number;
        order[active] = i;
        s--;
        continue;
      }
      const violation = violationAt(g, b, top);
      if (violation > worst) worst = violation;
      total += violation;
      const h = (squaredNorms[i] as number) + bias * bias + (diagonal[i] as number);
      let d = -b;
      if (g + epsilon < h * b) d = -(g + epsilon) / h;
      else if (g - epsilon > h * b) d = -(g - epsilon) / h;
      const next = Math.min(Math.max(b + d, -top), top);
      const step = next - b;
      if (step !== 0 && Number.isFinite(step)) {
        beta[i] = next;
        operations.addTo(i, step, w);
        wBias += step * bias;
      }
    }
    if (total <= tol * start) {
      if (active === order.length) {
        // Violations seen within a pass are older than its last step, so the final point is measured once more.
        total = totalViolation();
        if (total <= tol * start) break;
      }
      active = order.length;
      oldWorst = Number.POSITIVE_INFINITY;
    } else oldWorst = worst;
  }
  const kktViolation = start === 0 ? 0 : totalViolation() / start;

  let half = 0.5 * wBias * wBias;
  for (const v of w) half += 0.5 * v * v;
  let loss = 0;
  let gain = 0;
  for (const i of order) {
    const b = beta[i] as number;
    const z = targets[i] as number;
    const outside = Math.max(0, Math.abs(z - operations.dot(i, w) - wBias * bias) - epsilon);
    loss += (costs[i] as number) * (squared ? outside * outside : outside);
    gain += z * b - epsilon * Math.abs(b) - 0.5 * (diagonal[i] as number) * b * b;
  }
  return {
    status: kktViolation <= tol ? "optimal" : "iterationLimit",
    coef: w,
    intercept: wBias * bias,
    primalObjective: half + loss,
    dualObjective: gain - half,
    dualityGap: half + loss - (gain - half),
    kktViolation,
    iterations,
  };
}
