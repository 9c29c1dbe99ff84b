import { type BoxedSolution, solveBoxedProgram } from "./boxed-simplex.ts";
import { type Equilibrated, equilibrate } from "./equilibrate.ts";
import type { DenseProblem } from "./hard-margin-problem.ts";
import { luSystem } from "./lu-system.ts";
import type { ScaledPoint } from "./scaled-point.ts";

/** The answer for p = 1 or p = Infinity: a primal-dual pair, or the multipliers that prove there is none. */
export type LinearMarginResult =
  | { readonly status: "solved"; readonly point: ScaledPoint; readonly pivots: number }
  | { readonly status: "infeasible"; readonly multipliers: Float64Array; readonly pivots: number };

/** Largest margin of unit weights, relative to the rows, that counts as none. */
const NO_MARGIN = 1e-14;

/**
 * Solves min ||w||_1 subject to A w >= b through its dual, max b' lambda over lambda >= 0 and -1 <= A' lambda <= 1: there lambda = 0 is a vertex.
 * A direction without end is a Farkas vector.
 */
export function solveAbsoluteMargin(problem: DenseProblem): LinearMarginResult {
  const { count, dim, rhs } = problem;
  const scaling = equilibrate(problem);
  const { rowScale, colScale, matrix } = scaling;
  const transposed = new Float64Array(dim * count);
  for (let i = 0; i < count; i++) for (let j = 0; j < dim; j++) transposed[j * count + i] = matrix[i * dim + j] as number;
  const found = solveBoxedProgram({
    rows: dim,
    cols: count,
    matrix: transposed,
    objective: rhs.map((b, i) => b * (rowScale[i] as number)),
    lower: Float64Array.from({ length: count + dim }, (_, v) => (v < count ? 0 : -(colScale[v - count] as number))),
    upper: Float64Array.from({ length: count + dim }, (_, v) => (v < count ? Number.POSITIVE_INFINITY : (colScale[v - count] as number))),
    start: new Float64Array(count),
  });
  const { pivots } = found;
  if (found.ray !== undefined) {
    const ray = found.ray;
    return {
      status: "infeasible",
      multipliers: problem.rhs.map((_, i) => Math.max(0, (ray[i] as number) * (rowScale[i] as number))),
      pivots,
    };
  }
  const point = {
    w: Float64Array.from({ length: dim }, (_, j) => (found.gains[count + j] as number) * (colScale[j] as number)),
    multipliers: rhs.map((_, i) => Math.max(0, (found.values[i] as number) * (rowScale[i] as number))),
  };
  return { status: "solved", point: absoluteVertex(problem, scaling, found) ?? point, pivots };
}

/** Solves the equations of the last vertex anew: A' lambda = +-1 in the columns at a bound, A w = b in the rows of the basis. */
function absoluteVertex(problem: DenseProblem, scaling: Equilibrated, found: BoxedSolution): ScaledPoint | undefined {
  const { count, dim, rhs } = problem;
  const { rowScale, colScale, matrix } = scaling;
  const active = range(count).filter((i) => found.held[i] === 0);
  const columns = range(dim).filter((j) => found.held[count + j] === 1);
  const size = active.length;
  if (columns.length !== size) return undefined;
  const system = luSystem(
    Float64Array.from(
      { length: size * size },
      (_, k) => matrix[(active[Math.floor(k / size)] as number) * dim + (columns[k % size] as number)] as number,
    ),
    size,
  );
  if (system === undefined) return undefined;
  const inner = system.solve(Float64Array.from(active, (i) => (rhs[i] as number) * (rowScale[i] as number)));
  const outer = system.solveTransposed(Float64Array.from(columns, (j) => found.values[count + j] as number));
  const w = new Float64Array(dim);
  const multipliers = new Float64Array(count);
  columns.forEach((j, k) => {
    w[j] = (inner[k] as number) * (colScale[j] as number);
  });
  active.forEach((i, k) => {
    multipliers[i] = Math.max(0, (outer[k] as number) * (rowScale[i] as number));
  });
  return { w, multipliers };
}

/**
 * Solves min ||w||_inf subject to A w >= b as max tau over A z >= tau b and -1 <= z <= 1; then w = z / tau.
 * z = 0 and tau = 0 always satisfy it, and tau = 0 at the end means that there is no w.
 */
