import { problem, ShapeError } from "@attnlab/check";
import { checkVector } from "../check-vector.ts";
import { lpNorm } from "../norm.ts";

/**
 * The nearest point of the second-order (Lorentz) cone.
 *
 * $\arg\min_{(t, v)} \lVert (t, v) - x\rVert_2$ subject to $\lVert v\rVert_2 \le t$
 *
 * Shape: `x [1 + n]`, the bound t first → `[1 + n]`.
 *
 * @throws ShapeError when `x` is empty.
 * @throws DataError when `x` holds NaN or infinities.
 * @example
 * ```ts
 * import { projectSecondOrderCone } from "@attnlab/linalg";
 * Array.from(projectSecondOrderCone(Float64Array.of(0, 3, 4))); // => [2.5, 1.5, 2]
 * ```
 */
export function projectSecondOrderCone(x: Float64Array): Float64Array {
  checkVector("projectSecondOrderCone", "x", x);
  if (x.length === 0) {
    const fix = "Pass the bound t, then the vector v.";
    throw new ShapeError(problem({ where: "projectSecondOrderCone", expected: "x must have elements", got: "none", fix }));
  }
  const t = x[0] as number;
  const norm = lpNorm(x.subarray(1), 2);
  if (norm <= t) return x.slice();
  if (norm <= -t) return new Float64Array(x.length);
  const bound = t / 2 + norm / 2;
  return x.map((v, i) => (i === 0 ? bound : (v / norm) * bound));
}
