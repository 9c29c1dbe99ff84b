import type { SvmCertificate } from "../linear/svm-certificate.ts";
import { cacheSize, createKernelCache } from "./kernel-cache.ts";
import type { KernelSource } from "./kernel-source.ts";
import { TAU } from "./smo-module.ts";
import { openWorkspace } from "./smo-workspace.ts";

/**
 * The quadratic problem behind every kernel machine here:
 * $\min_\beta \tfrac12\beta^\top K\beta + \langle q, \beta\rangle$, $l \le \beta \le u$, the sum of β over each group fixed at its start.
 *
 * β is the multiplier times the label, so no sign appears anywhere else.
 */
export interface SmoProblem {
  readonly source: KernelSource;
  /** Row of each variable. */
  readonly rowOf: Int32Array;
  readonly linear: Float64Array;
  readonly lower: Float64Array;
  readonly upper: Float64Array;
  /** A feasible start. */
  readonly start: Float64Array;
  /** Group 0 or 1 of each variable; left out when there is one group. */
  readonly group?: Uint8Array;
  readonly tol: number;
  readonly maxIter: number;
  readonly cacheMb: number;
  readonly shrinking: boolean;
}

/** The solution and its certificate for the minimisation above; `dualObjective` is minus its value. */
export interface SmoSolution extends SvmCertificate {
  readonly beta: Float64Array;
  /** Multiplier of each group's sum: where the gradient of a free variable ends. */
  readonly rho: readonly [number, number];
}

const CAN_GROW = 1;
const CAN_SHRINK = 2;
const SHRINK_EVERY = 1000;

/**
 * Sequential minimal optimisation with second-order working sets (Fan, Chen and Lin 2005, WSS 2), shrinking and a bounded kernel cache.
 *
 * Ends when no pair of one group violates optimality by more than `tol`: $\max_{\beta_i < u_i} (-F_i) - \min_{\beta_j > l_j} (-F_j) \le$ `tol`, F the gradient.
 */