export function solveLargestMargin(problem: DenseProblem): LinearMarginResult {
  const { count, dim, rhs } = problem;
  const scaling = equilibrate(problem);
  const { rowScale, colScale, matrix } = scaling;
  const cols = dim + 1;
  const extended = new Float64Array(count * cols);
  for (let i = 0; i < count; i++) {
    extended.set(matrix.subarray(i * dim, (i + 1) * dim), i * cols);
    extended[i * cols + dim] = -(rhs[i] as number) * (rowScale[i] as number);
  }
  const bound = Float64Array.from(colScale, (c) => 1 / c);
  // The sum of the rows points into the cone of margins more often than not.
  const near = problem.operator.combine(rhs);
  const objective = new Float64Array(cols);
  objective[dim] = 1;
  const found = solveBoxedProgram({
    rows: count,
    cols,
    matrix: extended,
    objective,
    lower: Float64Array.from({ length: cols + count }, (_, v) => (v < dim ? -(bound[v] as number) : 0)),
    upper: Float64Array.from({ length: cols + count }, (_, v) => (v < dim ? (bound[v] as number) : Number.POSITIVE_INFINITY)),
    start: Float64Array.from({ length: cols }, (_, j) => (j < dim ? ((near[j] as number) < 0 ? -1 : 1) * (bound[j] as number) : 0)),
  });
  const { pivots } = found;
  const { z, tau, multipliers } = largestVertex(problem, scaling, found) ?? {
    z: Float64Array.from({ length: dim }, (_, j) => (found.values[j] as number) * (colScale[j] as number)),
    tau: found.values[dim] as number,
    multipliers: rhs.map((_, i) => Math.max(0, -(found.gains[cols + i] as number) * (rowScale[i] as number))),
  };
  if (!(tau > NO_MARGIN)) return { status: "infeasible", multipliers, pivots };
  // b' multipliers = 1 and ||A' multipliers||_1 = tau here.
  return { status: "solved", point: { w: z.map((v) => v / tau), multipliers: multipliers.map((v) => v / tau) }, pivots };
}

/** Solves the equations of the last vertex anew: A z = tau b in the active rows, A' lambda = 0 in the columns inside their bounds, b' lambda = 1. */
function largestVertex(
  problem: DenseProblem,
  scaling: Equilibrated,
  found: BoxedSolution,
): { readonly z: Float64Array; readonly tau: number; readonly multipliers: Float64Array } | undefined {
  const { count, dim, rhs } = problem;
  const { rowScale, colScale, matrix } = scaling;
  const active = range(count).filter((i) => found.held[dim + 1 + i] === 1);
  const columns = range(dim).filter((j) => found.held[j] === 0);
  const size = active.length;
  if (found.held[dim] === 1 || columns.length + 1 !== size) return undefined;
  const entries = new Float64Array(size * size);
  const constant = new Float64Array(size);
  active.forEach((i, k) => {
    columns.forEach((j, l) => {
      entries[k * size + l] = matrix[i * dim + j] as number;
    });
    entries[k * size + size - 1] = -(rhs[i] as number) * (rowScale[i] as number);
    for (let j = 0; j < dim; j++) {
      if (found.held[j] === 1) constant[k] = (constant[k] as number) - (matrix[i * dim + j] as number) * (found.values[j] as number);
    }
  });
  const system = luSystem(entries, size);
  if (system === undefined) return undefined;
  const inner = system.solve(constant);
  const target = new Float64Array(size);
  target[size - 1] = -1;
  const outer = system.solveTransposed(target);
  const z = Float64Array.from({ length: dim }, (_, j) => (found.values[j] as number) * (colScale[j] as number));
  columns.forEach((j, k) => {
    z[j] = (inner[k] as number) * (colScale[j] as number);
  });
  const multipliers = new Float64Array(count);
  active.forEach((i, k) => {
    multipliers[i] = Math.max(0, (outer[k] as number) * (rowScale[i] as number));
  });
  return { z, tau: inner[size - 1] as number, multipliers };
}

function range(length: number): number[] {
  return Array.from({ length }, (_, k) => k);
}
