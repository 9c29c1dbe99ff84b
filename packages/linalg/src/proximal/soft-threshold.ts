import { checkVector, perElement } from "../check-vector.ts";

/**
 * Soft thresholding, the proximal operator of the (weighted) l1 norm.
 *
 * $w_i = \operatorname{sign}(x_i)\,(|x_i| - t_i)_+$
 *
 * Shapes: `x [n]`, `threshold` a number or `[n]` → `[n]`.
 *
 * @param threshold - $t$, >= 0.
 * @throws OptionError when a threshold is negative or NaN.
 * @throws ShapeError when there is not one threshold for each element.
 * @throws DataError when `x` holds NaN or infinities.
 * @example
 * ```ts
 * import { softThreshold } from "@attnlab/linalg";
 * Array.from(softThreshold(Float64Array.of(3, -0.5, -2), 1)); // => [2, 0, -1]
 * ```
 */
export function softThreshold(x: Float64Array, threshold: number | Float64Array): Float64Array {
  checkVector("softThreshold", "x", x);
  const t = perElement("softThreshold", "threshold", threshold, x.length);
  return x.map((v, i) => shrink(v, t(i)));
}

/** One element of {@link softThreshold}; zero has no sign. */
export function shrink(v: number, threshold: number): number {
  return v > threshold ? v - threshold : v < -threshold ? v + threshold : 0;
}
