import { DataError, OptionError, problem, show } from "@attnlab/check";
import { checkFloat64 } from "./check-float64.ts";

/**
 * The entrywise lp norm of a vector, or of a matrix passed as its `data`; a quasi-norm for p < 1.
 *
 * $\lVert x\rVert_p = \bigl(\sum_i |x_i|^p\bigr)^{1/p}$, and $\max_i |x_i|$ for p = Infinity.
 *
 * Shape: `x [n]`. The largest magnitude is divided out first, so neither the powers nor their sum overflow or all underflow.
 *
 * @param p - exponent in (0, Infinity].
 * @returns the norm; 0 for an empty vector, NaN when an element is NaN.
 * @throws OptionError when p is not in (0, Infinity].
 * @example
 * ```ts
 * import { lpNorm } from "@attnlab/linalg";
 * lpNorm(Float64Array.of(3e200, -4e200), 2); // => 5e200
 * ```
 */
export function lpNorm(x: Float64Array, p: number): number {
  checkFloat64("lpNorm", "x", x);
  checkExponent("lpNorm", p, 0);
  const largest = largestMagnitude(x);
  if (p === Number.POSITIVE_INFINITY || largest === 0 || !Number.isFinite(largest)) return largest;
  let sum = 0;
  if (p === 2) for (let i = 0; i < x.length; i++) sum += ((x[i] as number) / largest) ** 2;
  else if (p === 1) for (let i = 0; i < x.length; i++) sum += Math.abs(x[i] as number) / largest;
  else for (let i = 0; i < x.length; i++) sum += (Math.abs(x[i] as number) / largest) ** p;
  return largest * (p === 2 ? Math.sqrt(sum) : p === 1 ? sum : sum ** (1 / p));
}

/**
 * The dual (Hölder conjugate) exponent.
 *
 * $q = p / (p - 1)$, so that $1/p + 1/q = 1$.
 *
 * @param p - exponent in [1, Infinity].
 * @returns the dual exponent; 1 and Infinity are each other's dual.
 * @throws OptionError when p < 1: only a norm has a dual.
 * @example
 * ```ts
 * import { dualExponent } from "@attnlab/linalg";
 * dualExponent(3); // => 1.5
 * ```
 */
export function dualExponent(p: number): number {
  if (typeof p !== "number" || !(p >= 1)) {
    const fix = "Only a norm has a dual: pass 1 <= p <= Infinity.";
    throw new OptionError(problem({ where: "dualExponent", expected: "p must be >= 1", got: show(p), fix }));
  }
  if (p === 1) return Number.POSITIVE_INFINITY;
  return p === Number.POSITIVE_INFINITY ? 1 : p / (p - 1);
}

/**
 * The dual of the entrywise lp norm.
 *
 * $\lVert g\rVert_p^* = \max_{\lVert x\rVert_p \le 1} \langle g, x\rangle = \lVert g\rVert_q$ with $q = p/(p-1)$.
 *
 * Shape: `g [n]`.
 *
 * @param p - exponent of the primal norm, in [1, Infinity].
 * @throws OptionError when p < 1.
 * @example
 * ```ts
 * import { dualNorm } from "@attnlab/linalg";
 * dualNorm(Float64Array.of(1, -2, 2), 1); // => 2
 * ```
 */
export function dualNorm(g: Float64Array, p: number): number {
  return lpNorm(g, dualExponent(p));
}

/**
 * Scales a vector to unit lp norm.
 *
 * $\hat x = x / \lVert x\rVert_p$
 *
 * Shape: `x [n]` → `[n]`. Exact for vectors near the ends of the number range: the largest magnitude is divided out first.
 *
 * @param p - exponent in (0, Infinity].
 * @throws DataError when the vector is zero or not finite: it has no direction.
 * @example
 * ```ts
 * import { normalize } from "@attnlab/linalg";
 * Array.from(normalize(Float64Array.of(3, -4), 2)); // => [0.6, -0.8]
 * ```
 */
export function normalize(x: Float64Array, p: number): Float64Array {
  checkFloat64("normalize", "x", x);
  checkExponent("normalize", p, 0);
  return unitVector("normalize", x, p);
}

/** {@link normalize} on behalf of another function. */
export function unitVector(where: string, x: Float64Array, p: number): Float64Array {
  const largest = largestMagnitude(x);
  if (largest === 0 || !Number.isFinite(largest)) {
    const got = largest === 0 ? "only zeros" : `an element ${largest}`;
    const fix = "A zero or infinite vector has no direction: skip it (training from zero has none at step 0).";
    throw new DataError(problem({ where, expected: "the vector must be finite and not zero", got, fix }));
  }
  const scaled = x.map((v) => v / largest);
  const length = lpNorm(scaled, p);
  return scaled.map((v) => v / length);
}

/** The largest absolute value; NaN as soon as an element is NaN. */
export function largestMagnitude(x: Float64Array): number {
  let largest = 0;
  for (let i = 0; i < x.length; i++) {
    const size = Math.abs(x[i] as number);
    if (size > largest) largest = size;
    else if (Number.isNaN(size)) return Number.NaN;
  }
  return largest;
}

/** Requires an exponent above `above`, Infinity included. */
export function checkExponent(where: string, p: number, above: number): void {
  if (typeof p === "number" && p > above) return;
  throw new OptionError(
    problem({ where, expected: `p must be a number > ${above}`, got: show(p), fix: `Pass an exponent above ${above}, for example 2.` }),
  );
}
