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
  copyRow(chol, index, chol.reduced);
  return finishRow(chol, index, chol.reduced, 0);
}

/** {@link reduce} for four rows at once against the same members: every row of L is then read once for the four. */
export function admitFour(
  chol: CholeskyRows,
  indices: readonly [number, number, number, number],
  admit: (index: number, rest: number) => boolean,
): void {
  const { size, members, factor } = chol;
  const known = members.length;
  const rows = indices.map(() => new Float64Array(size));
  const [a, b, c, d] = rows as [Float64Array, Float64Array, Float64Array, Float64Array];
  indices.forEach((index, r) => {
    copyRow(chol, index, rows[r] as Float64Array);
  });
  for (let j = 0; j < known; j++) {
    const at = j * size;
    let [s0, s1, s2, s3] = [a[j] as number, b[j] as number, c[j] as number, d[j] as number];
    for (let k = 0; k < j; k++) {
      const v = factor[at + k] as number;
      s0 -= v * (a[k] as number);
      s1 -= v * (b[k] as number);
      s2 -= v * (c[k] as number);
      s3 -= v * (d[k] as number);
    }
    const pivot = 1 / (factor[at + j] as number);
    a[j] = s0 * pivot;
    b[j] = s1 * pivot;
    c[j] = s2 * pivot;
    d[j] = s3 * pivot;
  }
  rows.forEach((row, r) => {
    const index = indices[r] as number;
    for (let j = known; j < members.length; j++) row[j] = chol.matrix[index * size + (members[j] as number)] as number;
    const rest = finishRow(chol, index, row, known);
    if (admit(index, rest)) {
      chol.reduced.set(row);
      appendReduced(chol, index, rest);
    }
  });
}

function copyRow({ matrix, size, members }: CholeskyRows, index: number, row: Float64Array): void {
  for (let j = 0; j < members.length; j++) row[j] = matrix[index * size + (members[j] as number)] as number;
}

/** Forward substitution from member `from` on. */
function finishRow({ matrix, size, members, factor }: CholeskyRows, index: number, row: Float64Array, from: number): number {
  const k = members.length;
  for (let j = from; j < k; j++) row[j] = ((row[j] as number) - prefixDot(factor, j * size, row, j)) / (factor[j * size + j] as number);
  let rest = matrix[index * size + index] as number;
  for (let j = 0; j < k; j++) rest -= (row[j] as number) ** 2;
  return rest;
}

/** Inner product of the first `length` numbers of a row and of `x`, in four lanes. */
function prefixDot(rows: Float64Array, from: number, x: Float64Array, length: number): number {
  const whole = length - (length % 4);
  let s0 = 0;
  let s1 = 0;
  let s2 = 0;
  let s3 = 0;
  for (let j = 0; j < whole; j += 4) {
    s0 += (rows[from + j] as number) * (x[j] as number);
    s1 += (rows[from + j + 1] as number) * (x[j + 1] as number);
    s2 += (rows[from + j + 2] as number) * (x[j + 2] as number);
    s3 += (rows[from + j + 3] as number) * (x[j + 3] as number);
  }
  for (let j = whole; j < length; j++) s0 += (rows[from + j] as number) * (x[j] as number);
  return s0 + s1 + (s2 + s3);
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
  for (let i = 0; i < members.length; i++) y[i] = ((y[i] as number) - prefixDot(factor, i * size, y, i)) / (factor[i * size + i] as number);
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
