import { createMixer } from "./coordinate-order.ts";
import type { RowOperations } from "./sample-rows.ts";
import type { SvmCertificate } from "./svm-certificate.ts";

/** A binary linear SVC with the squared l2 penalty. */
export interface LinearSvcProblem {
  readonly operations: RowOperations;
  readonly squaredNorms: Float64Array;
  readonly numFeatures: number;
  /** +1 or -1 per row. */
  readonly signs: Float64Array;
  /** C of each row, all weights included; a row with 0 takes no part. */
  readonly costs: Float64Array;
  readonly squared: boolean;
  /** Value of the constant feature behind the intercept; 0 for none. */
  readonly interceptScaling: number;
  readonly tol: number;
  readonly maxIter: number;
}

/** Weights of a linear function of the features, and the certificate of its problem. */
export interface LinearSolution extends SvmCertificate {
  readonly coef: Float64Array;
  readonly intercept: number;
}

/**
 * Dual coordinate descent with shrinking: $\min_\alpha \tfrac12\lVert w\rVert^2 + \tfrac12\sum_i D_i\alpha_i^2 - \sum_i\alpha_i$,
 * $w = \sum_i \alpha_i y_i x_i$, $0 \le \alpha_i \le U_i$, with U = C, D = 0 for the hinge and U = infinity, D = 1/(2C) for its square.
 *
 * Hsieh, Chang, Lin, Keerthi and Sundararajan 2008, algorithm 3.
 */
export function solveLinearSvcDual(problem: LinearSvcProblem): LinearSolution {
  const { operations, squaredNorms, signs, costs, squared, interceptScaling: bias, tol, maxIter } = problem;
  const w = new Float64Array(problem.numFeatures);
  let wBias = 0;
  const alpha = new Float64Array(signs.length);
  const diagonal = costs.map((C) => (squared ? 0.5 / C : 0));
  const upper = squared ? costs.map(() => Number.POSITIVE_INFINITY) : costs;
  const curvature = squaredNorms.map((norm, i) => norm + bias * bias + (diagonal[i] as number));
  const order = Int32Array.from(signs.keys()).filter((i) => (costs[i] as number) > 0);
  const mix = createMixer();

  const gradient = (i: number): number =>
    (signs[i] as number) * (operations.dot(i, w) + wBias * bias) - 1 + (alpha[i] as number) * (diagonal[i] as number);
  const spread = (): number => {
    let high = 0;
    let low = 0;
    for (const i of order) {
      const g = projected(gradient(i), alpha[i] as number, upper[i] as number);
      if (g > high) high = g;
      if (g < low) low = g;
    }
    return high - low;
  };

  let active = order.length;
  let oldHigh = Number.POSITIVE_INFINITY;
  let oldLow = Number.NEGATIVE_INFINITY;
  let iterations = 0;
  let kktViolation = Number.POSITIVE_INFINITY;
  while (iterations < maxIter) {
    iterations++;
    mix(order, active);
    let high = Number.NEGATIVE_INFINITY;
    let low = Number.POSITIVE_INFINITY;
    for (let s = 0; s < active; s++) {
      const i = order[s] as number;
      const y = signs[i] as number;
      const a = alpha[i] as number;
      const top = upper[i] as number;
      const g = y * (operations.dot(i, w) + wBias * bias) - 1 + a * (diagonal[i] as number);
      // A multiplier at a bound whose gradient points further out than any did in the last pass is left out from now on.
      if ((a === 0 && g > oldHigh) || (a === top && g < oldLow)) {
        active--;
        order[s] = order[active] as number;
        order[active] = i;
        s--;
        continue;
      }
      const pg = projected(g, a, top);
      if (pg > high) high = pg;
      if (pg < low) low = pg;
      if (Math.abs(pg) > 1e-15) {
        const next = Math.min(Math.max(a - g / (curvature[i] as number), 0), top);
        const step = (next - a) * y;
        alpha[i] = next;
        operations.addTo(i, step, w);
        wBias += step * bias;
      }
    }
    if (high - low <= tol || active === 0) {
      if (active === order.length) {
        // Gradients seen within a pass are older than its last step, so the final point is measured once more.
        kktViolation = spread();
        if (kktViolation <= tol) break;
      }
      active = order.length;
      oldHigh = Number.POSITIVE_INFINITY;
      oldLow = Number.NEGATIVE_INFINITY;
    } else {
      oldHigh = high > 0 ? high : Number.POSITIVE_INFINITY;
      oldLow = low < 0 ? low : Number.NEGATIVE_INFINITY;
    }
  }
  if (!(kktViolation <= tol)) kktViolation = spread();

  let half = 0.5 * wBias * wBias;
  for (const v of w) half += 0.5 * v * v;
  let loss = 0;
  let gain = 0;
  for (const i of order) {
    const a = alpha[i] as number;
    const slack = Math.max(0, 1 - (signs[i] as number) * (operations.dot(i, w) + wBias * bias));
    loss += (costs[i] as number) * (squared ? slack * slack : slack);
    gain += a - 0.5 * (diagonal[i] as number) * a * a;
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

/** The part of the gradient that a multiplier in [0, top] can follow. */
function projected(g: number, alpha: number, top: number): number {
  if (alpha === 0) return Math.min(g, 0);
  return alpha === top ? Math.max(g, 0) : g;
}
