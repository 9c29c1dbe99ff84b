import { rowDot } from "../row-dot.ts";
import { type LeastDistanceWorkspace, paddedLength } from "./least-distance-workspace.ts";

/**
 * An orthonormal basis of a changing set of vectors: the QR factorisation of the matrix whose columns are those vectors.
 * QR and not the Cholesky factor of their Gram matrix, because the latter squares the condition number.
 */
export interface OrthogonalBasis {
  readonly workspace: LeastDistanceWorkspace;
  /** Length of the vectors. */
  readonly dim: number;
  /** What they are padded to with zeros. */
  readonly stride: number;
  /** The most vectors it can hold. */
  readonly capacity: number;
  /** Vectors held now. */
  count: number;
  /** Row i is the i-th basis vector, `[capacity, stride]`. */
  readonly q: Float64Array;
  /** The upper triangular coefficients by columns, with zeros in place of the diagonal and below, `[capacity, columnStride]`. */
  readonly r: Float64Array;
  readonly columnStride: number;
  /** The diagonal of R, `[capacity]`, and its inverses. */
  readonly diagonal: Float64Array;
  readonly inverse: Float64Array;
  /** What {@link split} leaves of a vector outside the span, `[stride]`. */
  readonly rest: Float64Array;
  /** The coefficients {@link split} finds inside the span, `[columnStride]`. */
  readonly inside: Float64Array;
}

/** Numbers that a basis takes from its workspace. */
export function basisLength(dim: number, capacity: number): number {
  const [stride, columnStride] = [paddedLength(dim), paddedLength(capacity)];
  return (capacity + 1) * (stride + columnStride) + 2 * paddedLength(capacity);
}

/** An empty basis with room for `capacity` vectors. */
export function emptyBasis(workspace: LeastDistanceWorkspace, dim: number, capacity: number): OrthogonalBasis {
  const [stride, columnStride] = [paddedLength(dim), paddedLength(capacity)];
  const { take } = workspace;
  return {
    workspace,
    dim,
    stride,
    capacity,
    count: 0,
    q: take(capacity * stride),
    r: take(capacity * columnStride),
    columnStride,
    diagonal: take(capacity),
    inverse: take(capacity),
    rest: take(stride).fill(0),
    inside: take(columnStride).fill(0),
  };
}

/** Splits the vector at `from` of `source`, its elements `apart` from each other, into its part inside the span (`inside`) and the rest (`rest`); returns the length of the rest. */
export function split(basis: OrthogonalBasis, source: Float64Array, from: number, apart = 1): number {
  const { dim, stride, count, q, rest, inside, workspace } = basis;
  for (let j = 0, at = from; j < dim; j++, at += apart) rest[j] = source[at] as number;
  let before = rowDot(rest, 0, rest);
  for (let i = 0; i < count; i++) inside[i] = 0;
  let after = before;
  // One pass loses orthogonality by the ratio of the lengths; beyond a factor of 10 a second pass restores it ("twice is enough", Kahan and Parlett).
  for (let pass = 0; pass < 2 && count > 0; pass++) {
    const [vectors, vector] = [q.byteOffset, rest.byteOffset];
    workspace.functions.project(vectors, vectors + 8 * count * stride, vector, vector + 8 * stride, inside.byteOffset);
    after = rowDot(rest, 0, rest);
    if (after > 0.01 * before) break;
    before = after;
  }
  return Math.sqrt(after);
}

/** Adds the vector that {@link split} has just taken apart; `length` is what it returned. */
export function appendSplit(basis: OrthogonalBasis, length: number): void {
  const { stride, columnStride, count, q, r, rest, inside } = basis;
  for (let j = 0, at = count * stride; j < stride; j++, at++) q[at] = (rest[j] as number) / length;
  const column = count * columnStride;
  for (let i = 0; i < count; i++) r[column + i] = inside[i] as number;
  for (let i = count; i < columnStride; i++) r[column + i] = 0;
  setDiagonal(basis, count, length);
  basis.count = count + 1;
}

function setDiagonal({ diagonal, inverse }: OrthogonalBasis, place: number, value: number): void {
  diagonal[place] = value;
  inverse[place] = 1 / value;
}

/** Removes the vector in place `index`; later ones move up. Givens rotations keep R triangular. */
export function removeVector(basis: OrthogonalBasis, index: number): void {
  const { stride, columnStride, count, q, r, diagonal, workspace } = basis;
  const { rotate } = workspace.functions;
  r.copyWithin(index * columnStride, (index + 1) * columnStride, count * columnStride);
  for (let i = index; i < count - 1; i++) {
    // What was above the diagonal is on it now, and the diagonal below.
    const a = r[i * columnStride + i] as number;
    const b = diagonal[i + 1] as number;
    const h = length(a, b);
    const c = a / h;
    const s = b / h;
    r[i * columnStride + i] = 0;
    setDiagonal(basis, i, h);
    for (let j = i + 1; j < count - 1; j++) {
      const at = j * columnStride + i;
      const x = r[at] as number;
      const y = r[at + 1] as number;
      r[at] = c * x + s * y;
      r[at + 1] = c * y - s * x;
    }
    const first = q.byteOffset + 8 * i * stride;
    rotate(first, first + 8 * stride, first + 8 * stride, c, s);
  }
  basis.count = count - 1;
}

/** The square root of a a + b b; squares of numbers far from 1 overflow or vanish. */
function length(a: number, b: number): number {
  const plain = Math.sqrt(a * a + b * b);
  return plain > 1e-100 && plain < 1e100 ? plain : Math.hypot(a, b);
}

/** Solves R x = y in place (the first `count` elements); y must be of this workspace, and `columnStride` long. */
export function backSubstitute({ workspace, columnStride, count, r, inverse }: OrthogonalBasis, y: Float64Array): void {
  if (count === 0) return;
  const last = count - 1;
  const column = r.byteOffset + 8 * last * columnStride;
  workspace.functions.substitute(column, y.byteOffset, y.byteOffset + 8 * last, inverse.byteOffset + 8 * last, 8 * columnStride);
}

/** Solves R' x = y in place (the first `count` elements). */
export function forwardSubstitute({ columnStride, count, r, inverse }: OrthogonalBasis, y: Float64Array): void {
  for (let i = 0; i < count; i++) {
    y[i] = ((y[i] as number) - rowDot(r, i * columnStride, y, i)) * (inverse[i] as number);
  }
}
