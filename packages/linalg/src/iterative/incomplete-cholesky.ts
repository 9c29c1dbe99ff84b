import { checkFloat64 } from "../check-float64.ts";
import { checkSymmetric } from "../cholesky.ts";
import { checkSameSize, type Matrix } from "../matrix.ts";
import { positiveDiagonal } from "./jacobi-preconditioner.ts";
import type { Preconditioner } from "./linear-operator.ts";

/** A row of a sparse lower triangle: columns before the diagonal, ascending, their values, and the diagonal element. */
interface SparseRow {
  readonly columns: readonly number[];
  readonly values: Float64Array;
  readonly diagonal: number;
}

/**
 * The incomplete Cholesky preconditioner without fill-in, IC(0).
 *
 * $M = \hat L \hat L^\top$, where $\hat L$ has the zeros of the lower triangle of A and $M_{ij} = A_{ij}$ at its non-zeros
 *
 * Shape: `a [n, n]`, symmetric with a positive diagonal. A matrix without zeros is factored completely. Where a pivot fails, the
 * diagonal is raised by a share that starts at 0.001 and doubles until none does.
 *
 * @throws ShapeError when `a` is not square.
 * @throws DataError when `a` is not symmetric, a diagonal element is not positive, or `a` holds NaN or infinities.
 * @example
 * ```ts
 * import { incompleteCholesky, matrix } from "@attnlab/linalg";
 * const apply = incompleteCholesky(matrix(2, 2, [4, 2, 2, 5]));
 * Array.from(apply(Float64Array.of(6, 7))); // => [1, 1]
 * ```
 * @see Meijerink and van der Vorst 1977; the shift is Manteuffel's (1980).
 */
export function incompleteCholesky(a: Matrix): Preconditioner {
  const where = "incompleteCholesky";
  const diagonal = positiveDiagonal(where, a);
  checkSymmetric(where, a);
  const n = a.rows;
  let rows = factor(a, diagonal, 0);
  // A large enough shift makes the matrix diagonally dominant, where no pivot fails.
  for (let shift = 1e-3; rows === undefined; shift *= 2) rows = factor(a, diagonal, shift);
  const factored = rows;
  return (r) => {
    checkFloat64(where, "r", r);
    checkSameSize(where, "r.length must equal the size of a", [r.length, n]);
    return solveRows(factored, r.slice());
  };
}

function factor(a: Matrix, diagonal: Float64Array, shift: number): readonly SparseRow[] | undefined {
  const n = a.rows;
  const rows: SparseRow[] = [];
  // Row i of the factor spread out, so that an inner product walks only the other row's non-zeros.
  const dense = new Float64Array(n);
  for (let i = 0; i < n; i++) {
    const columns: number[] = [];
    for (let j = 0; j < i; j++) if (a.data[i * n + j] !== 0) columns.push(j);
    let pivot = (diagonal[i] as number) * (1 + shift);
    for (const j of columns) {
      const other = rows[j] as SparseRow;
      let sum = a.data[i * n + j] as number;
      other.columns.forEach((k, at) => {
        sum -= (dense[k] as number) * (other.values[at] as number);
      });
      const value = sum / other.diagonal;
      dense[j] = value;
      pivot -= value * value;
    }
    if (!(pivot > Number.EPSILON * (diagonal[i] as number))) return undefined;
    rows.push({ columns, values: Float64Array.from(columns, (j) => dense[j] as number), diagonal: Math.sqrt(pivot) });
    for (const j of columns) dense[j] = 0;
  }
  return rows;
}

function solveRows(rows: readonly SparseRow[], z: Float64Array): Float64Array {
  rows.forEach(({ columns, values, diagonal }, i) => {
    let sum = z[i] as number;
    for (let at = 0; at < columns.length; at++) sum -= (values[at] as number) * (z[columns[at] as number] as number);
    z[i] = sum / diagonal;
  });
  for (let i = rows.length - 1; i >= 0; i--) {
    const { columns, values, diagonal } = rows[i] as SparseRow;
    const value = (z[i] as number) / diagonal;
    z[i] = value;
    for (let at = 0; at < columns.length; at++) {
      const j = columns[at] as number;
      z[j] = (z[j] as number) - (values[at] as number) * value;
    }
  }
  return z;
}
