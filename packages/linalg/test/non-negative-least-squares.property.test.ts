import { expectClose } from "@attnlab/testing";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { identity, lpNorm, matmul, matrix, matvec, matvecTransposed, nonNegativeLeastSquares } from "../src/index.ts";
import { vector } from "./random-systems.ts";

describe("non-negative least squares", () => {
  it("satisfy the optimality conditions, for every shape, with duplicate, zero and dependent columns", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 9 }),
        fc.integer({ min: 1, max: 9 }),
        vector(81),
        vector(9),
        fc.nat(7),
        (m, n, values, b, draw) => {
          const kind = draw % 4;
          const a = matrix(m, n, values.slice(0, m * n));
          for (let i = 0; i < m; i++) {
            if (kind === 1) a.data[i * n + n - 1] = a.data[i * n] as number;
            if (kind === 2) a.data[i * n + n - 1] = 0;
            if (kind === 3 && n > 2) a.data[i * n + n - 1] = (a.data[i * n] as number) + 2 * (a.data[i * n + 1] as number);
          }
          const target = b.slice(0, m);
          const { status, x, dual, kktResidual, residualNorm } = nonNegativeLeastSquares(a, target, draw < 4 ? {} : { tol: 0 });
          expect(status).toBe("optimal");
          expect(Math.min(...x)).toBeGreaterThanOrEqual(0);
          const residual = matvec(a, x).map((v, i) => (target[i] as number) - v);
          expectClose(residualNorm, lpNorm(residual, 2));
          expectClose(dual, matvecTransposed(a, residual), { absolute: 1e-11, reason: "nine products of up to 81" });
          expect(kktResidual).toBeLessThan(1e-9);
          // The gradient at a feasible v: (v - x)' A'(b - A x) <= 0.
          expect(dual.reduce((s, w, j) => s + w * (Math.abs(values[j] as number) - (x[j] as number)), 0)).toBeLessThan(1e-6);
        },
      ),
      { numRuns: 500 },
    );
  });

  it("stay bounded and optimal on matrices of low rank, even when every rounding error counts as a gradient", () => {
    const whole = fc.integer({ min: -2, max: 2 });
    const factors = fc.tuple(fc.array(whole, { minLength: 12, maxLength: 12 }), fc.array(whole, { minLength: 16, maxLength: 16 }));
    fc.assert(
      fc.property(factors, vector(6), ([left, right], b) => {
        const a = matmul(matrix(6, 2, left), matrix(2, 8, right));
        const thirds = { ...a, data: a.data.map((v) => v / 3) };
        const { status, x, kktResidual } = nonNegativeLeastSquares(thirds, b, { tol: 0 });
        expect(status).toBe("optimal");
        expect(kktResidual).toBeLessThan(1e-12);
        expect(lpNorm(x, Number.POSITIVE_INFINITY)).toBeLessThan(1e4);
      }),
      { numRuns: 500 },
    );
  });

  it("are ordinary least squares where those are positive, and zero where nothing helps", () => {
    const a = matrix(3, 2, [1, 0, 0, 2, 1, 1]);
    expectClose(nonNegativeLeastSquares(a, matvec(a, Float64Array.of(3, 5))).x, [3, 5]);
    const none = nonNegativeLeastSquares(a, Float64Array.of(-1, -1, -1));
    expect([Array.from(none.x), none.status, none.iterations]).toEqual([[0, 0], "optimal", 0]);
    expectClose(none.dual, [-2, -3]);
  });

  it("too few changes are a status", () => {
    const result = nonNegativeLeastSquares(identity(5), Float64Array.of(1, 2, 3, 4, 5), { maxIter: 2 });
    expect(result.status).toBe("iterationLimit");
    expect(Array.from(result.x)).toEqual([0, 0, 0, 4, 5]);
    expectClose(result.kktResidual, 3 / Math.sqrt(55));
  });
});
