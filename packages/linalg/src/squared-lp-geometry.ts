import { checkVector } from "./check-vector.ts";
import { checkPotentialExponent, signedPower } from "./lp-geometry.ts";
import { checkSameSize } from "./matrix.ts";
import { dualExponent, largestMagnitude, lpNorm } from "./norm.ts";
import { dot } from "./vector.ts";

/**
 * Half the squared lp norm, the potential of the p-norm algorithms; its conjugate is half the squared dual norm.
 *
 * $\psi(w) = \tfrac12 \lVert w\rVert_p^2$
 *
 * Shape: `w [n]`.
 *
 * @param p - exponent in (1, Infinity).
 * @throws OptionError when p is outside (1, Infinity).
 * @throws ShapeError when the argument is no `Float64Array`.
 * @throws DataError when an element is NaN or infinite.
 * @example
 * ```ts
 * import { squaredLpPotential } from "@attnlab/linalg";
 * squaredLpPotential(Float64Array.of(3, 4), 2); // => 12.5
 * ```
 */
export function squaredLpPotential(w: Float64Array, p: number): number {
  checkVector("squaredLpPotential", "w", w);
  checkPotentialExponent("squaredLpPotential", p);
  return lpNorm(w, p) ** 2 / 2;
}

/**
 * The mirror map of {@link squaredLpPotential}; homogeneous of degree one, unlike {@link lpMirrorMap}.
 *
 * $\nabla\psi(w)_i = \operatorname{sign}(w_i)\,|w_i|^{p-1}\,\lVert w\rVert_p^{2-p}$
 *
 * Shape: `w [n]` → `[n]`; zero maps to zero.
 *
 * @param p - exponent in (1, Infinity).
 * @throws OptionError when p is outside (1, Infinity).
 * @throws ShapeError when the argument is no `Float64Array`.
 * @throws DataError when an element is NaN or infinite.
 * @example
 * ```ts
 * import { squaredLpMirrorMap } from "@attnlab/linalg";
 * Array.from(squaredLpMirrorMap(Float64Array.of(-2, 0), 3)); // => [-2, 0]
 * ```
 */
export function squaredLpMirrorMap(w: Float64Array, p: number): Float64Array {
  checkVector("squaredLpMirrorMap", "w", w);
  checkPotentialExponent("squaredLpMirrorMap", p);
  return gradient(w, p);
}

/**
 * The inverse of {@link squaredLpMirrorMap}: the mirror map of the dual exponent.
 *
 * $w_i = \operatorname{sign}(u_i)\,|u_i|^{q-1}\,\lVert u\rVert_q^{2-q}$ with $q = p/(p-1)$
 *
 * Shape: `u [n]` → `[n]`.
 *
 * @param p - exponent of the potential, in (1, Infinity).
 * @throws OptionError when p is outside (1, Infinity).
 * @throws ShapeError when the argument is no `Float64Array`.
 * @throws DataError when an element is NaN or infinite.
 * @example
 * ```ts
 * import { squaredLpInverseMirrorMap, squaredLpMirrorMap } from "@attnlab/linalg";
 * Array.from(squaredLpInverseMirrorMap(squaredLpMirrorMap(Float64Array.of(1, -2), 3), 3)); // => [1.000, -2.000]
 * ```
 */
export function squaredLpInverseMirrorMap(u: Float64Array, p: number): Float64Array {
  checkVector("squaredLpInverseMirrorMap", "u", u);
  checkPotentialExponent("squaredLpInverseMirrorMap", p);
  return gradient(u, dualExponent(p));
}

function gradient(w: Float64Array, p: number): Float64Array {
  const norm = lpNorm(w, p);
  return norm === 0 ? w.slice() : w.map((v) => norm * signedPower(v / norm, p - 1));
}

/**
 * The Bregman divergence of {@link squaredLpPotential}: never negative, 0 only at a = b.
 *
 * $D(a, b) = \tfrac12\lVert a\rVert_p^2 + \tfrac12\lVert b\rVert_p^2 - \langle\nabla\psi(b), a\rangle$
 *
 * Shapes: `a [n]`, `b [n]`. Computed to about 1e-15 of the squared norms; {@link lpBregmanDivergence} is the one to use for close vectors.
 *
 * @param p - exponent in (1, Infinity).
 * @throws OptionError when p is outside (1, Infinity).
 * @throws ShapeError when the lengths differ or an argument is no `Float64Array`.
 * @throws DataError when an element is NaN or infinite.
 * @example
 * ```ts
 * import { squaredLpBregmanDivergence } from "@attnlab/linalg";
 * squaredLpBregmanDivergence(Float64Array.of(3, 0), Float64Array.of(0, 4), 3); // => 12.5
 * ```
 */
export function squaredLpBregmanDivergence(a: Float64Array, b: Float64Array, p: number): number {
  checkVector("squaredLpBregmanDivergence", "a", a);
  checkVector("squaredLpBregmanDivergence", "b", b);
  checkPotentialExponent("squaredLpBregmanDivergence", p);
  checkSameSize("squaredLpBregmanDivergence", "a.length must equal b.length", [a.length, b.length]);
  const scale = Math.max(largestMagnitude(a), largestMagnitude(b));
  if (scale === 0) return 0;
  const [u, v] = [a.map((e) => e / scale), b.map((e) => e / scale)];
  const divergence = lpNorm(u, p) ** 2 / 2 + lpNorm(v, p) ** 2 / 2 - dot(gradient(v, p), u);
  return Math.max(0, divergence) * scale ** 2;
}
