import { rowDot } from "../row-dot.ts";

/** The Cholesky factor of a growing and shrinking set of rows and columns of a symmetric matrix. */
export interface CholeskyRows {
  /** The matrix `[size, size]`. */
  readonly matrix: Float64Array;
  readonly size: number;
  /** Which rows are in, in the order of the factor. */
  readonly members: number[];
  /** L, lower triangular, `[size, size]`, the first `members.length` rows in use. */
  readonly factor: Float64Array;
  /** The row of L that {@link reduce} works out, `[size]`. */
  readonly reduced: Float64Array;
}

/** An empty factor. */
export function emptyCholesky(matrix: Float64Array, size: number): CholeskyRows {
  return { matrix, size, members: [], factor: new Float64Array(size * size), reduced: new Float64Array(size) };
}

/** Works out the row of L for matrix row `index` in `reduced`; returns its squared diagonal element, what is left of the matrix's own. */
export function reduce(chol: CholeskyRows, index: number): number {
  const { matrix, size, members, factor, reduced } = chol;
  const k = members.length;
  for (let j = 0; j < k; j++) reduced[j] = matrix[index * size + (members[j] as number)] as number;
  let rest = matrix[index * size + index] as number;
  for (let j = 0; j < k; j++) {
    const v = ((reduced[j] as number) - rowDot(factor, j * size, reduced, j)) / (factor[j * size + j] as number);
    reduced[j] = v;
    rest -= v * v;
  }
  return rest;
}

/** Adds the row that {@link reduce} has just worked out; `rest` is what it returned. */
export function appendReduced(chol: CholeskyRows, index: number, rest: number): void {
  const { size, members, factor, reduced } = chol;
  const at = members.length * size;
  factor.set(reduced.subarray(0, members.length), at);
  factor[at + members.length] = Math.sqrt(rest);
  members.push(index);
}

/** Removes the member in place `place`; rotations of columns keep L triangular. */
export function removeMember(chol: CholeskyRows, place: number): void {
  const { size, members, factor } = chol;
  const k = members.length;
  factor.copyWithin(place * size, (place + 1) * size, k * size);
  members.splice(place, 1);
  for (let c = place; c < k - 1; c++) {
    const a = factor[c * size + c] as number;
    const b = factor[c * size + c + 1] as number;
    const h = Math.hypot(a, b);
    const cos = a / h;
    const sin = b / h;
    for (let i = c; i < k - 1; i++) {
      const at = i * size + c;
      const x = factor[at] as number;
      const y = factor[at + 1] as number;
      factor[at] = cos * x + sin * y;
      factor[at + 1] = cos * y - sin * x;
    }
  }
}

/** Solves L x = y in place (the first members). */
export function solveLower({ size, members, factor }: CholeskyRows, y: Float64Array): void {
  for (let i = 0; i < members.length; i++) y[i] = ((y[i] as number) - rowDot(factor, i * size, y, i)) / (factor[i * size + i] as number);
}

/** Solves L'x = y in place (the first members). */
export function solveUpper({ size, members, factor }: CholeskyRows, y: Float64Array): void {
  for (let i = members.length - 1; i >= 0; i--) {
    const v = (y[i] as number) / (factor[i * size + i] as number);
    y[i] = v;
    const at = i * size;
    for (let j = 0; j < i; j++) y[j] = (y[j] as number) - v * (factor[at + j] as number);
  }
}
