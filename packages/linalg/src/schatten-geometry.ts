import { checkFactorable } from "./linear-solve.ts";
import { checkPotentialExponent, elementDivergence, lpPotential, signedPower } from "./lp-geometry.ts";
import { mapSingularValues } from "./map-singular-values.ts";
import { checkFinite, checkMatrix, checkSameSize, type Matrix } from "./matrix.ts";
import { largestMagnitude } from "./norm.ts";
import { type Svd, svdOf } from "./svd.ts";

/**
 * The Schatten potential, the lp potential of the singular values.
 *
 * $\Psi(W) = \tfrac1p \sum_k \sigma_k(W)^p$
 *
 * Shape: `w [m, n]`.
 *
 * @param p - exponent in (1, Infinity).
 * @throws OptionError when p is outside (1, Infinity).
 * @throws ShapeError when a size is 0.
 * @throws DataError when `w` holds NaN or infinities.
 * @example
 * ```ts
 * import { matrix, schattenPotential } from "@attnlab/linalg";
 * schattenPotential(matrix(2, 2, [3, 0, 0, 4]), 2); // => 12.5
 * ```
 */
export function schattenPotential(w: Matrix, p: number): number {
  checkPotentialExponent("schattenPotential", p);
  return lpPotential(svdOf("schattenPotential", w).singularValues, p);
}

/**
 * The Schatten (spectral) mirror map, the gradient of {@link schattenPotential}.
 *
 * $\Phi(W) = U \operatorname{diag}(\sigma^{p-1}) V^\top$
 *
 * Shape: `w [m, n]` → `[m, n]`.
 *
 * @param p - exponent in (1, Infinity).
 * @throws OptionError when p is outside (1, Infinity).
 * @throws ShapeError when a size is 0.
 * @throws DataError when `w` holds NaN or infinities.
 * @example
 * ```ts
 * import { matrix, schattenMirrorMap } from "@attnlab/linalg";
 * Array.from(schattenMirrorMap(matrix(2, 2, [3, 0, 0, -4]), 3).data); // => [9, 0, 0, -16]
 * ```
 */
export function schattenMirrorMap(w: Matrix, p: number): Matrix {
  checkPotentialExponent("schattenMirrorMap", p);
  return mapSingularValues(w, (sigma) => sigma.map((s) => signedPower(s, p - 1)), "schattenMirrorMap");
}

/**
 * The inverse of {@link schattenMirrorMap}: from dual variables back to weights.
 *
 * $\Phi^{-1}(G) = U \operatorname{diag}(\sigma^{1/(p-1)}) V^\top$
 *
 * Shape: `g [m, n]` → `[m, n]`.
 *
 * @param p - exponent in (1, Infinity).
 * @throws OptionError when p is outside (1, Infinity).
 * @throws ShapeError when a size is 0.
 * @throws DataError when `g` holds NaN or infinities.
 * @example
 * ```ts
 * import { matrix, schattenInverseMirrorMap } from "@attnlab/linalg";
 * Array.from(schattenInverseMirrorMap(matrix(2, 2, [9, 0, 0, -16]), 3).data); // => [3, 0, 0, -4]
 * ```
 */
export function schattenInverseMirrorMap(g: Matrix, p: number): Matrix {
  checkPotentialExponent("schattenInverseMirrorMap", p);
  return mapSingularValues(g, (sigma) => sigma.map((s) => signedPower(s, 1 / (p - 1))), "schattenInverseMirrorMap");
}

/**
 * The Bregman divergence of the Schatten potential: never negative, 0 only at A = B, in general not symmetric.
 *
 * $D(A, B) = \tfrac1p\lVert A\rVert_{S_p}^p + \tfrac{p-1}p\lVert B\rVert_{S_p}^p - \langle\Phi(B), A\rangle$
 *
 * Shapes: `a [m, n]`, `b [m, n]`. Computed as a sum of terms >= 0: the divergences between singular values, weighted by the overlaps of the
 * singular vectors, so close matrices keep their accuracy.
 *
 * @param p - exponent in (1, Infinity).
 * @throws OptionError when p is outside (1, Infinity).
 * @throws ShapeError when the sizes differ or are 0.
 * @throws DataError when `a` or `b` holds NaN or infinities.
 * @example
 * ```ts
 * import { matrix, schattenBregmanDivergence } from "@attnlab/linalg";
 * schattenBregmanDivergence(matrix(1, 2, [3, 0]), matrix(1, 2, [0, 4]), 2); // => 12.5
 * ```
 * @see The weights follow from the symmetric matrices [[0, A], [A', 0]], whose eigenvalues are $\pm\sigma_k$.
 */
export function schattenBregmanDivergence(a: Matrix, b: Matrix, p: number): number {
  const where = "schattenBregmanDivergence";
  checkPotentialExponent(where, p);
  checkFactorable(where, a);
  checkMatrix(where, "b", b);
  checkSameSize(where, "rows of a must equal rows of b", [a.rows, b.rows]);
  checkSameSize(where, "columns of a must equal columns of b", [a.cols, b.cols]);
  checkFinite(where, "b", b.data);
  const scale = Math.max(largestMagnitude(a.data), largestMagnitude(b.data)) || 1;
  const [first, second] = [a, b].map((one) => svdOf(where, { ...one, data: one.data.map((v) => v / scale) })) as [Svd, Svd];
  let sum = 0;
  for (let i = 0; i < first.rank; i++) {
    for (let j = 0; j < second.rank; j++) {
      const left = overlap(first.left, i, second.left, j);
      const right = overlap(first.right, i, second.right, j);
      const same = ((left + right) / 2) ** 2;
      const opposite = ((left - right) / 2) ** 2;
      const [s, t] = [first.singularValues[i] as number, second.singularValues[j] as number];
      sum += same * elementDivergence(s, t, p) + opposite * elementDivergence(s, -t, p);
    }
  }
  for (let i = 0; i < first.rank; i++) sum += outsideShare(first, i, second) * elementDivergence(first.singularValues[i] as number, 0, p);
  for (let j = 0; j < second.rank; j++) sum += outsideShare(second, j, first) * elementDivergence(0, second.singularValues[j] as number, p);
  return sum * scale ** p;
}

/** The inner product of column i of one matrix and column j of another. */
function overlap(u: Matrix, i: number, v: Matrix, j: number): number {
  let sum = 0;
  for (let r = 0; r < u.rows; r++) sum += (u.data[r * u.cols + i] as number) * (v.data[r * v.cols + j] as number);
  return sum;
}

/**
 * The share of singular pair i that lies in the null space of the other matrix: half the squares of what the projections leave. Taken from
 * the left-over vectors, since 1 minus the squares inside would be rounding for close matrices.
 */
function outsideShare(one: Svd, i: number, other: Svd): number {
  let share = 0;
  for (const side of ["left", "right"] as const) {
    const [u, v] = [one[side], other[side]];
    const rest = Float64Array.from({ length: u.rows }, (_, r) => u.data[r * u.cols + i] as number);
    for (let j = 0; j < other.rank; j++) {
      const along = overlap(u, i, v, j);
      for (let r = 0; r < rest.length; r++) rest[r] = (rest[r] as number) - along * (v.data[r * v.cols + j] as number);
    }
    for (const e of rest) share += (e * e) / 2;
  }
  return share;
}
