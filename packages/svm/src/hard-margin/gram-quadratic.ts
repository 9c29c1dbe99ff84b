import { rowDot } from "../row-dot.ts";
import { appendReduced, type CholeskyRows, emptyCholesky, reduce, removeMember, solveLower, solveUpper } from "./cholesky-rows.ts";
import { factorPacked } from "./packed-cholesky.ts";

/** The least distance problem by its Gram matrix: max target'l - l'K l / 2 over l >= 0. */
export interface GramProblem {
  readonly count: number;
  /** K = G G', `[count, count]`. */
  readonly gram: Float64Array;
  /** `[count]` */
  readonly target: Float64Array;
  /** For a Gram matrix of few digits: give up at once where less than this share of a row's squared length is left outside the rows before it. */
  readonly least?: number;
}

/** What {@link solveGramQuadratic} found. */
export interface GramResult {
  /** `"dependent"`: a row that the active ones span cannot be satisfied with them; `multipliers` then hold the combination, a proof if it is exact. */
  readonly status: "optimal" | "dependent" | "unsolved";
  readonly multipliers: Float64Array;
  readonly active: readonly number[];
  readonly pivots: number;
  /** Solves K over the active rows; changes its argument, in the order of `active`. */
  readonly solveActive: (rhs: Float64Array) => void;
}

/** Squares leave half the digits. */
const DEPENDENT = 1e-12;
/** A violation below this share of the terms it is the difference of is rounding. */
const ROUNDING = 1e-12;
/** Beyond this many negative multipliers the factor is rebuilt instead of updated row by row. */
const REBUILD = 4;

interface State {
  readonly problem: GramProblem;
  readonly chol: CholeskyRows;
  /** Multipliers of the members, in their order. */
  readonly multipliers: Float64Array;
  readonly isActive: Uint8Array;
  readonly ignored: Uint8Array;
  pivots: number;
  /** The Gram matrix has too few digits. */
  givenUp: boolean;
}

/**
 * The dual active-set method of Goldfarb and Idnani on the Cholesky factor of the Gram matrix, from a guess of the active rows.
 * `accept` says whether a combination of rows that should vanish is a proof; if not, the violation of that row is taken for rounding.
 *
 * Squares the condition number, so the caller checks the answer; in exchange it never meets the rows, which may be huge or only known by products.
 */
export function solveGramQuadratic(
  problem: GramProblem,
  guess: Iterable<number>,
  accept: (combination: Float64Array) => boolean,
): GramResult {
  const { count } = problem;
  const state: State = {
    problem,
    chol: emptyCholesky(problem.gram, count),
    multipliers: new Float64Array(count),
    isActive: new Uint8Array(count),
    ignored: new Uint8Array(count),
    pivots: 0,
    givenUp: false,
  };
  activate(state, Array.from(guess));
  dropNegative(state);
  const limit = 100 + 20 * count;
  while (state.pivots <= limit && !state.givenUp) {
    const { row, missing } = mostViolated(state);
    if (row < 0) return result(state, "optimal");
    const dependent = enter(state, row, missing, limit);
    if (dependent === undefined) continue;
    if (accept(dependent.multipliers)) return dependent;
    state.ignored[row] = 1;
    solveEqualities(state);
  }
  return result(state, "unsolved");
}

/** Makes `rows` the active ones, but for those that the ones before them span. */
function activate(state: State, rows: readonly number[]): void {
  const { chol, isActive, problem } = state;
  chol.members.length = 0;
  isActive.fill(0);
  if (factorPacked(problem.gram, problem.count, rows, chol.factor, problem.least ?? DEPENDENT)) {
    for (const row of rows) isActive[row] = 1;
    chol.members.push(...rows);
    return;
  }
  state.givenUp = problem.least !== undefined;
  if (state.givenUp) return;
  for (const row of rows) {
    const rest = reduce(chol, row);
    if (rest <= DEPENDENT * (problem.gram[row * problem.count + row] as number)) continue;
    appendReduced(chol, row, rest);
    isActive[row] = 1;
  }
}

/** Solves with the active rows as equalities. */
function solveEqualities({ problem, chol, multipliers }: State): void {
  chol.members.forEach((row, k) => {
    multipliers[k] = problem.target[row] as number;
  });
  solveLower(chol, multipliers);
  solveUpper(chol, multipliers);
}

