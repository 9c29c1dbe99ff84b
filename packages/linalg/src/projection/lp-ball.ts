import { numberOption, optionTable } from "@attnlab/check";
import { checkVector } from "../check-vector.ts";
import { dualExponent, lpNorm } from "../norm.ts";
import { monotoneRoot } from "./monotone-root.ts";
import { shrinkAll } from "./power-shrinkage.ts";
import { simplexThreshold } from "./simplex.ts";

/** Options of {@link projectLpBall}. */
export interface LpBallOptions {
  /** Exponent of the norm, 1 <= p <= Infinity. */
  readonly p: number;
  /** Largest norm, >= 0; default `1`. */
  readonly radius?: number;
}

/** The rules behind {@link LpBallOptions}, for all functions on balls. */
export const BALL_RULES = {
  p: numberOption({ doc: "Exponent of the norm, from 1 to Infinity.", min: 1, max: Number.POSITIVE_INFINITY, required: true }),
  radius: numberOption({ doc: "Radius of the ball.", min: 0, default: 1 }),
} as const;

const OPTIONS = optionTable("projectLpBall", BALL_RULES);

/**
 * The nearest point of an lp ball.
 *
 * $\arg\min_w \lVert w - x\rVert_2$ subject to $\lVert w\rVert_p \le r$
 *
 * Shape: `x [n]` → `[n]`. p = 1 by sorting, p = 2 and Infinity in closed form, every other p by safeguarded Newton to rounding level.
 *
 * @param options.p - exponent, 1 <= p <= Infinity.
 * @param options.radius - $r$, >= 0; default `1`.
 * @throws OptionError when p or the radius is out of range.
 * @throws DataError when `x` holds NaN or infinities.
 * @example
 * ```ts
 * import { projectLpBall } from "@attnlab/linalg";
 * Array.from(projectLpBall(Float64Array.of(3, -1, 0.5), { p: 1, radius: 2 })); // => [2, 0, 0]
 * Array.from(projectLpBall(Float64Array.of(3, -1, 0.5), { p: Infinity })); // => [1, -1, 0.5]
 * ```
 * @see Duchi et al. 2008 for p = 1. For general p the multiplier $\mu = \lVert x - w\rVert_q$ of $w + \mu w^{p-1} = |x|$ at radius 1 is the one unknown.
 */
export function projectLpBall(x: Float64Array, options: LpBallOptions): Float64Array {
  const { p, radius } = OPTIONS.parse(options);
  checkVector("projectLpBall", "x", x);
  return projectChecked(x, p, radius);
}

/** {@link projectLpBall} on checked arguments. */
export function projectChecked(x: Float64Array, p: number, radius: number): Float64Array {
  if (p === Number.POSITIVE_INFINITY) return x.map((v) => Math.max(-radius, Math.min(radius, v)));
  const norm = lpNorm(x, p);
  // A point on the sphere has this norm to rounding, and is its own projection.
  if (norm <= radius * (1 + 4 * Number.EPSILON)) return x.slice();
  if (radius === 0) return new Float64Array(x.length);
  if (p === 2) return x.map((v) => (v / norm) * radius);
  if (p === 1) {
    const shrink = simplexThreshold(x.map(Math.abs), undefined, radius);
    return x.map((v, i) => Math.sign(v) * shrink(i));
  }
  const unit = x.map((v) => Math.abs(v) / radius);
  const w = projectOntoSphere(unit, p);
  return x.map((v, i) => Math.sign(v) * radius * (w[i] as number));
}

/** The projection of magnitudes with norm > 1 onto the unit sphere. */
function projectOntoSphere(c: Float64Array, p: number): Float64Array {
  const q = dualExponent(p);
  // At the solution mu = ||c - w||_q with 0 <= w <= c and ||w||_p = 1, hence between these two.
  const high = lpNorm(c, q);
  const low = Math.max(0, high - c.length ** Math.max(0, 1 / q - 1 / p));
  const mu = monotoneRoot(
    (at) => {
      const { norm, slope } = shrinkAll(c, at, p);
      // 1/norm is linear in mu at p = 2 and nearly so elsewhere: Newton on it needs few steps.
      return { value: 1 / norm - 1, slope: -slope / norm ** 2 };
    },
    low,
    high,
    low,
  );
  const { w, norm } = shrinkAll(c, mu, p);
  return w.map((v) => v / norm);
}
