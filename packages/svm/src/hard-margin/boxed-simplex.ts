/** A linear program in variables with bounds: maximise objective x, where s = M x, over all lower <= (x, s) <= upper. */
export interface BoxedProgram {
  readonly rows: number;
  readonly cols: number;
  /** M, `[rows, cols]`. */
  readonly matrix: Float64Array;
  /** `[cols]` */
  readonly objective: Float64Array;
  /** Bounds of x, then of s, `[cols + rows]`; infinite where there is none. */
  readonly lower: Float64Array;
  readonly upper: Float64Array;
  /** Where x starts, `[cols]`: each element at one of its finite bounds. */
  readonly start: Float64Array;
}

/** What {@link solveBoxedProgram} found. */
export interface BoxedSolution {
  readonly status: "optimal" | "unbounded" | "pivotLimit";
  /** x, then s, `[cols + rows]`. */
  readonly values: Float64Array;
  /** What the objective gains per unit of a variable at its bound, `[cols + rows]`; 0 for the others. */
  readonly gains: Float64Array;
  /** 1 for a variable that is held at a bound, `[cols + rows]`. */
  readonly held: Uint8Array;
  /** A direction without end in which the objective grows, `[cols + rows]`; only when unbounded. */
  readonly ray: Float64Array | undefined;
  readonly pivots: number;
}

/** A coefficient below this share of the largest in its column is no pivot. */
const PIVOT = 1e-9;
/** Distance by which a bound may be missed, relative to its own size. */
const FEASIBLE = 1e-11;
/** Least gain, relative to the largest coefficient of the objective, that still moves a variable. */
const GAIN = 1e-12;
/** Steps without progress after which the bounds are moved apart a little. */
const STALLED = 20;
const PERTURBATION = 1e-6;
const PERTURBATIONS = 4;

interface Dictionary {
  readonly program: BoxedProgram;
  /** Row i: coefficients of basic variable i in the variables outside the basis; the last row is the objective. */
  readonly table: Float64Array;
  readonly basic: Int32Array;
  readonly outside: Int32Array;
  readonly values: Float64Array;
  readonly lower: Float64Array;
  readonly upper: Float64Array;
  /** Size of the numbers a variable takes, for its tolerance. */
  readonly size: Float64Array;
  /** The size of variables bounded by zero only: the least of the others. */
  readonly unit: number;
  readonly objectiveSize: number;
  stalled: number;
  perturbed: boolean;
  perturbations: number;
  pivots: number;
}

/**
 * Solves a linear program by the primal simplex method for bounded variables on a dense dictionary.
 *
 * Infeasible starts are repaired by minimising the sum of infeasibilities. The ratio test prefers large pivots among near ties (Harris 1973);
 * a stalled run moves the bounds apart a little and puts them back at the end; after the last of these Bland's rule ends any cycle.
 */
export function solveBoxedProgram(program: BoxedProgram): BoxedSolution {
  const state = dictionary(program);
  const limit = 200 + 50 * (program.rows + program.cols);
  const column = new Float64Array(program.cols);
  while (state.pivots < limit) {
    const repairing = infeasibility(state, column);
    if (!repairing) column.set(state.table.subarray(program.rows * program.cols));
    const entering = choose(state, column, repairing ? 1 : state.objectiveSize);
    if (entering < 0) {
      if (!state.perturbed) return solution(state, repairing ? "pivotLimit" : "optimal", undefined);
      restoreBounds(state);
      continue;
    }
    const direction = (column[entering] as number) > 0 ? 1 : -1;
    const { step, row, flips } = ratioTest(state, entering, direction, repairing);
    if (step === Number.POSITIVE_INFINITY) {
      if (!state.perturbed) return solution(state, "unbounded", rayOf(state, entering, direction));
      restoreBounds(state);
      continue;
    }
    state.pivots++;
    move(state, entering, direction * step);
    if (!flips) pivot(state, row, entering);
    watchProgress(state, step);
  }
  return solution(state, "pivotLimit", undefined);
}

