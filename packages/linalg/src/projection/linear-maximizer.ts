import { optionTable } from "@attnlab/check";
import { checkVector } from "../check-vector.ts";
import { lpMirrorMap } from "../lp-geometry.ts";
import { mapSingularValues } from "../map-singular-values.ts";
import type { Matrix } from "../matrix.ts";
import { dualExponent, largestMagnitude, unitVector } from "../norm.ts";
import { BALL_RULES, type LpBallOptions } from "./lp-ball.ts";

const LP = optionTable("maximizeOverLpBall", BALL_RULES);
const SCHATTEN = optionTable("maximizeOverSchattenBall", BALL_RULES);

/**
 * The point of an lp ball that is farthest in a direction: the linear oracle of Frank-Wolfe, and the steepest direction in a norm.
 *
 * $\arg\max_{\lVert w\rVert_p \le r} \langle g, w\rangle$, whose value is $r\lVert g\rVert_q$
 *
 * Shape: `g [n]` → `[n]`. For p = 1 the first of the largest elements gets the whole radius; a zero direction gives zeros.
 *
 * @param options.p - exponent, 1 <= p <= Infinity.
 * @param options.radius - $r$, >= 0; default `1`.
 * @throws OptionError when p or the radius is out of range.
 * @throws DataError when `g` holds NaN or infinities.
 * @example
 * ```ts
 * import { maximizeOverLpBall } from "@attnlab/linalg";
 * Array.from(maximizeOverLpBall(Float64Array.of(3, -4), { p: 2, radius: 5 })); // => [3, -4]
 * Array.from(maximizeOverLpBall(Float64Array.of(3, -4), { p: Infinity })); // => [1, -1]
 * ```
 */
export function maximizeOverLpBall(g: Float64Array, options: LpBallOptions): Float64Array {
  const { p, radius } = LP.parse(options);
  checkVector("maximizeOverLpBall", "g", g);
  return maximizeChecked(g, p, radius);
}

/**
 * The matrix of a Schatten ball that is farthest in a direction: for p = 1 one singular pair, for p = Infinity the orthogonal factor.
 *
 * $\arg\max_{\lVert W\rVert_{S_p} \le r} \langle G, W\rangle$
 *
 * Shape: `g [m, n]` → `[m, n]`.
 *
 * @param options.p - exponent, 1 <= p <= Infinity.
 * @param options.radius - $r$, >= 0; default `1`.
 * @throws OptionError when p or the radius is out of range.
 * @throws ShapeError when a size is 0.
 * @throws DataError when `g` holds NaN or infinities.
 * @example
 * ```ts
 * import { matrix, maximizeOverSchattenBall } from "@attnlab/linalg";
 * Array.from(maximizeOverSchattenBall(matrix(2, 2, [3, 0, 0, 4]), { p: 1, radius: 2 }).data); // => [0, 0, 0, 2]
 * ```
 */
export function maximizeOverSchattenBall(g: Matrix, options: LpBallOptions): Matrix {
  const { p, radius } = SCHATTEN.parse(options);
  return mapSingularValues(g, (sigma) => maximizeChecked(sigma, p, radius), "maximizeOverSchattenBall");
}

function maximizeChecked(g: Float64Array, p: number, radius: number): Float64Array {
  const largest = largestMagnitude(g);
  if (largest === 0) return new Float64Array(g.length);
  if (p === Number.POSITIVE_INFINITY) return g.map((v) => Math.sign(v) * radius);
  if (p === 1) {
    const out = new Float64Array(g.length);
    const at = g.findIndex((v) => Math.abs(v) === largest);
    out[at] = Math.sign(g[at] as number) * radius;
    return out;
  }
  const q = dualExponent(p);
  const direction = lpMirrorMap(unitVector("maximizeOverLpBall", g, q), q);
  return unitVector("maximizeOverLpBall", direction, p).map((v) => v * radius);
}
