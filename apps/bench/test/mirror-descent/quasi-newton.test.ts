import { expectClose } from "@attnlab/testing";
import { describe, expect, test } from "vitest";
import { minimizeBfgs, type ValueAndGradient } from "../../experiments/mirror-descent/quasi-newton.ts";

const at = (x: Float64Array, i: number): number => x[i] as number;

const rosenbrock: ValueAndGradient = (x, gradient) => {
  const [a, b] = [at(x, 0), at(x, 1)];
  gradient[0] = -2 * (1 - a) - 400 * a * (b - a * a);
  gradient[1] = 200 * (b - a * a);
  return (1 - a) ** 2 + 100 * (b - a * a) ** 2;
};

/** $\sum_i c_i |x_i - i|^p / p$ with curvatures from 1 to 1e6. */
function separable(p: number): ValueAndGradient {
  return (x, gradient) => {
    let sum = 0;
    x.forEach((value, i) => {
      const [c, off] = [10 ** i, value - i];
      gradient[i] = c * Math.sign(off) * Math.abs(off) ** (p - 1);
      sum += (c * Math.abs(off) ** p) / p;
    });
    return sum;
  };
}

/** x − log x, which is NaN for x < 0; minimum 1 at 1. */
const barrier: ValueAndGradient = (x, gradient) => {
  gradient[0] = 1 - 1 / at(x, 0);
  return at(x, 0) - Math.log(at(x, 0));
};

describe("minimizeBfgs", () => {
  test("finds the minimum of Rosenbrock's valley from the usual start, in few iterations", () => {
    const start = Float64Array.of(-1.2, 1);
    const { x, value, status, iterations, gradientSize } = minimizeBfgs(rosenbrock, start);
    expect(status).toBe("converged");
    expectClose(x, [1, 1], { relative: 1e-9, reason: "a gradient of 1e-10 leaves an error of that over the curvature, about .4" });
    expect(value).toBeLessThan(1e-18);
    expect(gradientSize).toBeLessThanOrEqual(1e-10);
    // Steepest descent needs thousands; the quasi-Newton update is what makes it tens.
    expect(iterations).toBeLessThan(60);
    expect(Array.from(start)).toEqual([-1.2, 1]);
  });

  test("needs no scaling: curvatures from 1 to 1e6", () => {
    const { x, status, iterations } = minimizeBfgs(separable(2), new Float64Array(7).fill(-3));
    expect(status).toBe("converged");
    expectClose(x, [0, 1, 2, 3, 4, 5, 6], { absolute: 1e-9, reason: "a gradient of 1e-10 over the least curvature, 1" });
    expect(iterations).toBeLessThan(100);
  });

  test.each([1.75, 3])("minimises powers whose curvature at the minimum is infinite or 0 (p = %s)", (p) => {
    const { x } = minimizeBfgs(separable(p), new Float64Array(4).fill(-3), { tol: 1e-12 });
    expectClose(x, [0, 1, 2, 3], { absolute: 1e-5, reason: "|x|^(p-1) = 1e-12 at |x| = 1e-6 for p = 3, where the value is flat" });
  });

  test("steps back from where the function is not defined", () => {
    const { x, value } = minimizeBfgs(barrier, Float64Array.of(50));
    expectClose(x, [1], { relative: 1e-7, reason: "the value is flat to its last bit within 1.5e-8 of the minimum" });
    expectClose(value, 1);
  });

  test("lengthens a step while the slope stays: from 1e9 away, where sqrt(1 + x²) is a straight line", () => {
    const hyperbola: ValueAndGradient = (x, gradient) => {
      const value = Math.hypot(1, at(x, 0));
      gradient[0] = at(x, 0) / value;
      return value;
    };
    const { x, iterations } = minimizeBfgs(hyperbola, Float64Array.of(1e9));
    expectClose(x, [0], { absolute: 1e-7, reason: "the value is flat to its last bit within 1.5e-8 of the minimum" });
    expect(iterations).toBeLessThan(60);
  });

  test("with tolerance 0 it ends by itself once no step lowers the value", () => {
    const { status, gradientSize } = minimizeBfgs(barrier, Float64Array.of(3), { tol: 0 });
    expect(["stalled", "converged"]).toContain(status);
    expect(gradientSize).toBeLessThan(1e-7);
  });

  test("an ascent direction cannot fool it: a gradient of the wrong sign stalls at the start", () => {
    const wrong: ValueAndGradient = (x, gradient) => {
      const value = barrier(x, gradient);
      gradient[0] = -at(gradient, 0);
      return value;
    };
    const { status, x, iterations } = minimizeBfgs(wrong, Float64Array.of(3));
    expect([status, at(x, 0), iterations]).toEqual(["stalled", 3, 0]);
  });

  test("says when iterations run out", () => {
    const { status, iterations, value } = minimizeBfgs(rosenbrock, Float64Array.of(-1.2, 1), { maxIter: 3 });
    expect([status, iterations]).toEqual(["iterationLimit", 3]);
    expect(value).toBeLessThan(24.2);
  });
});