function dictionary(program: BoxedProgram): Dictionary {
  const { rows, cols, matrix, objective, lower, upper, start } = program;
  const table = new Float64Array((rows + 1) * cols);
  table.set(matrix);
  table.set(objective, rows * cols);
  const size = new Float64Array(cols + rows);
  let least = Number.POSITIVE_INFINITY;
  for (let v = 0; v < cols + rows; v++) {
    const bounds = [lower[v] as number, upper[v] as number].filter(Number.isFinite).map(Math.abs);
    size[v] = Math.max(0, ...bounds);
    if (size[v] !== 0) least = Math.min(least, size[v] as number);
  }
  const unknown = least === Number.POSITIVE_INFINITY ? 1 : least;
  for (let v = 0; v < cols + rows; v++) if (size[v] === 0) size[v] = unknown;
  const values = new Float64Array(cols + rows);
  values.set(start);
  const state: Dictionary = {
    program,
    table,
    basic: Int32Array.from({ length: rows }, (_, i) => cols + i),
    outside: Int32Array.from({ length: cols }, (_, j) => j),
    values,
    lower: lower.slice(),
    upper: upper.slice(),
    size,
    unit: unknown,
    objectiveSize: objective.reduce((most, v) => Math.max(most, Math.abs(v)), 0) || 1,
    stalled: 0,
    perturbed: false,
    perturbations: 0,
    pivots: 0,
  };
  evaluateBasic(state);
  return state;
}

/** Computes the basic variables from those outside the basis. */
function evaluateBasic({ program: { rows, cols }, table, basic, outside, values }: Dictionary): void {
  for (let i = 0; i < rows; i++) {
    let sum = 0;
    for (let j = 0; j < cols; j++) sum += (table[i * cols + j] as number) * (values[outside[j] as number] as number);
    values[basic[i] as number] = sum;
  }
}

/** +1 below its lower bound, -1 above its upper bound, 0 within, for a basic variable. */
function side({ lower, upper, values, size }: Dictionary, variable: number): number {
  const value = values[variable] as number;
  const slack = FEASIBLE * (size[variable] as number);
  if (value < (lower[variable] as number) - slack) return 1;
  return value > (upper[variable] as number) + slack ? -1 : 0;
}

/** Writes how fast each variable would reduce the sum of infeasibilities; false when there is none. */
function infeasibility(state: Dictionary, gradient: Float64Array): boolean {
  const { program, table, basic } = state;
  let any = false;
  for (let i = 0; i < program.rows; i++) {
    const sign = side(state, basic[i] as number);
    if (sign === 0) continue;
    if (!any) gradient.fill(0);
    any = true;
    for (let j = 0; j < program.cols; j++) {
      gradient[j] = (gradient[j] as number) + sign * (table[i * program.cols + j] as number);
    }
  }
  return any;
}

/** The variable outside the basis with the largest gain; the first with any under Bland's rule. */
function choose(state: Dictionary, gain: Float64Array, gainSize: number): number {
  const { program, outside, values, lower, upper } = state;
  const bland = state.perturbations >= PERTURBATIONS && !state.perturbed && state.stalled > STALLED;
  const least = GAIN * gainSize;
  let best = -1;
  let most = 0;
  for (let j = 0; j < program.cols; j++) {
    const variable = outside[j] as number;
    const g = gain[j] as number;
    const value = values[variable] as number;
    const room = g > 0 ? (upper[variable] as number) - value : value - (lower[variable] as number);
    if (Math.abs(g) <= least || !(room > 0)) continue;
    if (bland) {
      if (best < 0 || variable < (outside[best] as number)) best = j;
    } else if (Math.abs(g) > most) {
      most = Math.abs(g);
      best = j;
    }
  }
  return best;
}

/** How far the entering variable can move, and the row that stops it; `flips` when it reaches its own other bound first. */
function ratioTest(
  state: Dictionary,
  entering: number,
  direction: number,
  repairing: boolean,
): { readonly step: number; readonly row: number; readonly flips: boolean } {
  const { program, table, basic, outside, values, lower, upper, size } = state;
  const { rows, cols } = program;
  const own = outside[entering] as number;
  const room = direction > 0 ? (upper[own] as number) - (values[own] as number) : (values[own] as number) - (lower[own] as number);
  let largest = 0;
  for (let i = 0; i < rows; i++) largest = Math.max(largest, Math.abs(table[i * cols + entering] as number));
  const noise = PIVOT * largest;
  const distanceTo = (i: number): number => {
    const rate = direction * (table[i * cols + entering] as number);
    if (Math.abs(rate) <= noise) return Number.POSITIVE_INFINITY;
    const variable = basic[i] as number;
    const value = values[variable] as number;
    const where = repairing ? side(state, variable) : 0;
    // A variable outside its bounds stops where it comes back to them, and nowhere when it moves away.
    const bound = rate > 0 ? (where > 0 ? lower : upper) : where < 0 ? upper : lower;
    if ((where > 0 && rate < 0) || (where < 0 && rate > 0)) return Number.POSITIVE_INFINITY;
    return Math.abs(rate) > 0 ? Math.max(0, ((bound[variable] as number) - value) / rate) : Number.POSITIVE_INFINITY;
  };
  let relaxed = Number.POSITIVE_INFINITY;
  for (let i = 0; i < rows; i++) {
    const rate = Math.abs(table[i * cols + entering] as number);
    if (rate <= noise) continue;
    relaxed = Math.min(relaxed, distanceTo(i) + (FEASIBLE * (size[basic[i] as number] as number)) / rate);
  }
  let row = -1;
  let pivotSize = 0;
  let step = Number.POSITIVE_INFINITY;
  for (let i = 0; i < rows; i++) {
    const rate = Math.abs(table[i * cols + entering] as number);
    if (rate <= Math.max(noise, pivotSize)) continue;
    const distance = distanceTo(i);
    if (distance > relaxed) continue;
    row = i;
    pivotSize = rate;
    step = distance;
  }
  return room <= step ? { step: room, row: -1, flips: true } : { step, row, flips: false };
}

