import { problem as message, ShapeError } from "@attnlab/check";
import { checkFinite, checkMatrix, checkSameSize, dualExponent, lpNorm, type Matrix } from "@attnlab/linalg";

/** Linear constraints A w >= b, one per row. */
export interface HardMarginProblem {
  /** A, `[m, N]`; each row is one constraint. */
  readonly rows: Matrix;
  /** b, `[m]`; default: ones, the margin of a support vector machine. */
  readonly rhs?: Float64Array;
}

/** The constraints with every row at unit dual norm and the largest right-hand side at 1: then |b_i| is a distance and the units cancel. */
export interface ScaledProblem {
  /** Constraints kept: rows that are not zero. */
  readonly count: number;
  readonly dim: number;
  readonly p: number;
  readonly rows: Float64Array;
  readonly rhs: Float64Array;
  /** Index of each kept row in the caller's problem. */
  readonly origin: Int32Array;
  /** Dual norm of each kept row in the caller's units. */
  readonly rowNorms: Float64Array;
  /** What w must be multiplied with to come back to the caller's units. */
  readonly unit: number;
}

/**
 * Checks the problem at the public edge.
 * @throws ShapeError or DataError naming the argument.
 */
export function checkHardMarginProblem(where: string, { rows, rhs }: HardMarginProblem): Float64Array {
  checkMatrix(where, "rows", rows);
  if (rows.rows === 0 || rows.cols === 0) {
    const fix = "Pass at least one constraint on at least one weight.";
    throw new ShapeError(message({ where, expected: "rows must not be empty", got: `${rows.rows} x ${rows.cols}`, fix }));
  }
  checkFinite(where, "rows", rows.data);
  if (rhs === undefined) return new Float64Array(rows.rows).fill(1);
  checkSameSize(where, "rhs.length must equal the number of rows", [rhs.length, rows.rows]);
  checkFinite(where, "rhs", rhs);
  return rhs;
}

/** Scales the constraints, or names a zero row that asks for more than zero, or says that w = 0 is feasible. */
export function scaleProblem(
  rows: Matrix,
  rhs: Float64Array,
  p: number,
): ScaledProblem | { readonly zeroRow: number } | { readonly zeroIsFeasible: true } {
  const { cols: dim, data } = rows;
  const q = dualExponent(p);
  const norms = Float64Array.from({ length: rows.rows }, (_, i) => lpNorm(data.subarray(i * dim, (i + 1) * dim), q));
  const kept: number[] = [];
  let unit = 0;
  for (let i = 0; i < rows.rows; i++) {
    const norm = norms[i] as number;
    const target = rhs[i] as number;
    if (norm === 0 && target > 0) return { zeroRow: i };
    if (norm === 0) continue;
    kept.push(i);
    unit = Math.max(unit, target / norm);
  }
  if (unit === 0) return { zeroIsFeasible: true };
  const scaled = new Float64Array(kept.length * dim);
  const distances = new Float64Array(kept.length);
  kept.forEach((row, i) => {
    const norm = norms[row] as number;
    for (let j = 0; j < dim; j++) scaled[i * dim + j] = (data[row * dim + j] as number) / norm;
    distances[i] = (rhs[row] as number) / norm / unit;
  });
  return {
    count: kept.length,
    dim,
    p,
    rows: scaled,
    rhs: distances,
    origin: Int32Array.from(kept),
    rowNorms: Float64Array.from(kept, (row) => norms[row] as number),
    unit,
  };
}
