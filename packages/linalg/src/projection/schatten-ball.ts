import { numberOption, optionTable } from "@attnlab/check";
import { mapSingularValues } from "../map-singular-values.ts";
import type { Matrix } from "../matrix.ts";
import { BALL_RULES, type LpBallOptions, projectChecked } from "./lp-ball.ts";

/** Options of {@link projectNuclearBall} and {@link projectSpectralBall}. */
export interface RadiusOptions {
  /** Largest norm, >= 0; default `1`. */
  readonly radius?: number;
}

const RADIUS = { radius: numberOption({ doc: "Radius of the ball.", min: 0, default: 1 }) } as const;
const SCHATTEN = optionTable("projectSchattenBall", BALL_RULES);
const NUCLEAR = optionTable("projectNuclearBall", RADIUS);
const SPECTRAL = optionTable("projectSpectralBall", RADIUS);

/**
 * The nearest matrix, in the Frobenius norm, of a ball of the Schatten norm: the singular values are projected onto the lp ball.
 *
 * $\arg\min_W \lVert W - A\rVert_F$ subject to $\lVert \sigma(W)\rVert_p \le r$
 *
 * Shape: `a [m, n]` → `[m, n]`.
 *
 * @param options.p - exponent, 1 <= p <= Infinity.
 * @param options.radius - $r$, >= 0; default `1`.
 * @throws OptionError when p or the radius is out of range.
 * @throws ShapeError when a size is 0.
 * @throws DataError when `a` holds NaN or infinities.
 * @example
 * ```ts
 * import { matrix, projectSchattenBall } from "@attnlab/linalg";
 * Array.from(projectSchattenBall(matrix(2, 2, [3, 0, 0, 4]), { p: 2, radius: 10 }).data); // => [3, 0, 0, 4]
 * ```
 */
export function projectSchattenBall(a: Matrix, options: LpBallOptions): Matrix {
  const { p, radius } = SCHATTEN.parse(options);
  return mapSingularValues(a, (sigma) => projectChecked(sigma, p, radius), "projectSchattenBall");
}

/**
 * The nearest matrix of nuclear norm at most r.
 *
 * $\arg\min_W \lVert W - A\rVert_F$ subject to $\sum_k \sigma_k(W) \le r$
 *
 * Shape: `a [m, n]` → `[m, n]`.
 *
 * @param options.radius - $r$, >= 0; default `1`.
 * @throws ShapeError when a size is 0.
 * @throws DataError when `a` holds NaN or infinities.
 * @example
 * ```ts
 * import { matrix, projectNuclearBall } from "@attnlab/linalg";
 * Array.from(projectNuclearBall(matrix(2, 2, [3, 0, 0, 4]), { radius: 3 }).data); // => [1, 0, 0, 2]
 * ```
 */
export function projectNuclearBall(a: Matrix, options?: RadiusOptions): Matrix {
  const { radius } = NUCLEAR.parse(options);
  return mapSingularValues(a, (sigma) => projectChecked(sigma, 1, radius), "projectNuclearBall");
}

/**
 * The nearest matrix of spectral norm at most r.
 *
 * $\arg\min_W \lVert W - A\rVert_F$ subject to $\sigma_1(W) \le r$
 *
 * Shape: `a [m, n]` → `[m, n]`.
 *
 * @param options.radius - $r$, >= 0; default `1`.
 * @throws ShapeError when a size is 0.
 * @throws DataError when `a` holds NaN or infinities.
 * @example
 * ```ts
 * import { matrix, projectSpectralBall } from "@attnlab/linalg";
 * Array.from(projectSpectralBall(matrix(2, 2, [3, 0, 0, 4]), { radius: 3.5 }).data); // => [3, 0, 0, 3.5]
 * ```
 */
export function projectSpectralBall(a: Matrix, options?: RadiusOptions): Matrix {
  const { radius } = SPECTRAL.parse(options);
  return mapSingularValues(a, (sigma) => projectChecked(sigma, Number.POSITIVE_INFINITY, radius), "projectSpectralBall");
}
