import { OptionError, problem, show } from "@attnlab/check";
import { checkVector } from "./check-vector.ts";
import { checkSameSize } from "./matrix.ts";
import { largestMagnitude, unitVector } from "./norm.ts";

/** Requires an exponent in (1, Infinity). */
export function checkPotentialExponent(where: string, p: number): void {
  if (typeof p === "number" && p > 1 && p < Number.POSITIVE_INFINITY) return;
  const fix = "The potential is strictly convex and smooth only for 1 < p < Infinity.";
  throw new OptionError(problem({ where, expected: "p must be a number > 1 and finite", got: show(p), fix }));
}

/** sign(v) |v|^power; zero stays zero, and a sign never meets a fractional power. */
export function signedPower(v: number, power: number): number {
  return v > 0 ? v ** power : v < 0 ? -((-v) ** power) : v;
}

/**
 * The lp potential whose gradient is the mirror map.
 *
 * $\psi(w) = \tfrac1p \lVert w\rVert_p^p$
 *
 * Shape: `w [n]`.
 *
 * @param p - exponent in (1, Infinity).
 * @throws OptionError when p is outside (1, Infinity).
 * @throws ShapeError when the argument is no `Float64Array`.
 * @throws DataError when an element is NaN or infinite.
 * @example
 * ```ts
 * import { lpPotential } from "@attnlab/linalg";
 * lpPotential(Float64Array.of(1, -2), 2); // => 2.5
 * ```
 */
export function lpPotential(w: Float64Array, p: number): number {
  checkVector("lpPotential", "w", w);
  checkPotentialExponent("lpPotential", p);
  // One power per element, then the sum: taking the norm first and its p-th power would lose digits for large p.
  let sum = 0;
  for (let i = 0; i < w.length; i++) sum += Math.abs(w[i] as number) ** p;
  return sum / p;
}

/**
 * The lp mirror map, the gradient of {@link lpPotential}.
 *
 * $\phi(w)_i = \operatorname{sign}(w_i)\,|w_i|^{p-1}$
 *
 * Shape: `w [n]` → `[n]`.
 *
 * @param p - exponent in (1, Infinity).
 * @throws OptionError when p is outside (1, Infinity).
 * @throws ShapeError when the argument is no `Float64Array`.
 * @throws DataError when an element is NaN or infinite.
 * @example
 * ```ts
 * import { lpMirrorMap } from "@attnlab/linalg";
 * Array.from(lpMirrorMap(Float64Array.of(-2, 0, 3), 3)); // => [-4, 0, 9]
 * ```
 */
export function lpMirrorMap(w: Float64Array, p: number): Float64Array {
  checkVector("lpMirrorMap", "w", w);
  checkPotentialExponent("lpMirrorMap", p);
  return w.map((v) => signedPower(v, p - 1));
}

/**
 * The inverse of {@link lpMirrorMap}: from dual variables back to weights.
 *
 * $\phi^{-1}(u)_i = \operatorname{sign}(u_i)\,|u_i|^{1/(p-1)}$
 *
 * Shape: `u [n]` → `[n]`. For p near 1 the power is large (10 at p = 1.1): an element overflows to infinity beyond 1e308^(p-1).
 *
 * @param p - exponent in (1, Infinity).
 * @throws OptionError when p is outside (1, Infinity).
 * @throws ShapeError when the argument is no `Float64Array`.
 * @throws DataError when an element is NaN or infinite.
 * @example
 * ```ts
 * import { lpInverseMirrorMap } from "@attnlab/linalg";
 * Array.from(lpInverseMirrorMap(Float64Array.of(-4, 0, 9), 3)); // => [-2, 0, 3]
 * ```
 */
export function lpInverseMirrorMap(u: Float64Array, p: number): Float64Array {
  checkVector("lpInverseMirrorMap", "u", u);
  checkPotentialExponent("lpInverseMirrorMap", p);
  return u.map((v) => signedPower(v, 1 / (p - 1)));
}

