import { integerOption, numberOption, type OptionRule, optionTable } from "@attnlab/check";
import { checkFloat64 } from "./check-float64.ts";
import { checkNotEmpty } from "./linear-solve.ts";
import { matvec, matvecTransposed } from "./matmul.ts";
import { checkFinite, checkMatrix, checkSameSize, type Matrix, transpose } from "./matrix.ts";
import { lpNorm } from "./norm.ts";
import { dot } from "./vector.ts";

/** Options of {@link nonNegativeLeastSquares}. */
export interface NonNegativeLeastSquaresOptions {
  /** Largest gradient, relative to the lengths of its column and of `b`, that counts as zero; default `1e-14`. */
  readonly tol?: number;
  /** Most changes of the set of positive variables; default three times the number of columns, and at least 30. */
  readonly maxIter?: number;
}

/** What {@link nonNegativeLeastSquares} returns; look at `status` first. */
export interface NonNegativeLeastSquaresResult {
  /** `"optimal"`: the optimality conditions hold to `tol` or to rounding. `"iterationLimit"`: `x` is feasible but not yet optimal. */
  readonly status: "optimal" | "iterationLimit";
  /** The solution, >= 0, `[n]`. */
  readonly x: Float64Array;
  /** Negative gradient $A^\top(b - A x)$: 0 where x > 0, <= 0 elsewhere, `[n]`. */
  readonly dual: Float64Array;
  /** $\lVert A x - b\rVert_2$ */
  readonly residualNorm: number;
  /** Largest violation of the optimality conditions, each relative to the lengths of its column and of `b`. */
  readonly kktResidual: number;
  /** Changes of the set of positive variables. */
  readonly iterations: number;
}

const OPTIONS = optionTable("nonNegativeLeastSquares", {
  tol: numberOption({ doc: "Largest relative gradient that counts as zero.", min: 0, below: 1, default: 1e-14 }),
  maxIter: integerOption({ doc: "Most changes of the set of positive variables.", min: 1 }) as OptionRule<number | undefined>,
});

/** Columns of A and b under the orthogonal transformations so far; the leading rows hold the triangle of the positive variables. */
interface Work {
  readonly m: number;
  readonly columns: readonly Float64Array[];
  readonly b: Float64Array;
  /** Positive variables, in the order of the triangle's columns. */
  readonly positive: number[];
}

/**
 * Non-negative least squares by the active-set method of Lawson and Hanson.
 *
 * $\min_{x \ge 0} \lVert A x - b\rVert_2$
 *
 * Shapes: `a [m, n]`, `b [m]` → `x [n]`. QR by Householder reflections when a variable enters and Givens rotations when one leaves: the
 * normal equations are never formed.
 *
 * @param options.tol - largest relative gradient that counts as zero; default `1e-14`.
 * @param options.maxIter - most changes of the set; default three times n, and at least 30.
 * @throws ShapeError when a size is 0 or `b` has another length.
 * @throws DataError when `a` or `b` holds NaN or infinities.
 * @example
 * ```ts
 * import { matrix, nonNegativeLeastSquares } from "@attnlab/linalg";
 * const { status, x } = nonNegativeLeastSquares(matrix(2, 2, [1, 0, 0, 1]), Float64Array.of(2, -1));
 * status; // => "optimal"
 * Array.from(x); // => [2, 0]
 * ```
 * @see Lawson and Hanson, Solving Least Squares Problems, 1974, chapter 23.
 */
export function nonNegativeLeastSquares(
  a: Matrix,
  b: Float64Array,
  options?: NonNegativeLeastSquaresOptions,
): NonNegativeLeastSquaresResult {
  const where = "nonNegativeLeastSquares";
  const { tol, maxIter } = OPTIONS.parse(options);
  checkMatrix(where, "a", a);
  checkFloat64(where, "b", b);
  checkSameSize(where, "rows of a must equal b.length", [a.rows, b.length]);
  checkNotEmpty(where, a);
  checkFinite(where, "a", a.data);
  checkFinite(where, "b", b);
  const { rows: m, cols: n } = a;
  const turned = transpose(a).data;
  const columns = Array.from({ length: n }, (_, j) => turned.slice(j * m, (j + 1) * m));
  const scale = columns.map((column) => lpNorm(column, 2) * lpNorm(b, 2));
  const work: Work = { m, columns, b: b.slice(), positive: [] };
  const x = new Float64Array(n);
  const limit = maxIter ?? Math.max(30, 3 * n);
  let iterations = 0;
  let status: NonNegativeLeastSquaresResult["status"] = "optimal";
  while (work.positive.length < Math.min(m, n)) {
    if (!enter(work, (j) => tol * (scale[j] as number))) break;
    if (++iterations > limit) {
      status = "iterationLimit";
      break;
    }
    for (let target = triangularSolve(work); ; target = triangularSolve(work)) {
      if (moveTowards(work, x, target)) break;
      iterations++;
    }
  }
  const fitted = matvec(a, x);
  const residual = b.map((v, i) => v - (fitted[i] as number));
  const dual = matvecTransposed(a, residual);
  const violations = dual.map((w, j) => {
    const size = scale[j] as number;
    return size === 0 ? 0 : (x[j] === 0 ? Math.max(0, w) : Math.abs(w)) / size;
  });
  const kktResidual = lpNorm(violations, Number.POSITIVE_INFINITY);
  return { status, x, dual, residualNorm: lpNorm(residual, 2), kktResidual, iterations };
}

