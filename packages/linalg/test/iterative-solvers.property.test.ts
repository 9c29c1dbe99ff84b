import { expectClose } from "@attnlab/testing";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  conjugateGradients,
  identity,
  incompleteCholesky,
  inverse,
  jacobiPreconditioner,
  lpNorm,
  type Matrix,
  matrix,
  matvec,
  minres,
  type Preconditioner,
  ssorPreconditioner,
  transpose,
} from "../src/index.ts";
import { expectSame, system } from "./random-systems.ts";

/** The 5-point Laplacian on a square grid with jumping coefficients: sparse, and badly scaled. */
function grid(side: number): Matrix {
  const n = side * side;
  const a = matrix(n, n);
  const couple = (i: number, j: number): void => {
    const c = (i * 7) % 5 === 0 ? 100 : 1;
    for (const [r, s] of [
      [i, i],
      [j, j],
    ] as const)
      a.data[r * n + s] = (a.data[r * n + s] as number) + c;
    a.data[i * n + j] = -c;
    a.data[j * n + i] = -c;
  };
  for (let i = 0; i < n; i++) {
    a.data[i * (n + 1)] = (a.data[i * (n + 1)] as number) + 0.1;
    if (i % side < side - 1) couple(i, i + 1);
    if (i + side < n) couple(i, i + side);
  }
  // Scaled rows and columns, which a diagonal preconditioner undoes.
  return { ...a, data: a.data.map((v, at) => v * unit(Math.floor(at / n)) * unit(at % n)) };
}
const unit = (i: number): number => 1 + (2 * ((i * 5) % 7)) / 3;