export function solveSmo(problem: SmoProblem): SmoSolution {
  const { source, tol, maxIter } = problem;
  const n = problem.rowOf.length;
  // The variables are reordered in place: those still active come first.
  const order = Int32Array.from({ length: n }, (_, t) => t);
  const rowAt = problem.rowOf.slice();
  const lower = problem.lower.slice();
  const upper = problem.upper.slice();
  const beta = problem.start.slice();
  const linear = problem.linear.slice();
  const group = problem.group?.slice() ?? new Uint8Array(n);
  const numGroups = problem.group === undefined ? 1 : 2;
  const size = cacheSize(source.numRows, n, problem.cacheMb);
  const work = openWorkspace(source, rowAt, size.slots * size.stride + (2 + 2 * numGroups) * (n + 1));
  const { sweeps } = work;
  const arrayOf = (values: ArrayLike<number>): Float64Array => {
    const taken = work.take(n);
    taken.set(values);
    return taken;
  };
  const F = arrayOf(linear);
  const diagonal = arrayOf(Float64Array.from(rowAt, (row) => source.diagonal[row] as number));
  const closed = new Float64Array(n).fill(Number.POSITIVE_INFINITY);
  // Per group, 0 for a variable that can grow (shrink) and infinity for all others: added to a gradient, it takes it out of the comparison.
  const growPenalty = [0, 1].slice(0, numGroups).map(() => arrayOf(closed));
  const shrinkPenalty = [0, 1].slice(0, numGroups).map(() => arrayOf(closed));
  const flags = new Uint8Array(n);
  const cache = createKernelCache(work, rowAt, source.numRows, size);
  let active = n;

  const setFlags = (t: number): void => {
    const b = beta[t] as number;
    const g = group[t] as number;
    const grows = b < (upper[t] as number);
    const shrinks = b > (lower[t] as number);
    flags[t] = (grows ? CAN_GROW : 0) | (shrinks ? CAN_SHRINK : 0);
    (growPenalty[g] as Float64Array)[t] = grows ? 0 : Number.POSITIVE_INFINITY;
    (shrinkPenalty[g] as Float64Array)[t] = shrinks ? 0 : Number.POSITIVE_INFINITY;
  };
  for (let t = 0; t < n; t++) setFlags(t);

  /** Gradient of the positions from `from` on, by the columns of the nonzero variables. */
  const computeGradient = (from: number): void => {
    if (from === n) return;
    F.set(linear.subarray(from), from);
    for (let s = 0; s < n; s++) {
      const b = beta[s] as number;
      if (b === 0) continue;
      const column = cache.column(s, n);
      for (let t = from; t < n; t++) F[t] = (F[t] as number) + b * (column[t] as number);
    }
  };
  computeGradient(beta.every((b) => b === 0) ? n : 0);

  // Per group: the steepest variable that can grow, and the largest gradient among those that can shrink.
  const growAt = [-1, -1];
  const growMost = [Number.NEGATIVE_INFINITY, Number.NEGATIVE_INFINITY];
  const shrinkMost = [Number.NEGATIVE_INFINITY, Number.NEGATIVE_INFINITY];
  /** Changes the gradient, and finds each group's steepest variable on the way. */
  const sweep = (d: number, a: Float64Array, b: Float64Array): void => {
    for (let g = 0; g < numGroups; g++) {
      const at = sweeps.step(active, F, g === 0 ? d : 0, a, b, growPenalty[g] as Float64Array);
      growAt[g] = at;
      growMost[g] = at < 0 ? Number.NEGATIVE_INFINITY : -(F[at] as number);
    }
  };
  const selectGrow = (): void => sweep(0, F, F);
  let best = -1;
  let bestGain = 0;
  /** The partner in group g whose step with the group's steepest variable gains most. */
  const selectPartner = (g: number): void => {
    const i = growAt[g] as number;
    const column = i < 0 ? F : cache.column(i, active);
    const penalty = shrinkPenalty[g] as Float64Array;
    const own = i < 0 ? 0 : (diagonal[i] as number);
    const { at, gain, worst } = sweeps.partner(active, { gradient: F, column, diagonal, penalty, most: growMost[g] as number, own });
    shrinkMost[g] = worst;
    if (at >= 0 && gain > bestGain) {
      bestGain = gain;
      best = at;
    }
  };
  const violation = (): number => {
    let worst = 0;
    for (let g = 0; g < numGroups; g++) worst = Math.max(worst, (growMost[g] as number) + (shrinkMost[g] as number));
    return worst;
  };
  const select = (): number => {
    best = -1;
    bestGain = 0;
    for (let g = 0; g < numGroups; g++) selectPartner(g);
    return violation();
  };

  /** Moves the pair as far as it pays, updates the gradient, and picks the next steepest variable in the same sweep. */
  const step = (i: number, j: number): void => {
    const ofI = cache.column(i, active);
    const ofJ = cache.column(j, active);
    const curvature = (diagonal[i] as number) + (diagonal[j] as number) - 2 * (ofI[j] as number);
    const roomI = (upper[i] as number) - (beta[i] as number);
    const roomJ = (beta[j] as number) - (lower[j] as number);
    const d = Math.min(((F[j] as number) - (F[i] as number)) / (curvature > 0 ? curvature : TAU), roomI, roomJ);
    beta[i] = d === roomI ? (upper[i] as number) : (beta[i] as number) + d;
    beta[j] = d === roomJ ? (lower[j] as number) : (beta[j] as number) - d;
    setFlags(i);
    setFlags(j);
    sweep(d, ofI, ofJ);
  };

  const activateAll = (): void => {
    const from = active;
    active = n;
    computeGradient(from);
    selectGrow();
  };
  const reorder = <T extends Float64Array | Int32Array | Uint8Array>(values: T, kept: Int32Array, dropped: Int32Array): void => {
    const before = values.slice(0, active);
    kept.forEach((t, k) => {
      values[k] = before[t] as number;
    });
    dropped.forEach((t, k) => {
      values[kept.length + k] = before[t] as number;
    });
  };
  /** Leaves out variables at a bound that no active variable of their group pulls away from it. */
  const shrink = (): void => {
    const settled = (t: number): boolean => {
      const g = group[t] as number;
      if (flags[t] === CAN_SHRINK) return -(F[t] as number) > (growMost[g] as number);
      return flags[t] === 0 || (flags[t] === CAN_GROW && (F[t] as number) > (shrinkMost[g] as number));
    };
    const positions = Int32Array.from({ length: active }, (_, t) => t);
    const kept = positions.filter((t) => !settled(t));
    // Reordering costs a sweep over the whole cache: a few variables are not worth it.
    if (active - kept.length < 0.05 * active || kept.length < 2) return;
    const dropped = positions.filter(settled);
    cache.reorder(kept, dropped);
    const arrays = [order, rowAt, lower, upper, beta, linear, group, F, diagonal, flags, ...growPenalty, ...shrinkPenalty];
    for (const values of arrays) reorder(values, kept, dropped);
    work.kernel.reorder();
    active = kept.length;
    selectGrow();
  };

  const period = Math.min(n, SHRINK_EVERY);
  let sinceShrink = 0;
  let unshrunk = false;
  let iterations = 0;
  selectGrow();
  while (true) {
    let worst = select();
    if (worst <= tol || best < 0) {
      if (active === n) break;
      activateAll();
      worst = select();
      if (worst <= tol || best < 0) break;
      sinceShrink = period;
    }
    if (iterations >= maxIter) break;
    // Reordering moves every cached column, which is worth as many iterations as there are columns, and more.
    if (problem.shrinking && ++sinceShrink >= period && sinceShrink >= 2 * cache.size()) {
      sinceShrink = 0;
      if (!unshrunk && worst <= 10 * tol) {
        unshrunk = true;
        if (active < n) activateAll();
      } else shrink();
      select();
    }
    if (best < 0) continue;
    step(growAt[group[best] as number] as number, best);
    iterations++;
  }
  if (active < n) {
    activateAll();
    select();
  }
  return finish({ beta, F, linear, lower, upper, group, flags, order }, numGroups, Math.max(0, violation()), iterations, tol);
}