/** Takes the variable with the steepest gradient into the positive set; false when none would grow. */
function enter(work: Work, threshold: (j: number) => number): boolean {
  const { m, columns, b, positive } = work;
  const k = positive.length;
  const inside = new Set(positive);
  const rest = b.subarray(k);
  const candidates = columns
    .map((column, j) => ({ j, slope: inside.has(j) ? Number.NEGATIVE_INFINITY : dot(column.subarray(k), rest) }))
    .filter(({ j, slope }) => slope > threshold(j))
    .sort((s, t) => t.slope - s.slope);
  for (const { j } of candidates) {
    const column = columns[j] as Float64Array;
    const below = lpNorm(column.subarray(k), 2);
    // A column that depends on those inside has nothing left below the triangle but rounding.
    if (below <= 100 * Number.EPSILON * lpNorm(column, 2)) continue;
    const pivot = (column[k] as number) > 0 ? -below : below;
    const reflector = column.slice(k);
    reflector[0] = (reflector[0] as number) - pivot;
    const factor = -pivot * (reflector[0] as number);
    const reflect = (vector: Float64Array): void => {
      const along = dot(reflector, vector.subarray(k)) / factor;
      for (let i = k; i < m; i++) vector[i] = (vector[i] as number) - along * (reflector[i - k] as number);
    };
    // The variable must come out positive; rounding can make a tiny gradient lie about it.
    const height = (b[k] as number) - (dot(reflector, rest) / factor) * (reflector[0] as number);
    if (height / pivot <= 0) continue;
    reflect(b);
    columns.forEach((other, i) => {
      if (i !== j && !inside.has(i)) reflect(other);
    });
    column[k] = pivot;
    column.fill(0, k + 1);
    positive.push(j);
    return true;
  }
  return false;
}

/** The unconstrained solution over the positive set. */
function triangularSolve({ columns, b, positive }: Work): Float64Array {
  const k = positive.length;
  const z = b.slice(0, k);
  for (let c = k - 1; c >= 0; c--) {
    const column = columns[positive[c] as number] as Float64Array;
    z[c] = (z[c] as number) / (column[c] as number);
    for (let i = 0; i < c; i++) z[i] = (z[i] as number) - (z[c] as number) * (column[i] as number);
  }
  return z;
}

/** Goes to the target if it is positive; otherwise as far as feasible, where at least one variable leaves. Says whether it arrived. */
function moveTowards(work: Work, x: Float64Array, target: Float64Array): boolean {
  const { positive } = work;
  let step = 1;
  let blocking = -1;
  target.forEach((z, c) => {
    if (z > 0) return;
    const from = x[positive[c] as number] as number;
    const reach = from === 0 ? 0 : from / (from - z);
    if (blocking < 0 || reach < step) [step, blocking] = [reach, c];
  });
  target.forEach((z, c) => {
    const j = positive[c] as number;
    x[j] = blocking < 0 ? z : (x[j] as number) + step * (z - (x[j] as number));
  });
  if (blocking < 0) return true;
  x[positive[blocking] as number] = 0;
  for (let c = positive.length - 1; c >= 0; c--) if (!((x[positive[c] as number] as number) > 0)) leave(work, x, c);
  return false;
}

/** Removes column c of the triangle and rotates the rows back to triangular form. */
function leave({ columns, b, positive }: Work, x: Float64Array, c: number): void {
  x[positive[c] as number] = 0;
  positive.splice(c, 1);
  for (let k = c; k < positive.length; k++) {
    const pivot = columns[positive[k] as number] as Float64Array;
    const length = Math.hypot(pivot[k] as number, pivot[k + 1] as number);
    const cos = (pivot[k] as number) / length;
    const sin = (pivot[k + 1] as number) / length;
    const inside = new Set(positive.slice(0, k));
    const rotate = (vector: Float64Array): void => {
      const [upper, lower] = [vector[k] as number, vector[k + 1] as number];
      vector[k] = cos * upper + sin * lower;
      vector[k + 1] = cos * lower - sin * upper;
    };
    rotate(b);
    columns.forEach((column, j) => {
      if (!inside.has(j)) rotate(column);
    });
    pivot[k + 1] = 0;
  }
}
