import { DataError, OptionError, problem, ShapeError, show } from "@attnlab/check";
import { checkFloat64 } from "./check-float64.ts";
import { type Cholesky, choleskyValue, solveLower } from "./cholesky.ts";
import { checkFinite, checkMatrix, checkSameSize, type Matrix } from "./matrix.ts";

/**
 * The Cholesky factorisation after a rank-one update, in O(n^2).
 *
 * $A + x x^\top = L' L'^\top$
 *
 * Shapes: factor of `[n, n]`, `x [n]`. The given factor stays as it is.
 *
 * @throws ShapeError when the sizes differ, or the arguments are no factor and no `Float64Array`.
 * @throws DataError when `x` holds NaN or infinities.
 * @example
 * ```ts
 * import { cholesky, matrix, updateCholesky } from "@attnlab/linalg";
 * Array.from(updateCholesky(cholesky(matrix(1, 1, [9])), Float64Array.of(4)).lower.data); // => [5]
 * ```
 * @see Golub and Van Loan, 4th edition, section 6.5.4, by Givens rotations.
 */
export function updateCholesky(factor: Cholesky, x: Float64Array): Cholesky {
  const data = copyFor("updateCholesky", factor, x);
  rotateIn(data, factor.lower.rows, x.slice(), 0);
  return choleskyValue({ ...factor.lower, data });
}

/**
 * The Cholesky factorisation after a rank-one downdate, in O(n^2).
 *
 * $A - x x^\top = L' L'^\top$
 *
 * Shapes: factor of `[n, n]`, `x [n]`. The given factor stays as it is. Digits are lost as the matrix comes near to singular.
 *
 * @throws ShapeError when the sizes differ, or the arguments are no factor and no `Float64Array`.
 * @throws DataError when `x` holds NaN or infinities, or the result is not positive definite to rounding.
 * @example
 * ```ts
 * import { cholesky, downdateCholesky, matrix } from "@attnlab/linalg";
 * Array.from(downdateCholesky(cholesky(matrix(1, 1, [25])), Float64Array.of(4)).lower.data); // => [3]
 * ```
 * @see Gill, Golub, Murray and Saunders 1974: the rotations that carry (L^-1 x, rho) to (0, 1), applied to the rows of L.
 */
export function downdateCholesky(factor: Cholesky, x: Float64Array): Cholesky {
  const data = copyFor("downdateCholesky", factor, x);
  const n = factor.lower.rows;
  const q = { rows: n, cols: 1, data: x.slice() };
  solveLower(factor.lower, q, 0);
  let left = 1 - q.data.reduce((sum, v) => sum + v * v, 0);
  if (!(left > 4 * n * Number.EPSILON)) {
    const fix = "The vector is too long in the geometry of a: scale it down, or factor anew.";
    const expected = "a - x x' must be positive definite";
    throw new DataError(problem({ where: "downdateCholesky", expected, got: `1 - x' inv(a) x = ${left}`, fix }));
  }
  left = Math.sqrt(left);
  const carry = new Float64Array(n);
  for (let k = n - 1; k >= 0; k--) {
    const next = Math.hypot(left, q.data[k] as number);
    const cos = left / next;
    const sin = (q.data[k] as number) / next;
    left = next;
    for (let i = k; i < n; i++) {
      const l = data[i * n + k] as number;
      const c = carry[i] as number;
      data[i * n + k] = cos * l - sin * c;
      carry[i] = sin * l + cos * c;
    }
  }
  return choleskyValue({ ...factor.lower, data });
}

/**
 * The Cholesky factorisation after a row and column are inserted, in O(n^2): a constraint enters an active set.
 *
 * Shapes: factor of `[n, n]`, `row [n + 1]` → factor of `[n + 1, n + 1]`; `row[index]` is the new diagonal element.
 *
 * @param index - place of the new row, from 0 to n.
 * @param row - the new row of the larger matrix, which is its column too.
 * @throws OptionError when the index is out of range.
 * @throws ShapeError when the row does not have n + 1 elements.
 * @throws DataError when the row holds NaN or infinities, or the larger matrix is not positive definite to rounding.
 * @example
 * ```ts
 * import { cholesky, insertCholeskyRow, matrix } from "@attnlab/linalg";
 * Array.from(insertCholeskyRow(cholesky(matrix(1, 1, [4])), 1, Float64Array.of(2, 5)).lower.data); // => [2, 0, 1, 2]
 * ```
 */
export function insertCholeskyRow(factor: Cholesky, index: number, row: Float64Array): Cholesky {
  const where = "insertCholeskyRow";
  checkFactor(where, factor);
  const n = factor.lower.rows;
  checkIndex(where, index, n);
  checkFloat64(where, "row", row);
  checkSameSize(where, "row.length must equal the size of the factor plus 1", [row.length, n + 1]);
  checkFinite(where, "row", row);
  const old = factor.lower.data;
  const m = n + 1;
  const data = new Float64Array(m * m);
  for (let i = 0; i < n; i++) {
    for (let j = 0; j <= i; j++) data[(i < index ? i : i + 1) * m + (j < index ? j : j + 1)] = old[i * n + j] as number;
  }
  let pivot = row[index] as number;
  for (let j = 0; j < index; j++) {
    let sum = row[j] as number;
    for (let k = 0; k < j; k++) sum -= (data[index * m + k] as number) * (data[j * m + k] as number);
    const l = sum / (data[j * m + j] as number);
    data[index * m + j] = l;
    pivot -= l * l;
  }
  requirePivot(where, pivot > 4 * m * Number.EPSILON * (row[index] as number));
  const diagonal = Math.sqrt(pivot);
  data[index * m + index] = diagonal;
  // What the new column of L takes over from the block below has to be taken out of it: a downdate of that block.
  const below = n - index;
  const column = new Float64Array(below);
  const block = new Float64Array(below * below);
  for (let i = 0; i < below; i++) {
    let sum = row[index + 1 + i] as number;
    for (let k = 0; k < index; k++) sum -= (data[(index + 1 + i) * m + k] as number) * (data[index * m + k] as number);
    column[i] = sum / diagonal;
    data[(index + 1 + i) * m + index] = column[i] as number;
    for (let j = 0; j <= i; j++) block[i * below + j] = data[(index + 1 + i) * m + index + 1 + j] as number;
  }
  if (below > 0) {
    const corrected = downdateBlock(where, { rows: below, cols: below, data: block }, column);
    for (let i = 0; i < below; i++) {
      for (let j = 0; j <= i; j++) data[(index + 1 + i) * m + index + 1 + j] = corrected.data[i * below + j] as number;
    }
  }
  return choleskyValue({ rows: m, cols: m, data });
}