interface FinalState {
  readonly beta: Float64Array;
  readonly F: Float64Array;
  readonly linear: Float64Array;
  readonly lower: Float64Array;
  readonly upper: Float64Array;
  readonly group: Uint8Array;
  readonly flags: Uint8Array;
  readonly order: Int32Array;
}

function finish(state: FinalState, numGroups: number, kktViolation: number, iterations: number, tol: number): SmoSolution {
  const { beta, F, linear, lower, upper, group, order } = state;
  const rho = [groupRho(state, 0), numGroups === 2 ? groupRho(state, 1) : 0] as const;
  let value = 0;
  let gap = 0;
  const inOrder = new Float64Array(beta.length);
  beta.forEach((b, t) => {
    const f = F[t] as number;
    value += 0.5 * b * (f + (linear[t] as number));
    const slope = f - (rho[group[t] as 0 | 1] as number);
    // What the box still lets this variable gain: the duality gap, term by term.
    gap += slope > 0 ? (b - (lower[t] as number)) * slope : ((upper[t] as number) - b) * -slope;
    inOrder[order[t] as number] = b;
  });
  return {
    status: kktViolation <= tol ? "optimal" : "iterationLimit",
    beta: inOrder,
    rho,
    primalObjective: gap - value,
    dualObjective: -value,
    dualityGap: gap,
    kktViolation,
    iterations,
  };
}

/** The mean gradient of the free variables, or the middle of what the bounded ones allow. */
function groupRho({ F, group, flags }: FinalState, g: number): number {
  let sum = 0;
  let free = 0;
  let most = Number.POSITIVE_INFINITY;
  let least = Number.NEGATIVE_INFINITY;
  F.forEach((f, t) => {
    if (group[t] !== g) return;
    if (flags[t] === (CAN_GROW | CAN_SHRINK)) {
      sum += f;
      free++;
    } else if (flags[t] === CAN_GROW) most = Math.min(most, f);
    else if (flags[t] === CAN_SHRINK) least = Math.max(least, f);
  });
  if (free > 0) return sum / free;
  if (most === Number.POSITIVE_INFINITY) return least === Number.NEGATIVE_INFINITY ? 0 : least;
  return least === Number.NEGATIVE_INFINITY ? most : (most + least) / 2;
}
