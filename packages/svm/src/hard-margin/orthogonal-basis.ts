import { rowDot } from "../row-dot.ts";

/**
 * An orthonormal basis of a changing set of vectors: the QR factorisation of the matrix whose columns are those vectors.
 * QR and not the Cholesky factor of their Gram matrix, because the latter squares the condition number.
 */
export interface OrthogonalBasis {
  /** Length of the vectors. */
  readonly dim: number;
  /** The most vectors it can hold. */
  readonly capacity: number;
  /** Vectors held now. */
  count: number;
  /** Row i is the i-th basis vector, `[capacity, dim]`. */
  readonly q: Float64Array;
  /** Upper triangular coefficients, `[capacity, capacity]`. */
  readonly r: Float64Array;
  /** What {@link split} leaves of a vector outside the span, `[dim]`. */
  readonly rest: Float64Array;
  /** The coefficients {@link split} finds inside the span, `[capacity]`. */
  readonly inside: Float64Array;
}

/** An empty basis with room for `capacity` vectors. */
export function emptyBasis(dim: number, capacity: number): OrthogonalBasis {
  const [bases, coefficients] = [capacity * dim, capacity * capacity];
  const block = new Float64Array(bases + coefficients + dim + capacity);
  return {
    dim,
    capacity,
    count: 0,
    q: block.subarray(0, bases),
    r: block.subarray(bases, bases + coefficients),
    rest: block.subarray(bases + coefficients, bases + coefficients + dim),
    inside: block.subarray(bases + coefficients + dim),
  };
}

/** Splits the vector at `from` of `source` into its part inside the span (`inside`) and the rest (`rest`); returns the length of the rest. */
export function split(basis: OrthogonalBasis, source: Float64Array, from: number): number {
  const { dim, count, rest, inside } = basis;
  let before = 0;
  for (let j = 0; j < dim; j++) {
    const v = source[from + j] as number;
    rest[j] = v;
    before += v * v;
  }
  inside.fill(0, 0, count);
  let after = before;
  // One pass loses orthogonality by the ratio of the lengths; beyond a factor of 10 a second pass restores it ("twice is enough", Kahan and Parlett).
  for (let pass = 0; pass < 2 && count > 0; pass++) {
    after = removeSpan(basis);
    if (after > 0.01 * before) break;
    before = after;
  }
  return Math.sqrt(after);
}

function removeSpan(basis: OrthogonalBasis): number {
  const { dim, count, q, rest, inside } = basis;
  for (let i = 0; i < count; i++) {
    const at = i * dim;
    const along = rowDot(q, at, rest);
    inside[i] = (inside[i] as number) + along;
    for (let j = 0; j < dim; j++) rest[j] = (rest[j] as number) - along * (q[at + j] as number);
  }
  return rowDot(rest, 0, rest);
}

/** Adds the vector that {@link split} has just taken apart; `length` is what it returned. */
export function appendSplit(basis: OrthogonalBasis, length: number): void {
  const { dim, capacity, count, q, r, rest, inside } = basis;
  for (let j = 0; j < dim; j++) q[count * dim + j] = (rest[j] as number) / length;
  for (let i = 0; i < count; i++) r[i * capacity + count] = inside[i] as number;
  r[count * capacity + count] = length;
  basis.count = count + 1;
}

/** Removes the vector in place `index`; later ones move up. Givens rotations keep R triangular. */
export function removeVector(basis: OrthogonalBasis, index: number): void {
  const { dim, capacity, count, q, r } = basis;
  for (let i = 0; i < count; i++) {
    for (let j = index; j < count - 1; j++) r[i * capacity + j] = r[i * capacity + j + 1] as number;
  }
  for (let i = index; i < count - 1; i++) {
    const a = r[i * capacity + i] as number;
    const b = r[(i + 1) * capacity + i] as number;
    const h = Math.hypot(a, b);
    const c = a / h;
    const s = b / h;
    rotateRows(r, i * capacity + i, (i + 1) * capacity + i, count - 1 - i, c, s);
    r[(i + 1) * capacity + i] = 0;
    rotateRows(q, i * dim, (i + 1) * dim, dim, c, s);
  }
  basis.count = count - 1;
}

function rotateRows(data: Float64Array, first: number, second: number, length: number, c: number, s: number): void {
  for (let j = 0; j < length; j++) {
    const x = data[first + j] as number;
    const y = data[second + j] as number;
    data[first + j] = c * x + s * y;
    data[second + j] = c * y - s * x;
  }
}

/** Solves R x = y in place (the first `count` elements). */
export function backSubstitute(basis: OrthogonalBasis, y: Float64Array): void {
  const { capacity, count, r } = basis;
  for (let i = count - 1; i >= 0; i--) {
    let sum = y[i] as number;
    for (let j = i + 1; j < count; j++) sum -= (r[i * capacity + j] as number) * (y[j] as number);
    y[i] = sum / (r[i * capacity + i] as number);
  }
}

/** Solves R' x = y in place (the first `count` elements). */
export function forwardSubstitute(basis: OrthogonalBasis, y: Float64Array): void {
  const { capacity, count, r } = basis;
  for (let i = 0; i < count; i++) {
    const v = (y[i] as number) / (r[i * capacity + i] as number);
    y[i] = v;
    for (let j = i + 1; j < count; j++) y[j] = (y[j] as number) - (r[i * capacity + j] as number) * v;
  }
}
