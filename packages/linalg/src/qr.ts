import { booleanOption, DataError, optionTable, problem, ShapeError } from "@attnlab/check";
import { checkFactorable, type LinearSolve, linearSolve } from "./linear-solve.ts";
import type { Matrix } from "./matrix.ts";
import { toMlMatrix } from "./ml-matrix.ts";
import { largestMagnitude, lpNorm } from "./norm.ts";
import { dot } from "./vector.ts";

/** A thin QR factorisation. */
export interface Qr {
  /** Q with orthonormal columns, `[m, n]`. */
  readonly orthogonal: Matrix;
  /** R, upper triangular, `[n, n]`. */
  readonly upper: Matrix;
  /** Column j of Q R is column `permutation[j]` of A; the identity without pivoting. */
  readonly permutation: Int32Array;
  /** Whether no diagonal element of R is zero to rounding. */
  readonly fullRank: boolean;
  /** Diagonal elements of R that are not zero to rounding; the numerical rank with pivoting, an upper bound of it without. */
  readonly rank: number;
  /** log |det R|, for a square matrix log |det A|; -Infinity where a diagonal element is zero. */
  readonly logDeterminant: number;
  /** The least-squares solution of A x = b; throws DataError unless `fullRank`. */
  readonly solve: LinearSolve;
}

/** Options of {@link qr}. */
export interface QrOptions {
  /** Exchange columns so that the diagonal of R falls, which reveals the rank; default `false`. */
  readonly pivoting?: boolean;
}

const OPTIONS = optionTable("qr", {
  pivoting: booleanOption({ doc: "Exchange columns so that the diagonal of R falls.", default: false }),
});

/**
 * The thin QR factorisation of a matrix with at least as many rows as columns, by Householder reflections.
 *
 * $A P = Q R$ with $Q^\top Q = I$; P is the identity without pivoting
 *
 * Shape: `a [m, n]`, m >= n.
 *
 * @param options.pivoting - exchange columns so that the diagonal of R falls, which reveals the rank; default `false`.
 * @throws ShapeError when m < n or n = 0.
 * @throws DataError when `a` holds NaN or infinities.
 * @example
 * ```ts
 * import { matrix, qr } from "@attnlab/linalg";
 * const line = qr(matrix(3, 1, [1, 1, 1])).solve(Float64Array.of(1, 2, 6));
 * Math.round((line[0] ?? 0) * 1e12) / 1e12; // => 3
 * qr(matrix(2, 2, [1, 2, 2, 4]), { pivoting: true }).rank; // => 1
 * ```
 * @see Golub and Van Loan, 4th edition, algorithms 5.2.1 and 5.4.1.
 */
export function qr(a: Matrix, options?: QrOptions): Qr {
  const { pivoting } = OPTIONS.parse(options);
  checkFactorable("qr", a);
  if (a.rows < a.cols || a.cols === 0) {
    const fix = "Factor the transpose, or use svd.";
    throw new ShapeError(problem({ where: "qr", expected: "a must have rows >= columns >= 1", got: `${a.rows} x ${a.cols}`, fix }));
  }
  const { rows: m, cols: n } = a;
  const scale = largestMagnitude(a.data) || 1;
  const { columns, reflectors, permutation } = triangularize(a, scale, pivoting);
  const upper: Matrix = { rows: n, cols: n, data: new Float64Array(n * n) };
  for (let j = 0; j < n; j++) for (let i = 0; i <= j; i++) upper.data[i * n + j] = ((columns[j] as Float64Array)[i] as number) * scale;
  const orthogonal: Matrix = { rows: m, cols: n, data: new Float64Array(m * n) };
  for (let j = 0; j < n; j++) {
    const column = new Float64Array(m);
    column[j] = 1;
    for (let k = n - 1; k >= 0; k--) reflect(reflectors[k] as Float64Array, column, k);
    for (let i = 0; i < m; i++) orthogonal.data[i * n + j] = column[i] as number;
  }
  const rank = countRank(upper, pivoting);
  const fullRank = rank === n;
  let logDeterminant = 0;
  for (let j = 0; j < n; j++) logDeterminant += Math.log(Math.abs(upper.data[j * n + j] as number));
  const solve = linearSolve("qr.solve", m, (b) => {
    if (!fullRank) {
      const fix = "Use leastSquares for the solution of least norm.";
      throw new DataError(problem({ where: "qr.solve", expected: "a must have full column rank", got: "dependent columns", fix }));
    }
    const x: Matrix = { rows: n, cols: b.columns, data: new Float64Array(n * b.columns) };
    for (let c = 0; c < b.columns; c++) {
      const y = Float64Array.from(b.getColumn(c));
      reflectors.forEach((reflector, k) => {
        reflect(reflector, y, k);
      });
      for (let j = n - 1; j >= 0; j--) {
        const value = (y[j] as number) / (upper.data[j * n + j] as number);
        x.data[(permutation[j] as number) * x.cols + c] = value;
        for (let i = 0; i < j; i++) y[i] = (y[i] as number) - value * (upper.data[i * n + j] as number);
      }
    }
    return toMlMatrix(x);
  });
  return { orthogonal, upper, permutation, fullRank, rank, logDeterminant, solve };
}