/** Drops rows until no multiplier is negative. */
function dropNegative(state: State): void {
  const { chol, multipliers, isActive } = state;
  for (;;) {
    solveEqualities(state);
    const places = Array.from(chol.members.keys()).filter((k) => (multipliers[k] as number) < 0);
    if (places.length === 0) return;
    state.pivots += places.length;
    for (const k of places) isActive[chol.members[k] as number] = 0;
    if (places.length > REBUILD) {
      activate(
        state,
        chol.members.filter((row) => isActive[row] === 1),
      );
    } else {
      for (const k of places.reverse()) removeMember(chol, k);
    }
  }
}

function mostViolated({ problem, chol, multipliers, isActive, ignored }: State): { readonly row: number; readonly missing: number } {
  const { count, gram, target } = problem;
  const all = new Float64Array(count);
  let squared = 0;
  chol.members.forEach((row, k) => {
    all[row] = multipliers[k] as number;
    squared += (multipliers[k] as number) * (target[row] as number);
  });
  const size = Math.sqrt(Math.max(0, squared));
  let row = -1;
  let missing = 0;
  let most = 0;
  for (let i = 0; i < count; i++) {
    if (isActive[i] === 1 || ignored[i] === 1) continue;
    const length = Math.sqrt(gram[i * count + i] as number);
    const lacking = (target[i] as number) - rowDot(gram, i * count, all);
    if (lacking <= ROUNDING * (length * size + Math.abs(target[i] as number))) continue;
    const distance = lacking / length;
    if (distance > most) {
      most = distance;
      row = i;
      missing = lacking;
    }
  }
  return { row, missing };
}

/** Brings `row` into the active set, dropping rows whose multipliers reach zero first; returns a result only when the row is dependent. */
function enter(state: State, row: number, violation: number, limit: number): GramResult | undefined {
  const { problem, chol, multipliers, isActive } = state;
  const own = problem.gram[row * problem.count + row] as number;
  let missing = violation;
  let entered = 0;
  while (state.pivots <= limit) {
    state.pivots++;
    const rest = reduce(chol, row);
    const direction = chol.reduced.slice(0, chol.members.length);
    solveUpper(chol, direction);
    state.givenUp = problem.least !== undefined && rest < problem.least * own;
    if (state.givenUp) return undefined;
    const independent = rest > DEPENDENT * own;
    const full = independent ? missing / rest : Number.POSITIVE_INFINITY;
    const { step: partial, place } = blocking(state, direction);
    const step = Math.min(full, partial);
    if (step === Number.POSITIVE_INFINITY) return dependentRow(state, row, direction);
    for (let k = 0; k < direction.length; k++) {
      multipliers[k] = Math.max(0, (multipliers[k] as number) - step * (direction[k] as number));
    }
    entered += step;
    if (step === full) {
      multipliers[chol.members.length] = entered;
      appendReduced(chol, row, rest);
      isActive[row] = 1;
      state.ignored.fill(0);
      return undefined;
    }
    if (independent) missing -= step * rest;
    isActive[chol.members[place] as number] = 0;
    multipliers.copyWithin(place, place + 1, chol.members.length);
    removeMember(chol, place);
  }
  return undefined;
}

/** How far the multipliers can move along `-direction` before the first of them reaches zero. */
function blocking({ multipliers }: State, direction: Float64Array): { readonly step: number; readonly place: number } {
  let largest = 1;
  for (const v of direction) largest = Math.max(largest, Math.abs(v));
  let step = Number.POSITIVE_INFINITY;
  let place = -1;
  for (let k = 0; k < direction.length; k++) {
    if ((direction[k] as number) <= 1e-10 * largest) continue;
    const ratio = (multipliers[k] as number) / (direction[k] as number);
    if (ratio < step) {
      step = ratio;
      place = k;
    }
  }
  return { step, place };
}

function dependentRow(state: State, row: number, direction: Float64Array): GramResult {
  const combination = new Float64Array(state.problem.count);
  combination[row] = 1;
  state.chol.members.forEach((member, k) => {
    combination[member] = Math.max(0, -(direction[k] as number));
  });
  return { ...result(state, "dependent"), multipliers: combination };
}

function result(state: State, status: GramResult["status"]): GramResult {
  const { chol, problem, multipliers, pivots } = state;
  const all = new Float64Array(problem.count);
  chol.members.forEach((row, k) => {
    all[row] = multipliers[k] as number;
  });
  const solveActive = (rhs: Float64Array): void => {
    solveLower(chol, rhs);
    solveUpper(chol, rhs);
  };
  return { status, multipliers: all, active: [...chol.members], pivots, solveActive };
}