function downdateBlock(where: string, lower: Matrix, x: Float64Array): Matrix {
  try {
    return downdateCholesky(choleskyValue(lower), x).lower;
  } catch (error) {
    if (error instanceof DataError) requirePivot(where, false);
    throw error;
  }
}

/**
 * The Cholesky factorisation after a row and its column are deleted, in O(n^2): a constraint leaves an active set.
 *
 * Shapes: factor of `[n, n]` → factor of `[n - 1, n - 1]`.
 *
 * @param index - row to delete, from 0 to n - 1.
 * @throws OptionError when the index is out of range.
 * @throws ShapeError when `factor` is no factor.
 * @example
 * ```ts
 * import { cholesky, deleteCholeskyRow, matrix } from "@attnlab/linalg";
 * const left = deleteCholeskyRow(cholesky(matrix(2, 2, [4, 2, 2, 25])), 0);
 * Array.from(left.lower.data); // => [5]
 * ```
 */
export function deleteCholeskyRow(factor: Cholesky, index: number): Cholesky {
  checkFactor("deleteCholeskyRow", factor);
  const n = factor.lower.rows;
  checkIndex("deleteCholeskyRow", index, n - 1);
  const old = factor.lower.data;
  const m = n - 1;
  const data = new Float64Array(m * m);
  for (let i = 0; i < m; i++) {
    const from = i < index ? i : i + 1;
    for (let j = 0; j <= i; j++) data[i * m + j] = old[from * n + (j < index ? j : j + 1)] as number;
  }
  // The deleted column's share of the block below goes back into it: an update.
  const x = new Float64Array(m);
  for (let i = index; i < m; i++) x[i] = old[(i + 1) * n + index] as number;
  rotateIn(data, m, x, index);
  return choleskyValue({ rows: m, cols: m, data });
}

/** L L' + x x' by rotations of x into the columns from `start` on; x is used up. */
function rotateIn(data: Float64Array, n: number, x: Float64Array, start: number): void {
  for (let k = start; k < n; k++) {
    const l = data[k * n + k] as number;
    const r = Math.hypot(l, x[k] as number);
    const cos = l / r;
    const sin = (x[k] as number) / r;
    data[k * n + k] = r;
    for (let i = k + 1; i < n; i++) {
      const below = data[i * n + k] as number;
      data[i * n + k] = cos * below + sin * (x[i] as number);
      x[i] = cos * (x[i] as number) - sin * below;
    }
  }
}

function copyFor(where: string, factor: Cholesky, x: Float64Array): Float64Array {
  checkFactor(where, factor);
  checkFloat64(where, "x", x);
  checkSameSize(where, "x.length must equal the size of the factor", [x.length, factor.lower.rows]);
  checkFinite(where, "x", x);
  return factor.lower.data.slice();
}

/** Requires what {@link cholesky} returns: a lower factor of finite numbers with a positive diagonal. */
function checkFactor(where: string, factor: Cholesky): void {
  if (typeof factor !== "object" || factor === null || !("lower" in factor)) {
    const fix = "Pass the value that cholesky returned.";
    throw new ShapeError(problem({ where, expected: "factor must be a Cholesky factorisation", got: show(factor), fix }));
  }
  const { lower } = factor;
  checkMatrix(where, "factor.lower", lower);
  checkSameSize(where, "factor.lower must be square: rows must equal columns", [lower.rows, lower.cols]);
  checkFinite(where, "factor.lower", lower.data);
  for (let i = 0; i < lower.rows; i++) {
    const pivot = lower.data[i * (lower.rows + 1)] as number;
    if (pivot > 0) continue;
    const fix = "Pass the value that cholesky returned.";
    throw new DataError(problem({ where, expected: "diagonal elements of factor.lower must be > 0", got: `${pivot} at index ${i}`, fix }));
  }
}

function checkIndex(where: string, index: number, largest: number): void {
  if (Number.isSafeInteger(index) && index >= 0 && index <= largest) return;
  const fix = largest < 0 ? "The factor is empty." : "Pass the index of a row.";
  throw new OptionError(problem({ where, expected: `index must be a whole number from 0 to ${largest}`, got: show(index), fix }));
}

function requirePivot(where: string, positive: boolean): void {
  if (positive) return;
  const fix = "The new row depends on the others: leave it out, or add to its diagonal element.";
  const expected = "the larger matrix must be positive definite";
  throw new DataError(problem({ where, expected, got: "a pivot <= 0 to rounding", fix }));
}