interface Triangle {
  /** Columns of Q'A / scale, in the order of the permutation. */
  readonly columns: readonly Float64Array[];
  /** Reflector k acts on the elements from k on, as I - v v' with v'v = 2; empty where the column was zero already. */
  readonly reflectors: readonly Float64Array[];
  readonly permutation: Int32Array;
}

function triangularize({ rows: m, cols: n, data }: Matrix, scale: number, pivoting: boolean): Triangle {
  const columns: Float64Array[] = Array.from({ length: n }, (_, j) =>
    Float64Array.from({ length: m }, (_unused, i) => (data[i * n + j] as number) / scale),
  );
  const permutation = Int32Array.from({ length: n }, (_, j) => j);
  const reflectors: Float64Array[] = [];
  for (let k = 0; k < n; k++) {
    if (pivoting) {
      const lengths = columns.map((column, j) => (j < k ? -1 : lpNorm(column.subarray(k), 2)));
      const best = lengths.indexOf(Math.max(...lengths));
      [columns[k], columns[best]] = [columns[best] as Float64Array, columns[k] as Float64Array];
      [permutation[k], permutation[best]] = [permutation[best] as number, permutation[k] as number];
    }
    const column = columns[k] as Float64Array;
    const length = lpNorm(column.subarray(k), 2);
    const pivot = (column[k] as number) < 0 ? length : -length;
    const reflector = length === 0 ? new Float64Array(0) : column.slice(k);
    if (length > 0) {
      reflector[0] = (reflector[0] as number) - pivot;
      const norm = lpNorm(reflector, 2) / Math.SQRT2;
      for (let i = 0; i < reflector.length; i++) reflector[i] = (reflector[i] as number) / norm;
      column[k] = pivot;
      column.fill(0, k + 1);
      for (let j = k + 1; j < n; j++) reflect(reflector, columns[j] as Float64Array, k);
    }
    reflectors.push(reflector);
  }
  return { columns, reflectors, permutation };
}

function reflect(reflector: Float64Array, vector: Float64Array, k: number): void {
  if (reflector.length === 0) return;
  const along = dot(reflector, vector.subarray(k));
  for (let i = 0; i < reflector.length; i++) vector[k + i] = (vector[k + i] as number) - along * (reflector[i] as number);
}

/** Dependent columns leave a diagonal element at rounding level, relative to its column; with pivoting relative to the first. */
function countRank(upper: Matrix, pivoting: boolean): number {
  const n = upper.rows;
  let rank = 0;
  for (let j = 0; j < n; j++) {
    let size = pivoting ? Math.abs(upper.data[0] as number) : 0;
    if (!pivoting) for (let i = 0; i <= j; i++) size = Math.max(size, Math.abs(upper.data[i * n + j] as number));
    if (Math.abs(upper.data[j * n + j] as number) > n * 4 * Number.EPSILON * size) rank++;
  }
  return rank;
}
