import { rowDot } from "../row-dot.ts";
import { PANEL } from "./least-distance-module.ts";
import { openLeastDistanceWorkspace, paddedLength, paddedRows } from "./least-distance-workspace.ts";
import {
  appendSplit,
  backSubstitute,
  basisLength,
  emptyBasis,
  forwardSubstitute,
  type OrthogonalBasis,
  removeVector,
  split,
} from "./orthogonal-basis.ts";
import { multiplyRows, type PanelRows, packPanels, panelDot, panelLength, rowStart } from "./panel-rows.ts";
import { rowLength } from "./row-length.ts";

/** The point nearest to the origin with G x >= h: rows `[count, dim]`, right-hand side `[count]`. */
export interface LeastDistanceProblem {
  readonly count: number;
  readonly dim: number;
  readonly rows: Float64Array;
  readonly rhs: Float64Array;
}

/** What {@link solveLeastDistance} found. */
export interface LeastDistanceResult {
  readonly status: "optimal" | "infeasible" | "pivotLimit";
  /** The point, x = G' multipliers, `[dim]`. */
  readonly x: Float64Array;
  /** Multipliers >= 0, `[count]`; when infeasible, y >= 0 with G'y = 0 and h'y > 0. */
  readonly multipliers: Float64Array;
  /** Indices of the rows that hold with equality and carry the multipliers. */
  readonly active: readonly number[];
  /** Changes of the active set. */
  readonly pivots: number;
}

/** A row whose part outside the span of the active rows is smaller than this share of it counts as dependent. */
const DEPENDENT = 1e-13;
/** A violation below this share of the terms it is the difference of is rounding. */
const ROUNDING = 64 * Number.EPSILON;
/** A dependent row proves infeasibility only if every feasible point would be this many times farther away than the present one. */
const FARKAS_PROOF = 1e10;

/** Rows in their panels with their right-hand sides, `[count]`, and lengths. */
export interface PanelProblem {
  readonly rows: PanelRows;
  readonly rhs: Float64Array;
  readonly lengths: Float64Array;
}

/** What a solved problem leaves in its workspace. */
export interface ActiveSet {
  readonly problem: PanelProblem;
  readonly basis: OrthogonalBasis;
  readonly active: number[];
  /** Multipliers of the active rows, in their order. */
  readonly multipliers: Float64Array;
  /** What a round of refinement works on, in the same order. */
  readonly correction: Float64Array;
  /** How the multipliers change while a row enters, with the opposite sign. */
  readonly direction: Float64Array;
  readonly x: Float64Array;
  readonly isActive: Uint8Array;
  /** Rows whose violation was shown to be rounding since the last change of the point. */
  readonly ignored: Uint8Array;
  pivots: number;
}

/**
 * Solves min ||x||_2 subject to G x >= h by the dual active-set method of Goldfarb and Idnani (1983), started from a guess of the active rows.
 *
 * It adds the most violated row, keeps all multipliers >= 0 on the way, and stops with the solution or a proof that there is none.
 */
export function solveLeastDistance({ count, dim, rows, rhs }: LeastDistanceProblem, guess: readonly number[]): LeastDistanceResult {
  const workspace = openLeastDistanceWorkspace(panelLength(count, dim) + activeSetLength(count, dim) + paddedRows(count));
  const packed = packPanels(workspace, rows, count, dim);
  const lengths = workspace.take(count);
  for (let i = 0; i < count; i++) lengths[i] = rowLength(rows, i * dim, dim);
  const set = emptyActiveSet({ rows: packed, rhs, lengths });
  if (guess.length > 0) {
    appendRows(set, guess);
    dropNegative(set);
  }
  const outcome = improve(set);
  return typeof outcome === "number" ? infeasible(set, outcome) : result(set, outcome);
}

/** Goes on from an active set whose multipliers are >= 0 to the solution, or to a row that contradicts the active ones: then its index is returned. */
export function improve(set: ActiveSet): "optimal" | "pivotLimit" | number {
  const { count, dim } = set.problem.rows;
  const limit = 100 + 20 * (count + dim);
  let refined = true;
  while (set.pivots <= limit) {
    const row = mostViolated(set);
    if (row < 0) {
      if (refined) return "optimal";
      refined = refine(set);
      continue;
    }
    refined = false;
    if (!enter(set, row, limit)) return row;
  }
  return "pivotLimit";
}

/** Numbers that an active set takes from the workspace. */
export function activeSetLength(count: number, dim: number): number {
  const capacity = Math.min(count, dim);
  return basisLength(dim, capacity) + 3 * paddedLength(capacity) + paddedLength(dim);
}