describe("iterative solvers", () => {
  it("conjugate gradients are exact after as many steps as there are distinct eigenvalues", () => {
    const diagonal = Float64Array.of(1, 1, 4, 4, 4, 9, 9);
    const b = Float64Array.of(1, 2, 3, 4, 5, 6, 7);
    const result = conjugateGradients((x) => x.map((v, i) => v * (diagonal[i] as number)), b);
    expect([result.status, result.iterations]).toEqual(["converged", 3]);
    expectClose(
      result.x,
      b.map((v, i) => v / (diagonal[i] as number)),
    );
  });

  it("conjugate gradients and minres solve what Cholesky solves, from any start", () => {
    fc.assert(
      fc.property(system, ({ a, x }) => {
        const b = matvec(a, x);
        fc.pre(lpNorm(b, 2) > 1e-3);
        for (const solve of [conjugateGradients, minres]) {
          const result = solve(a, b, { start: x.map((v) => v + 1), tol: 1e-12, maxIter: 200 });
          expect(result.status).toBe("converged");
          expect(result.residual).toBeLessThanOrEqual(1e-12);
          expectClose(result.x, x, {
            relative: 1e-8,
            absolute: 1e-8,
            reason: "residual 1e-12 times condition numbers up to a few thousand",
          });
        }
      }),
    );
  });

  it("preconditioners cut the steps and keep the solution", () => {
    const a = grid(13);
    const x = Float64Array.from({ length: a.rows }, (_, i) => Math.sin(i));
    const b = matvec(a, x);
    const plain = conjugateGradients(a, b);
    expect(plain.status).toBe("converged");
    const steps = (preconditioner: Preconditioner): number => {
      const result = conjugateGradients(a, b, { preconditioner });
      expect(result.status).toBe("converged");
      expectClose(result.x, x, { relative: 1e-6, absolute: 1e-6, reason: "residual 1e-10 times a condition number of 4e3" });
      const second = minres(a, b, { preconditioner });
      expect(second.status).toBe("converged");
      expect(Math.abs(second.iterations - result.iterations)).toBeLessThan(0.3 * result.iterations + 5);
      return result.iterations;
    };
    const [jacobi, ssor, incomplete] = [
      steps(jacobiPreconditioner(a)),
      steps(ssorPreconditioner(a, { omega: 1.4 })),
      steps(incompleteCholesky(a)),
    ];
    expect(jacobi).toBeLessThan(plain.iterations / 1.5);
    expect(ssor).toBeLessThan(jacobi / 1.5);
    expect(incomplete).toBeLessThan(jacobi / 1.5);
  });

  it("preconditioners are symmetric and positive; incomplete Cholesky of a full matrix is its inverse", () => {
    fc.assert(
      fc.property(system, ({ a, x }) => {
        const n = a.rows;
        fc.pre(lpNorm(x, 2) > 1e-3);
        for (const apply of [jacobiPreconditioner(a), ssorPreconditioner(a, { omega: 0.7 }), incompleteCholesky(a)]) {
          const columns = matrix(n, n);
          for (let j = 0; j < n; j++) columns.data.set(apply(identity(n).data.slice(j * n, (j + 1) * n)), j * n);
          expectSame(columns, transpose(columns));
          expect(matvec(columns, x).reduce((s, v, i) => s + v * (x[i] as number), 0)).toBeGreaterThan(0);
        }
        // Without zeros there is no fill-in to leave out.
        fc.pre(a.data.every((v) => v !== 0));
        expectSame({ rows: n, cols: 1, data: incompleteCholesky(a)(matvec(a, x)) }, { rows: n, cols: 1, data: x });
      }),
    );
  });

  it("incomplete Cholesky agrees with the matrix wherever that is not zero, and has fill-in elsewhere", () => {
    const a = grid(4);
    const n = a.rows;
    const apply = incompleteCholesky(a);
    const columns = matrix(n, n);
    for (let j = 0; j < n; j++) columns.data.set(apply(identity(n).data.slice(j * n, (j + 1) * n)), j * n);
    const product = inverse(columns).data;
    expectClose(
      product.map((v, at) => (a.data[at] === 0 ? 0 : v)),
      a.data,
      { relative: 1e-9, absolute: 1e-8, reason: "an inverse with a condition number of 1e4" },
    );
    expect(product.some((v, at) => a.data[at] === 0 && Math.abs(v) > 0.1)).toBe(true);
  });

  it("SSOR at omega = 1 on 2 x 2 is its formula", () => {
    // M = (D + L) D^-1 (D + L') = [[4, 2], [2, 6]] for A = [[4, 2], [2, 5]].
    expectClose(ssorPreconditioner(matrix(2, 2, [4, 2, 2, 5]))(Float64Array.of(8, 14)), [1, 2]);
    // omega = 1/2: M = 1/3 [[8, 0], [2, 10]] [[1/4, 0], [0, 1/5]] [[8, 2], [0, 10]] = 1/3 [[16, 4], [4, 21]].
    expectClose(ssorPreconditioner(matrix(2, 2, [4, 2, 2, 5]), { omega: 0.5 })(Float64Array.of(8, 46 / 3)), [1, 2]);
  });

  it("a shifted incomplete factor where the plain one breaks down still preconditions", () => {
    // Kershaw's matrix: IC(0) meets a negative pivot.
    const a = matrix(4, 4, [3, -2, 0, 2, -2, 3, -2, 0, 0, -2, 3, -2, 2, 0, -2, 3]);
    const x = Float64Array.of(1, -2, 3, 5);
    const result = conjugateGradients(a, matvec(a, x), { preconditioner: incompleteCholesky(a) });
    expect(result.status).toBe("converged");
    expectClose(result.x, x, { relative: 1e-8, absolute: 1e-8, reason: "residual 1e-10, condition 20" });
  });

  it("minres solves indefinite systems, where conjugate gradients say that they cannot", () => {
    const a = matrix(3, 3, [1, 2, 0, 2, -3, 1, 0, 1, 0]);
    const x = Float64Array.of(1, -2, 3);
    const result = minres(a, matvec(a, x));
    expect([result.status, result.iterations]).toEqual(["converged", 3]);
    expectClose(result.x, x, { purpose: "golden" });
    expect(conjugateGradients(matrix(2, 2, [1, 0, 0, -1]), Float64Array.of(1, 1)).status).toBe("breakdown");
  });

  it("minres ends at a least-squares solution of a singular system, and says so", () => {
    const a = matrix(3, 3, [2, 0, 0, 0, -1, 0, 0, 0, 0]);
    const result = minres(a, Float64Array.of(2, 3, 5));
    expect(result.status).toBe("leastSquares");
    expectClose(result.x.slice(0, 2), [1, -3], { purpose: "golden" });
    expectClose(result.residual, 5 / Math.sqrt(38));
    expect(minres(a, Float64Array.of(2, 3, 0)).status).toBe("converged");
    expect(minres(a, Float64Array.of(0, 0, 1)).status).toBe("leastSquares");
  });

  it("too few steps are a status, with the residual of what was reached", () => {
    const a = grid(7);
    const b = Float64Array.from({ length: 49 }, (_, i) => Math.cos(i));
    for (const solve of [conjugateGradients, minres]) {
      const result = solve(a, b, { maxIter: 3 });
      expect([result.status, result.iterations]).toEqual(["iterationLimit", 3]);
      const left = matvec(a, result.x).map((v, i) => (b[i] as number) - v);
      expectClose(result.residual, lpNorm(left, 2) / lpNorm(b, 2));
      expect(solve(a, b, { tol: 0 }).status).toBe("iterationLimit");
      expect(solve(a, new Float64Array(49))).toEqual({ status: "converged", x: new Float64Array(49), residual: 0, iterations: 0 });
    }
  });

  it("a product that is not finite is a breakdown, never an endless loop", () => {
    for (const solve of [conjugateGradients, minres])
      expect(solve((x) => x.map(() => Number.NaN), Float64Array.of(1, 2)).status).toBe("breakdown");
    const flipped: Preconditioner = (r) => r.map((v) => -v);
    for (const solve of [conjugateGradients, minres])
      expect(solve(identity(2), Float64Array.of(1, 2), { preconditioner: flipped }).status).toBe("breakdown");
  });
});