/**
 * The Bregman divergence of the lp potential: never negative, 0 only at a = b, in general not symmetric.
 *
 * $D_\psi(a, b) = \tfrac1p\lVert a\rVert_p^p + \tfrac{p-1}p\lVert b\rVert_p^p - \langle\phi(b), a\rangle$
 *
 * Shapes: `a [n]`, `b [n]`. Each element's share is >= 0 (Young's inequality) and is computed from (a - b)/b where the three terms would
 * cancel, so close vectors keep full relative accuracy. The common scale is divided out first.
 *
 * @param p - exponent in (1, Infinity).
 * @throws OptionError when p is outside (1, Infinity).
 * @throws ShapeError when the lengths differ or an argument is no `Float64Array`.
 * @throws DataError when an element is NaN or infinite.
 * @example
 * ```ts
 * import { lpBregmanDivergence } from "@attnlab/linalg";
 * lpBregmanDivergence(Float64Array.of(3, 0), Float64Array.of(0, 4), 2); // => 12.5
 * ```
 */
export function lpBregmanDivergence(a: Float64Array, b: Float64Array, p: number): number {
  checkVector("lpBregmanDivergence", "a", a);
  checkVector("lpBregmanDivergence", "b", b);
  checkPotentialExponent("lpBregmanDivergence", p);
  checkSameSize("lpBregmanDivergence", "a.length must equal b.length", [a.length, b.length]);
  const scale = Math.max(largestMagnitude(a), largestMagnitude(b));
  if (scale === 0) return 0;
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += elementDivergence((a[i] as number) / scale, (b[i] as number) / scale, p);
  return sum * scale ** p;
}

/** The share of one element in {@link lpBregmanDivergence}. */
export function elementDivergence(a: number, b: number, p: number): number {
  if (b === 0) return Math.abs(a) ** p / p;
  const ratio = (a - b) / b;
  if (Math.abs(ratio) <= 0.25) return Math.abs(b) ** p * binomialTail(ratio, p);
  return Math.max(0, Math.abs(a) ** p / p + (Math.abs(b) ** p * (p - 1)) / p - signedPower(b, p - 1) * a);
}

/** ((1 + x)^p - 1)/p - x for small x, as its series sum over k >= 2 of binom(p, k)/p x^k: the closed form loses all digits. */
function binomialTail(x: number, p: number): number {
  let term = ((p - 1) / 2) * x * x;
  let sum = term;
  for (let k = 3; k < 400; k++) {
    term *= ((p - k + 1) / k) * x;
    const next = sum + term;
    if (next === sum) break;
    sum = next;
  }
  return sum;
}

/**
 * How far the directions of two vectors are apart in the geometry of lp: both are scaled to unit lp norm first.
 *
 * $D(a, b) = D_\psi(\hat a, \hat b) = 1 - \langle\phi(\hat b), \hat a\rangle \in [0, 2]$, 0 for equal directions; at p = 2 it is 1 - cosine.
 *
 * Shapes: `a [n]`, `b [n]`. The order matters for p != 2: in the experiments `a` is the SVM solution and `b` the iterate.
 *
 * @param p - exponent in (1, Infinity); the iterate's own p, also when the SVM was solved with another.
 * @throws OptionError when p is outside (1, Infinity).
 * @throws ShapeError when the lengths differ or an argument is no `Float64Array`.
 * @throws DataError when one of the vectors is zero or not finite: it has no direction.
 * @example
 * ```ts
 * import { directionalDivergence } from "@attnlab/linalg";
 * directionalDivergence(Float64Array.of(5, 0), Float64Array.of(0, 3), 3); // => 1
 * ```
 * @see Julistiono, Tarzanagh and Azizan 2024 (arXiv 2410.14581); first argument and exponent as in the authors' code.
 */
export function directionalDivergence(a: Float64Array, b: Float64Array, p: number): number {
  checkVector("directionalDivergence", "a", a);
  checkVector("directionalDivergence", "b", b);
  checkPotentialExponent("directionalDivergence", p);
  checkSameSize("directionalDivergence", "a.length must equal b.length", [a.length, b.length]);
  return lpBregmanDivergence(unitVector("directionalDivergence", a, p), unitVector("directionalDivergence", b, p), p);
}