function move({ program, table, basic, outside, values }: Dictionary, entering: number, change: number): void {
  const { rows, cols } = program;
  const own = outside[entering] as number;
  values[own] = (values[own] as number) + change;
  for (let i = 0; i < rows; i++) {
    const variable = basic[i] as number;
    values[variable] = (values[variable] as number) + change * (table[i * cols + entering] as number);
  }
}

/** Exchanges the basic variable of `row` with the entering one. */
function pivot(state: Dictionary, row: number, entering: number): void {
  const { program, table, basic, outside, values, lower, upper } = state;
  const { rows, cols } = program;
  const at = row * cols;
  const inverse = 1 / (table[at + entering] as number);
  for (let j = 0; j < cols; j++) table[at + j] = -(table[at + j] as number) * inverse;
  table[at + entering] = inverse;
  for (let i = 0; i <= rows; i++) {
    if (i === row) continue;
    const from = i * cols;
    const factor = table[from + entering] as number;
    if (factor === 0) continue;
    table[from + entering] = 0;
    for (let j = 0; j < cols; j++) table[from + j] = (table[from + j] as number) + factor * (table[at + j] as number);
  }
  const leaving = basic[row] as number;
  basic[row] = outside[entering] as number;
  outside[entering] = leaving;
  // Harris's test stops a little beside the bound; the variable is held exactly at the one it is near.
  const value = values[leaving] as number;
  const toLower = Math.abs(value - (lower[leaving] as number));
  values[leaving] = (toLower <= Math.abs(value - (upper[leaving] as number)) ? lower[leaving] : upper[leaving]) as number;
}

function watchProgress(state: Dictionary, step: number): void {
  state.stalled = step > 1e-12 * state.unit ? 0 : state.stalled + 1;
  if (state.stalled <= STALLED || state.perturbed || state.perturbations >= PERTURBATIONS) return;
  state.perturbations++;
  state.perturbed = true;
  state.stalled = 0;
  const { basic, lower, upper, size } = state;
  for (let i = 0; i < basic.length; i++) {
    const variable = basic[i] as number;
    // Multiples of the golden ratio spread evenly, so that no two bounds move alike.
    const share = (((variable + 1) * state.perturbations * 0.6180339887498949) % 1) + 0.5;
    const by = PERTURBATION * share * (size[variable] as number);
    lower[variable] = (lower[variable] as number) - by;
    upper[variable] = (upper[variable] as number) + by;
  }
}

function restoreBounds(state: Dictionary): void {
  const { program, outside, values, lower, upper } = state;
  for (const variable of outside) {
    const atLower = values[variable] === lower[variable];
    values[variable] = (atLower ? program.lower[variable] : program.upper[variable]) as number;
  }
  lower.set(program.lower);
  upper.set(program.upper);
  state.perturbed = false;
  state.stalled = 0;
  evaluateBasic(state);
}

function rayOf({ program, table, basic, outside }: Dictionary, entering: number, direction: number): Float64Array {
  const ray = new Float64Array(program.cols + program.rows);
  ray[outside[entering] as number] = direction;
  basic.forEach((variable, i) => {
    ray[variable] = direction * (table[i * program.cols + entering] as number);
  });
  return ray;
}

function solution(state: Dictionary, status: BoxedSolution["status"], ray: Float64Array | undefined): BoxedSolution {
  const { program, table, outside, values, pivots } = state;
  const gains = new Float64Array(program.cols + program.rows);
  const held = new Uint8Array(program.cols + program.rows);
  outside.forEach((variable, j) => {
    gains[variable] = table[program.rows * program.cols + j] as number;
    held[variable] = 1;
  });
  return { status, values, gains, held, ray, pivots };
}
