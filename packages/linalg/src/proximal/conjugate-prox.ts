import { OptionError, problem, show } from "@attnlab/check";
import { checkFloat64 } from "../check-float64.ts";
import { checkFunction } from "../check-function.ts";
import { checkVector } from "../check-vector.ts";
import { checkSameSize } from "../matrix.ts";

/** The proximal operator of a convex function f: `x`, `weight` ↦ argmin of weight f(w) + ½‖w - x‖². A projection ignores the weight. */
export type ProximalOperator = (x: Float64Array, weight: number) => Float64Array;

/**
 * The proximal operator of the convex conjugate, by Moreau's decomposition.
 *
 * $\operatorname{prox}_{t f^*}(x) = x - t\,\operatorname{prox}_{f/t}(x/t)$
 *
 * The indicator of a convex set has the projection as its proximal operator, and the support function of the set as its conjugate.
 *
 * @param prox - the proximal operator of f.
 * @returns the proximal operator of f*; its weight must be > 0.
 * @throws OptionError from the result, when the weight is not positive.
 * @example The support function of the l1 ball is the largest magnitude:
 * ```ts
 * import { conjugateProx, projectLpBall } from "@attnlab/linalg";
 * const proxLargest = conjugateProx((x) => projectLpBall(x, { p: 1 }));
 * Array.from(proxLargest(Float64Array.of(5, -1), 2)); // => [3, -1]
 * ```
 */
export function conjugateProx(prox: ProximalOperator): ProximalOperator {
  checkFunction("conjugateProx", "prox", prox);
  return (x, weight) => {
    if (typeof weight !== "number" || !(weight > 0 && weight < Number.POSITIVE_INFINITY)) {
      const fix = "Pass the step size times the weight of the function.";
      throw new OptionError(problem({ where: "conjugateProx", expected: "weight must be a finite number > 0", got: show(weight), fix }));
    }
    checkVector("conjugateProx", "x", x);
    const inner = prox(
      x.map((v) => v / weight),
      1 / weight,
    );
    checkFloat64("conjugateProx", "the result of prox", inner);
    checkSameSize("conjugateProx", "prox must return as many values as it gets", [inner.length, x.length]);
    return x.map((v, i) => v - weight * (inner[i] as number));
  };
}
