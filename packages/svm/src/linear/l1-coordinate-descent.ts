import { createMixer } from "./coordinate-order.ts";
import type { CsrMatrix } from "./csr-matrix.ts";
import type { LinearSolution } from "./dual-coordinate-descent.ts";

/** A binary linear SVC with the l1 penalty and the squared hinge. */
export interface SparseLinearSvcProblem {
  /** The features as rows, a feature of the value `interceptScaling` behind them when there is an intercept: `[features, samples]`. */
  readonly features: CsrMatrix;
  readonly signs: Float64Array;
  readonly costs: Float64Array;
  /** 0 when there is no intercept. */
  readonly interceptScaling: number;
  readonly tol: number;
  readonly maxIter: number;
}

const SUFFICIENT_DECREASE = 0.01;
const MAX_LINE_SEARCH = 20;

/**
 * Coordinate descent on $\lVert w\rVert_1 + \sum_i C_i \max(0, 1 - y_i\langle w, x_i\rangle)^2$, one Newton step with a line search per
 * feature, and shrinking of features that stay at zero.
 *
 * Yuan, Chang, Hsieh and Lin 2010, section 4.
 */
export function solveLinearSvcL1(problem: SparseLinearSvcProblem): LinearSolution {
  const { features, signs, costs, tol, maxIter } = problem;
  const { indptr, indices } = features;
  const numCoef = features.rows;
  const w = new Float64Array(numCoef);
  const slack = new Float64Array(signs.length).fill(1); // 1 - y <w, x>
  const signed = features.data.map((v, k) => v * (signs[indices[k] as number] as number));
  const weightOfSquares = new Float64Array(numCoef); // sum of C x^2: a bound on half the curvature
  for (let j = 0; j < numCoef; j++) {
    for (let k = indptr[j] as number; k < (indptr[j + 1] as number); k++) {
      weightOfSquares[j] = (weightOfSquares[j] as number) + (costs[indices[k] as number] as number) * (signed[k] as number) ** 2;
    }
  }

  /** Derivative of the loss along feature j, and its second derivative. */
  const derivatives = { first: 0, second: 0 };
  const differentiate = (j: number): void => {
    let first = 0;
    let second = 0;
    const stop = indptr[j + 1] as number;
    for (let k = indptr[j] as number; k < stop; k++) {
      const i = indices[k] as number;
      const b = slack[i] as number;
      if (b <= 0) continue;
      const v = signed[k] as number;
      const cv = (costs[i] as number) * v;
      first -= cv * b;
      second += cv * v;
    }
    derivatives.first = 2 * first;
    derivatives.second = Math.max(2 * second, 1e-12);
  };
  /** Moves feature j by `change`; returns how much the loss grows. */
  const move = (j: number, change: number): number => {
    let growth = 0;
    const stop = indptr[j + 1] as number;
    for (let k = indptr[j] as number; k < stop; k++) {
      const i = indices[k] as number;
      const before = slack[i] as number;
      const after = before - change * (signed[k] as number);
      slack[i] = after;
      const was = before > 0 ? before * before : 0;
      growth += (costs[i] as number) * ((after > 0 ? after * after : 0) - was);
    }
    return growth;
  };
  const search = (j: number, direction: number): void => {
    const { first } = derivatives;
    const at = w[j] as number;
    let d = direction;
    let done = 0;
    let growth = 0;
    let expected = Math.abs(at + d) - Math.abs(at) + first * d;
    for (let trial = 0; trial < MAX_LINE_SEARCH; trial++) {
      const penalty = Math.abs(at + d) - Math.abs(at) - SUFFICIENT_DECREASE * expected;
      growth += move(j, d - done);
      done = d;
      if ((weightOfSquares[j] as number) * d * d + first * d + penalty <= 0 || growth + penalty <= 0) {
        w[j] = at + d;
        return;
      }
      d *= 0.5;
      expected *= 0.5;
    }
    move(j, -done);
  };
  const violationOf = (j: number): number => {
    differentiate(j);
    const at = w[j] as number;
    if (at === 0) return Math.max(0, Math.abs(derivatives.first) - 1);
    return Math.abs(derivatives.first + Math.sign(at));
  };
  const totalViolation = (): number => {
    let sum = 0;
    for (let j = 0; j < numCoef; j++) sum += violationOf(j);
    return sum;
  };

  const order = Int32Array.from({ length: numCoef }, (_, j) => j);
  const mix = createMixer();
  // As in liblinear, `tol` is relative to the violation at w = 0 times the rarer sign's share of the rows.
  let positive = 0;
  for (const y of signs) if (y > 0) positive++;
  const rarer = Math.max(1, Math.min(positive, signs.length - positive)) / signs.length;
  const start = totalViolation() * rarer;
  let active = numCoef;
  let oldWorst = Number.POSITIVE_INFINITY;
  let iterations = 0;
  let total = start;
  while (iterations < maxIter && start > 0) {
    iterations++;
    mix(order, active);
    let worst = 0;
    total = 0;
    for (let s = 0; s < active; s++) {
      const j = order[s] as number;
      const violation = violationOf(j);
      const { first, second } = derivatives;
      const at = w[j] as number;
      if (at === 0 && Math.abs(first) < 1 - oldWorst / signs.length) {
        active--;
        order[s] = order[active] as number;
        order[active] = j;
        s--;
        continue;
      }
      if (violation > worst) worst = violation;
      total += violation;
      let d = -at;
      if (first + 1 < second * at) d = -(first + 1) / second;
      else if (first - 1 > second * at) d = -(first - 1) / second;
      if (Math.abs(d) >= 1e-15) search(j, d);
    }
    if (total <= tol * start) {
      if (active === numCoef) {
        total = totalViolation();
        if (total <= tol * start) break;
      }
      active = numCoef;
      oldWorst = Number.POSITIVE_INFINITY;
    } else oldWorst = worst;
  }
  // Sums of thousands of updates drift from 1 - y <w, x>: the certificate is taken from the weights themselves.
  slack.fill(1);
  for (let j = 0; j < numCoef; j++) {
    for (let k = indptr[j] as number; k < (indptr[j + 1] as number); k++) {
      const i = indices[k] as number;
      slack[i] = (slack[i] as number) - (w[j] as number) * (signed[k] as number);
    }
  }
  total = totalViolation();
  return certify(problem, w, slack, start === 0 ? 0 : total / start, iterations);
}