/** No rows, and the origin. */
export function emptyActiveSet(problem: PanelProblem): ActiveSet {
  const { count, dim, workspace } = problem.rows;
  const capacity = Math.min(count, dim);
  const { take } = workspace;
  return {
    problem,
    basis: emptyBasis(workspace, dim, capacity),
    active: [],
    multipliers: take(capacity),
    correction: take(capacity),
    direction: take(capacity),
    x: take(dim).fill(0),
    isActive: new Uint8Array(count),
    ignored: new Uint8Array(count),
    pivots: 0,
  };
}

/** Makes the rows active that those before them do not span; rows left out here enter later if they are needed. */
function appendRows(set: ActiveSet, guess: readonly number[]): void {
  const { basis, problem, active, isActive } = set;
  const { rows, lengths } = problem;
  for (const row of guess) {
    if (basis.count === basis.capacity) break;
    const rest = split(basis, rows.panels, rowStart(row, rows.dim), PANEL);
    if (rest <= DEPENDENT * (lengths[row] as number)) continue;
    appendSplit(basis, rest);
    active.push(row);
    isActive[row] = 1;
  }
}

/** Drops rows, all negative ones at a time, until no multiplier is negative: rows before the first of them keep their place in the basis. */
function dropNegative(set: ActiveSet): void {
  const { basis, active, isActive, multipliers, problem } = set;
  let refined = false;
  for (;;) {
    if (refined) solveEqualities(set);
    else solveMultipliers(set, problem.rhs);
    const first = active.findIndex((_, k) => (multipliers[k] as number) < 0);
    if (first < 0) {
      if (refined) return;
      refined = true;
      continue;
    }
    const later = active.splice(first);
    const kept = later.filter((_, k) => (multipliers[first + k] as number) >= 0);
    for (const row of later) isActive[row] = 0;
    basis.count = first;
    appendRows(set, kept);
  }
}

/** The multipliers with the active rows as equalities, as the factor gives them. */
function solveMultipliers({ basis, active, multipliers }: ActiveSet, rhs: Float64Array): void {
  for (let k = 0; k < active.length; k++) multipliers[k] = rhs[active[k] as number] as number;
  forwardSubstitute(basis, multipliers);
  backSubstitute(basis, multipliers);
}

function mostNegative(set: ActiveSet): number {
  let worst = -1;
  let value = 0;
  for (let k = 0; k < set.active.length; k++) {
    const v = set.multipliers[k] as number;
    if (v < value) {
      value = v;
      worst = k;
    }
  }
  return worst;
}

function drop(set: ActiveSet, place: number): void {
  removeVector(set.basis, place);
  set.isActive[set.active[place] as number] = 0;
  set.active.splice(place, 1);
  set.multipliers.copyWithin(place, place + 1);
}

/** The point of least norm with the active rows as equalities and its multipliers, with one step of iterative refinement. */
function solveEqualities(set: ActiveSet): void {
  const { basis, active, x, problem, multipliers, correction } = set;
  const { rows, rhs } = problem;
  const { dim } = rows;
  const k = active.length;
  multipliers.fill(0);
  x.fill(0);
  for (let round = 0; round < 2; round++) {
    for (let i = 0; i < k; i++) {
      const row = active[i] as number;
      correction[i] = (rhs[row] as number) - (round === 0 ? 0 : panelDot(rows, row, x));
    }
    forwardSubstitute(basis, correction);
    for (let i = 0; i < k; i++) {
      const step = correction[i] as number;
      multipliers[i] = (multipliers[i] as number) + step;
      for (let j = 0; j < dim; j++) x[j] = (x[j] as number) + step * (basis.q[i * basis.stride + j] as number);
    }
  }
  backSubstitute(basis, multipliers);
  set.ignored.fill(0);
}

/** The row that is violated most, measured as a distance; -1 when none is beyond rounding. */
function mostViolated({ problem, x, isActive, ignored }: ActiveSet): number {
  const { rows, rhs, lengths } = problem;
  const { count } = rows;
  const margins = multiplyRows(rows, x);
  const size = norm(x);
  let worst = -1;
  let most = 0;
  for (let i = 0; i < count; i++) {
    const target = rhs[i] as number;
    const missing = target - (margins[i] as number);
    const length = lengths[i] as number;
    if (missing <= most * length || isActive[i] === 1 || ignored[i] === 1) continue;
    if (missing <= ROUNDING * (length * size + Math.abs(target))) continue;
    const distance = length > 0 ? missing / length : Number.POSITIVE_INFINITY;
    if (distance > most) {
      most = distance;
      worst = i;
    }
  }
  return worst;
}

