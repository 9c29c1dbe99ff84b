import { OptionError, problem, show } from "@attnlab/check";
import { checkFloat64 } from "./check-float64.ts";
import { checkSameSize } from "./matrix.ts";

/**
 * The inner product of two vectors, summed in four lanes.
 *
 * $\langle a, b\rangle = \sum_i a_i b_i$
 *
 * Shapes: `a [n]`, `b [n]`.
 *
 * @throws ShapeError when the lengths differ or an argument is no `Float64Array`.
 * @example
 * ```ts
 * import { dot } from "@attnlab/linalg";
 * dot(Float64Array.of(1, 2, 3), Float64Array.of(4, 5, 6)); // => 32
 * ```
 */
export function dot(a: Float64Array, b: Float64Array): number {
  checkFloat64("dot", "a", a);
  checkFloat64("dot", "b", b);
  checkSameSize("dot", "a.length must equal b.length", [a.length, b.length]);
  const n = a.length;
  const whole = n - (n % 4);
  let s0 = 0;
  let s1 = 0;
  let s2 = 0;
  let s3 = 0;
  for (let i = 0; i < whole; i += 4) {
    s0 += (a[i] as number) * (b[i] as number);
    s1 += (a[i + 1] as number) * (b[i + 1] as number);
    s2 += (a[i + 2] as number) * (b[i + 2] as number);
    s3 += (a[i + 3] as number) * (b[i + 3] as number);
  }
  for (let i = whole; i < n; i++) s0 += (a[i] as number) * (b[i] as number);
  return s0 + s1 + (s2 + s3);
}

/**
 * Adds a multiple of a vector to another, in place.
 *
 * $y \leftarrow y + \alpha x$
 *
 * Shapes: `x [n]`, `y [n]`; returns `y`.
 *
 * @throws ShapeError when the lengths differ or an argument is no `Float64Array`.
 * @example
 * ```ts
 * import { axpy } from "@attnlab/linalg";
 * Array.from(axpy(2, Float64Array.of(1, 2), Float64Array.of(10, 20))); // => [12, 24]
 * ```
 */
export function axpy(alpha: number, x: Float64Array, y: Float64Array): Float64Array {
  if (typeof alpha !== "number") {
    const fix = "Pass the factor first: axpy(alpha, x, y).";
    throw new OptionError(problem({ where: "axpy", expected: "alpha must be a number", got: show(alpha), fix }));
  }
  checkFloat64("axpy", "x", x);
  checkFloat64("axpy", "y", y);
  checkSameSize("axpy", "x.length must equal y.length", [x.length, y.length]);
  for (let i = 0; i < x.length; i++) y[i] = (y[i] as number) + alpha * (x[i] as number);
  return y;
}
