import { createMixer } from "./coordinate-order.ts";
import type { SvmCertificate } from "./svm-certificate.ts";
import type { WeightedRows } from "./weighted-rows.ts";

/** A linear machine with the squared l2 penalty, and how to solve it. */
export interface LinearDualProblem {
  readonly rows: WeightedRows;
  readonly squaredNorms: Float64Array;
  /** z of each row; +1 or -1 of a classifier. */
  readonly targets: Float64Array;
  /** C of each row, all weights included; a row with 0 takes no part. */
  readonly costs: Float64Array;
  /** Whether the losses are squared. */
  readonly squared: boolean;
  /** Value of the constant feature behind the intercept; 0 for none. */
  readonly interceptScaling: number;
  readonly tol: number;
  readonly maxIter: number;
}

/** What tells classifiers and regressions apart. */
export interface DualRule {
  /** ε of the term $\varepsilon|\beta_i|$. */
  readonly epsilon: number;
  /** Bounds of each β. */
  readonly lower: Float64Array;
  readonly upper: Float64Array;
  /** Takes note of the gradient at one coordinate; false leaves it out until the next full pass, as it is far enough beyond its bound. */
  readonly observe: (i: number, gradient: number, beta: number) => boolean;
  /** Returns how far the coordinates of the pass were from their optimum, and begins the next one, which leaves none out when it is `full`. */
  readonly endPass: (full: boolean) => number;
  /** Whether violations count relative to that at β = 0. */
  readonly relative: boolean;
  /** What a row with target z loses by the value f of its function, before any square. */
  readonly loss: (target: number, value: number) => number;
}

/** Weights of a linear function of the features, and the certificate of its problem. */
export interface LinearSolution extends SvmCertificate {
  readonly coef: Float64Array;
  readonly intercept: number;
}

/** The largest multiplier of each row: its cost, or without bound where the losses are squared. */
export function largestMultipliers({ costs, squared }: LinearDualProblem): Float64Array {
  return squared ? costs.map(() => Number.POSITIVE_INFINITY) : costs;
}

/**
 * Dual coordinate descent with shrinking: $\min_\beta \tfrac12\lVert w\rVert^2 + \tfrac12\sum_i D_i\beta_i^2 - \langle z, \beta\rangle +
 * \varepsilon\lVert\beta\rVert_1$, $w = \sum_i \beta_i x_i$, $l_i \le \beta_i \le u_i$, where D = 1/(2C) for squared losses and 0 for others.
 */
export function descendDual(problem: LinearDualProblem, rule: DualRule): LinearSolution {
  const { rows, squaredNorms, targets, costs, squared, interceptScaling: bias, tol, maxIter } = problem;
  const { epsilon, lower, upper } = rule;
  rows.weights.fill(0);
  let wBias = 0;
  const beta = new Float64Array(targets.length);
  const diagonal = costs.map((C) => (squared ? 0.5 / C : 0));
  const curvature = squaredNorms.map((norm, i) => norm + bias * bias + (diagonal[i] as number));
  const order = Int32Array.from(targets.keys()).filter((i) => (costs[i] as number) > 0);
  const mix = createMixer();

  const gradient = (i: number): number =>
    rows.dot(i) + wBias * bias - (targets[i] as number) + (beta[i] as number) * (diagonal[i] as number);
  const measureAll = (): number => {
    rule.endPass(true);
    for (const i of order) rule.observe(i, gradient(i), beta[i] as number);
    return rule.endPass(true);
  };

  const start = measureAll();
  const scale = rule.relative ? start : 1;
  let active = order.length;
  let iterations = 0;
  let violation = start;
  while (iterations < maxIter && start > 0) {
    iterations++;
    mix(order, active);
    for (let s = 0; s < active; s++) {
      const i = order[s] as number;
      const b = beta[i] as number;
      const g = gradient(i);
      if (!rule.observe(i, g, b)) {
        active--;
        order[s] = order[active] as number;
        order[active] = i;
        s--;
        continue;
      }
      const h = curvature[i] as number;
      let d = -b;
      if (g + epsilon < h * b) d = -(g + epsilon) / h;
      else if (g - epsilon > h * b) d = -(g - epsilon) / h;
      const next = Math.min(Math.max(b + d, lower[i] as number), upper[i] as number);
      const step = next - b;
      if (step !== 0 && Number.isFinite(step)) {
        beta[i] = next;
        rows.add(i, step);
        wBias += step * bias;
      }
    }
    const all = active === order.length;
    if (rule.endPass(false) <= tol * scale) {
      if (all) {
        // Violations seen within a pass are older than its last step, so the final point is measured once more.
        violation = measureAll();
        if (violation <= tol * scale) break;
      }
      rule.endPass(true);
      active = order.length;
    }
  }
  if (iterations > 0 && !(violation <= tol * scale)) violation = measureAll();
  const kktViolation = start > 0 ? violation / scale : 0;

  let half = 0.5 * wBias * wBias;
  for (const v of rows.weights) half += 0.5 * v * v;
  let loss = 0;
  let gain = 0;
  for (const i of order) {
    const b = beta[i] as number;
    const z = targets[i] as number;
    const excess = rule.loss(z, rows.dot(i) + wBias * bias);
    loss += (costs[i] as number) * (squared ? excess * excess : excess);
    gain += z * b - epsilon * Math.abs(b) - 0.5 * (diagonal[i] as number) * b * b;
  }
  return {
    status: kktViolation <= tol ? "optimal" : "iterationLimit",
    coef: rows.weights.slice(),
    intercept: wBias * bias,
    primalObjective: half + loss,
    dualObjective: gain - half,
    dualityGap: half + loss - (gain - half),
    kktViolation,
    iterations,
  };
}