/** Drifted sums are replaced by a fresh solve; says whether the multipliers stayed >= 0. */
function refine(set: ActiveSet): boolean {
  solveEqualities(set);
  const worst = mostNegative(set);
  if (worst < 0) return true;
  if ((set.multipliers[worst] as number) >= -1e-12 * largest(set.multipliers, set.active.length)) {
    for (let k = 0; k < set.active.length; k++) set.multipliers[k] = Math.max(0, set.multipliers[k] as number);
    return true;
  }
  drop(set, worst);
  solveEqualities(set);
  set.pivots++;
  return false;
}

function largest(values: Float64Array, count: number): number {
  let most = 0;
  for (let k = 0; k < count; k++) most = Math.max(most, Math.abs(values[k] as number));
  return most;
}

/** Brings `row` into the active set, dropping rows whose multipliers reach zero first; returns `false` only when it proves that there is no solution. */
function enter(set: ActiveSet, row: number, limit: number): boolean {
  const { problem, basis, x, active, multipliers, direction } = set;
  const { rows, rhs } = problem;
  const { dim } = rows;
  const from = rowStart(row, dim);
  const length = problem.lengths[row] as number;
  let own = 0;
  while (set.pivots <= limit) {
    set.pivots++;
    const outside = split(basis, rows.panels, from, PANEL);
    for (let k = 0; k < active.length; k++) direction[k] = basis.inside[k] as number;
    backSubstitute(basis, direction);
    const independent = basis.count < basis.capacity && outside > DEPENDENT * length;
    const missing = (rhs[row] as number) - panelDot(rows, row, x);
    const full = independent ? missing / (outside * outside) : Number.POSITIVE_INFINITY;
    const { step: partial, place } = blocking(set);
    const step = Math.min(full, partial);
    if (step === Number.POSITIVE_INFINITY) {
      if (provesInfeasible(missing, outside, norm(x), length, Math.abs(rhs[row] as number))) return false;
      // A dependent row whose violation is rounding: the proof would not hold.
      set.ignored[row] = 1;
      if (own > 0) solveEqualities(set);
      return true;
    }
    for (let k = 0; k < active.length; k++) {
      const v = (multipliers[k] as number) - step * (direction[k] as number);
      multipliers[k] = Math.max(0, v);
    }
    own += step;
    if (independent) {
      for (let j = 0; j < dim; j++) x[j] = (x[j] as number) + step * (basis.rest[j] as number);
      set.ignored.fill(0);
    }
    if (step === full) {
      appendSplit(basis, outside);
      active.push(row);
      multipliers[active.length - 1] = own;
      set.isActive[row] = 1;
      return true;
    }
    drop(set, place);
  }
  return true;
}

/** With y = (1 at the row, -direction at the active rows): G'y has length `outside`, h'y = `missing`, so any feasible x has norm >= missing / outside. */
export function provesInfeasible(missing: number, outside: number, size: number, length: number, target: number): boolean {
  return missing >= FARKAS_PROOF * outside * size && missing > 1e-9 * (length * size + target);
}

function norm(x: Float64Array): number {
  return Math.sqrt(rowDot(x, 0, x));
}

/** How far the multipliers can move along `-direction` before the first of them reaches zero. */
function blocking({ active, direction, multipliers }: ActiveSet): { step: number; place: number } {
  const k = active.length;
  // Coefficients at rounding level are zeros: dividing by them would let a row block that plays no part.
  const noise = 1e-13 * Math.max(1, largest(direction, k));
  let step = Number.POSITIVE_INFINITY;
  let place = -1;
  for (let i = 0; i < k; i++) {
    if ((direction[i] as number) <= noise) continue;
    const ratio = (multipliers[i] as number) / (direction[i] as number);
    if (ratio < step) {
      step = ratio;
      place = i;
    }
  }
  return { step, place };
}

function infeasible(set: ActiveSet, row: number): LeastDistanceResult {
  const multipliers = new Float64Array(set.problem.rows.count);
  multipliers[row] = 1;
  set.active.forEach((other, k) => {
    multipliers[other] = Math.max(0, -(set.direction[k] as number));
  });
  return { status: "infeasible", x: set.x.slice(), multipliers, active: [...set.active, row], pivots: set.pivots };
}

function result(set: ActiveSet, status: "optimal" | "pivotLimit"): LeastDistanceResult {
  const multipliers = new Float64Array(set.problem.rows.count);
  set.active.forEach((row, k) => {
    multipliers[row] = Math.max(0, set.multipliers[k] as number);
  });
  return { status, x: set.x.slice(), multipliers, active: [...set.active], pivots: set.pivots };
}