/** The dual point is the gradient of the losses, scaled until no feature's correlation with it exceeds 1. */
function certify(
  problem: SparseLinearSvcProblem,
  w: Float64Array,
  slack: Float64Array,
  kktViolation: number,
  iterations: number,
): LinearSolution {
  const { features, signs, costs, interceptScaling, tol } = problem;
  let loss = 0;
  const multipliers = slack.map((b, i) => 2 * (costs[i] as number) * Math.max(0, b));
  slack.forEach((b, i) => {
    loss += (costs[i] as number) * Math.max(0, b) ** 2;
  });
  if (interceptScaling > 0) balance(multipliers, signs, interceptScaling);
  let largest = 0;
  for (let j = 0; j < features.rows; j++) {
    let correlation = 0;
    for (let k = features.indptr[j] as number; k < (features.indptr[j + 1] as number); k++) {
      const i = features.indices[k] as number;
      correlation += (multipliers[i] as number) * (signs[i] as number) * (features.data[k] as number);
    }
    largest = Math.max(largest, Math.abs(correlation));
  }
  const scale = largest > 1 ? 1 / largest : 1;
  let dualObjective = 0;
  multipliers.forEach((m, i) => {
    if (m > 0) dualObjective += scale * m - (scale * m) ** 2 / (4 * (costs[i] as number));
  });
  const primalObjective = w.reduce((sum, v) => sum + Math.abs(v), loss);
  const numFeatures = interceptScaling > 0 ? w.length - 1 : w.length;
  return {
    status: kktViolation <= tol ? "optimal" : "iterationLimit",
    coef: w.slice(0, numFeatures),
    intercept: interceptScaling > 0 ? (w[numFeatures] as number) * interceptScaling : 0,
    primalObjective,
    dualObjective,
    dualityGap: primalObjective - dualObjective,
    kktViolation,
    iterations,
  };
}

/**
 * Scales the multipliers of one sign until the constant feature's correlation is at most 1: it is the slowest to converge, and scaling all
 * multipliers for its sake would give a bound far below the optimum.
 */
function balance(multipliers: Float64Array, signs: Float64Array, bias: number): void {
  const sums = [0, 0];
  multipliers.forEach((m, i) => {
    const side = (signs[i] as number) > 0 ? 1 : 0;
    sums[side] = (sums[side] as number) + m * bias;
  });
  const [negative = 0, positive = 0] = sums;
  const excess = Math.abs(positive - negative) - 1;
  if (excess <= 0) return;
  const heavier = positive > negative ? 1 : -1;
  const factor = 1 - excess / Math.max(positive, negative);
  signs.forEach((y, i) => {
    if (y === heavier) multipliers[i] = (multipliers[i] as number) * factor;
  });
}
