import { DataError, problem } from "@attnlab/check";
import { checkVector } from "./check-vector.ts";
import { checkSameSize } from "./matrix.ts";

function checkPositive(where: string, w: Float64Array, zeroAllowed: boolean): void {
  for (let i = 0; i < w.length; i++) {
    const v = w[i] as number;
    if (v > 0 || (zeroAllowed && v === 0)) continue;
    const fix = "The negative entropy lives on positive weights: clip them or use an lp mirror map.";
    throw new DataError(problem({ where, expected: `elements must be ${zeroAllowed ? ">= 0" : "> 0"}`, got: `${v} at index ${i}`, fix }));
  }
}

/**
 * The negative entropy, the potential of exponentiated gradient descent.
 *
 * $\psi(w) = \sum_i w_i \log w_i$, with $0 \log 0 = 0$.
 *
 * Shape: `w [n]`, elements >= 0.
 *
 * @throws DataError when an element is negative, NaN or infinite.
 * @example
 * ```ts
 * import { entropyPotential } from "@attnlab/linalg";
 * entropyPotential(Float64Array.of(1, 0)); // => 0
 * ```
 */
export function entropyPotential(w: Float64Array): number {
  checkVector("entropyPotential", "w", w);
  checkPositive("entropyPotential", w, true);
  let sum = 0;
  for (const v of w) if (v > 0) sum += v * Math.log(v);
  return sum;
}

/**
 * The mirror map of the negative entropy.
 *
 * $\phi(w)_i = 1 + \log w_i$
 *
 * Shape: `w [n]` → `[n]`, elements > 0.
 *
 * @throws DataError when an element is not positive or not finite.
 * @example
 * ```ts
 * import { entropyMirrorMap } from "@attnlab/linalg";
 * Array.from(entropyMirrorMap(Float64Array.of(1))); // => [1]
 * ```
 */
export function entropyMirrorMap(w: Float64Array): Float64Array {
  checkVector("entropyMirrorMap", "w", w);
  checkPositive("entropyMirrorMap", w, false);
  return w.map((v) => 1 + Math.log(v));
}

/**
 * The inverse of {@link entropyMirrorMap}.
 *
 * $\phi^{-1}(u)_i = \exp(u_i - 1)$
 *
 * Shape: `u [n]` → `[n]`.
 *
 * @throws DataError when an element is NaN or infinite.
 * @example
 * ```ts
 * import { entropyInverseMirrorMap } from "@attnlab/linalg";
 * Array.from(entropyInverseMirrorMap(Float64Array.of(1))); // => [1]
 * ```
 */
export function entropyInverseMirrorMap(u: Float64Array): Float64Array {
  checkVector("entropyInverseMirrorMap", "u", u);
  return u.map((v) => Math.exp(v - 1));
}

/**
 * The Bregman divergence of the negative entropy: the generalised Kullback-Leibler divergence.
 *
 * $D(a, b) = \sum_i a_i \log(a_i / b_i) - a_i + b_i$
 *
 * Shapes: `a [n]` with elements >= 0, `b [n]` with elements > 0. Close arguments keep their accuracy through `log1p`.
 *
 * @throws DataError when an element of `a` is negative or one of `b` is not positive, or one is not finite.
 * @throws ShapeError when the lengths differ or an argument is no `Float64Array`.
 * @example
 * ```ts
 * import { entropyBregmanDivergence } from "@attnlab/linalg";
 * entropyBregmanDivergence(Float64Array.of(0, 1), Float64Array.of(0.5, 1)); // => 0.5
 * ```
 */
export function entropyBregmanDivergence(a: Float64Array, b: Float64Array): number {
  checkVector("entropyBregmanDivergence", "a", a);
  checkVector("entropyBregmanDivergence", "b", b);
  checkSameSize("entropyBregmanDivergence", "a.length must equal b.length", [a.length, b.length]);
  checkPositive("entropyBregmanDivergence", a, true);
  checkPositive("entropyBregmanDivergence", b, false);
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += (b[i] as number) * relativeEntropy(((a[i] as number) - (b[i] as number)) / (b[i] as number));
  return sum;
}

/** (1 + x) log(1 + x) - x, by its series sum over k >= 2 of (-x)^k / (k (k - 1)) where the closed form cancels. */
function relativeEntropy(x: number): number {
  if (x === -1) return 1;
  if (Math.abs(x) > 0.1) return (1 + x) * Math.log1p(x) - x;
  let power = x * x;
  let sum = power / 2;
  for (let k = 3; k < 40; k++) {
    power *= -x;
    const next = sum + power / (k * (k - 1));
    if (next === sum) break;
    sum = next;
  }
  return sum;
}
