import { expectClose } from "@attnlab/testing";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  cholesky,
  conjugateGradients,
  deleteCholeskyRow,
  downdateCholesky,
  gemm,
  identity,
  incompleteCholesky,
  insertCholeskyRow,
  inverse,
  jacobiPreconditioner,
  logDeterminant,
  lpNorm,
  lu,
  type Matrix,
  matmul,
  matrix,
  matvec,
  matvecTransposed,
  minres,
  nonNegativeLeastSquares,
  type Preconditioner,
  pseudoInverse,
  qr,
  ssorPreconditioner,
  symmetricEigen,
  transpose,
  updateCholesky,
} from "../src/index.ts";

// Whole numbers of millionths: doubles drawn by their bits would be tiny more often than not. Small whole numbers make ties and zeros.
const real = fc.oneof(
  { weight: 4, arbitrary: fc.integer({ min: -9e6, max: 9e6 }).map((v) => v / 1e6) },
  { weight: 1, arbitrary: fc.integer({ min: -2, max: 2 }) },
);
const vector = (n: number): fc.Arbitrary<Float64Array> => fc.array(real, { minLength: n, maxLength: n }).map((v) => Float64Array.from(v));
const small = fc.integer({ min: 1, max: 7 });

/** X X' + I: positive definite with condition numbers up to a few thousand. */
function definite(n: number, values: Float64Array): Matrix {
  const x = matrix(n, n, values);
  const a = matmul(x, x, { transposeB: true });
  for (let i = 0; i < n; i++) a.data[i * (n + 1)] = (a.data[i * (n + 1)] as number) + 1;
  return a;
}
const system = small.chain((n) => fc.tuple(vector(n * n), vector(n)).map(([values, x]) => ({ a: definite(n, values), x })));

/** A without row and column `index`. */
function without(a: Matrix, index: number): Matrix {
  const n = a.rows;
  const data = a.data.filter((_, at) => Math.floor(at / n) !== index && at % n !== index);
  return matrix(n - 1, n - 1, data);
}

function expectSame(actual: Matrix, expected: Matrix): void {
  const size = lpNorm(expected.data, 2) || 1;
  expectClose(
    actual.data.map((v) => v / size),
    expected.data.map((v) => v / size),
    { absolute: 1e-11, reason: "condition numbers up to a few thousand" },
  );
}

describe("an updated Cholesky factor is the factor of the updated matrix", () => {
  const outer = (a: Matrix, x: Float64Array, sign: number): Matrix =>
    matrix(
      a.rows,
      a.rows,
      a.data.map((v, at) => v + sign * (x[Math.floor(at / a.rows)] as number) * (x[at % a.rows] as number)),
    );

  it("rank one up, and down again", () => {
    fc.assert(
      fc.property(system, ({ a, x }) => {
        const factor = cholesky(a);
        const before = factor.lower.data.slice();
        const up = updateCholesky(factor, x);
        expectSame(up.lower, cholesky(outer(a, x, 1)).lower);
        expectClose(up.logDeterminant, cholesky(outer(a, x, 1)).logDeterminant, { absolute: 1e-10, reason: "as above" });
        expectSame(downdateCholesky(up, x).lower, factor.lower);
        expect(factor.lower.data).toEqual(before);
      }),
    );
  });

  it("rows deleted and inserted, anywhere", () => {
    fc.assert(
      fc.property(system, fc.nat(6), ({ a, x }, at) => {
        const index = at % a.rows;
        const factor = cholesky(a);
        const less = deleteCholeskyRow(factor, index);
        expectSame(less.lower, cholesky(without(a, index)).lower);
        const more = insertCholeskyRow(less, index, a.data.slice(index * a.rows, (index + 1) * a.rows));
        expectSame(more.lower, factor.lower);
        expectSame({ rows: a.rows, cols: 1, data: more.solve(matvec(a, x)) }, { rows: a.rows, cols: 1, data: x });
      }),
    );
  });

  it("has the determinant and the inverse of the matrix", () => {
    fc.assert(
      fc.property(system, ({ a }) => {
        const factor = cholesky(a);
        expectClose(factor.determinant / lu(a).determinant, 1, { purpose: "golden" });
        expectSame(factor.inverse(), inverse(a));
      }),
    );
  });
});

describe("decompositions with more to ask", () => {
  it("pivoted QR: A P = Q R, Q'Q = I, a falling diagonal", () => {
    fc.assert(
      fc.property(small, small, vector(49), (m, n, values) => {
        fc.pre(m >= n);
        const a = matrix(m, n, values.slice(0, m * n));
        const { orthogonal, upper, permutation } = qr(a, { pivoting: true });
        const product = matmul(orthogonal, upper);
        const permuted = a.data.map((_, at) => a.data[at - (at % n) + (permutation[at % n] as number)] as number);
        expectClose(product.data, permuted, { absolute: 1e-12, reason: "entries up to 9" });
        expectClose(matmul(orthogonal, orthogonal, { transposeA: true }).data, identity(n).data, { absolute: 1e-13, reason: "7 terms" });
        for (let j = 1; j < n; j++) {
          const [above, below] = [upper.data[(j - 1) * (n + 1)] as number, upper.data[j * (n + 1)] as number];
          expect(Math.abs(below)).toBeLessThanOrEqual(Math.abs(above) * (1 + 1e-12) + 1e-13);
        }
      }),
    );
  });

  it("pivoted QR solves in the order of the columns of A", () => {
    const a = matrix(3, 2, [1, 5, 0, 7, 2, 1]);
    expectClose(qr(a, { pivoting: true }).solve(matvec(a, Float64Array.of(3, -2))), [3, -2]);
  });

  it("a singular symmetric matrix has a rank, a condition and a pseudo-inverse", () => {
    const eigen = symmetricEigen(matrix(3, 3, [1, 1, 0, 1, 1, 0, 0, 0, 4]));
    expect(eigen.rank).toBe(2);
    expect(eigen.condition).toBeGreaterThan(1e15);
    expectClose(eigen.pseudoInverse().data, [0.25, 0.25, 0, 0.25, 0.25, 0, 0, 0, 0.25]);
    expectClose(symmetricEigen(matrix(2, 2, [-8, 0, 0, 2])).condition, 4);
  });

  it("determinants multiply, with sign and logarithm", () => {
    fc.assert(
      fc.property(
        small.chain((n) => fc.tuple(vector(n * n), vector(n * n), fc.constant(n))),
        ([x, y, n]) => {
          const [a, b] = [matrix(n, n, x), matrix(n, n, y)];
          const [one, two, both] = [logDeterminant(a), logDeterminant(b), logDeterminant(matmul(a, b))];
          fc.pre(one.logAbsolute > -5 && two.logAbsolute > -5);
          expect(both.sign).toBe(one.sign * two.sign);
          expectClose(both.logAbsolute, one.logAbsolute + two.logAbsolute, { absolute: 1e-7, reason: "nearly singular factors" });
          expectClose(one.sign * Math.exp(one.logAbsolute), lu(a).determinant, { purpose: "golden" });
        },
      ),
    );
  });

  it("the pseudo-inverse obeys Penrose's equations, whatever the rank", () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: -3, max: 3 }), { minLength: 15, maxLength: 15 }), (values) => {
        const a = matrix(5, 3, values);
        const p = pseudoInverse(a);
        const size = { absolute: 1e-11, reason: "small integers" };
        expectClose(matmul(matmul(a, p), a).data, a.data, size);
        expectClose(matmul(matmul(p, a), p).data, p.data, size);
        const [left, right] = [matmul(a, p), matmul(p, a)];
        expectClose(left.data, transpose(left).data, size);
        expectClose(right.data, transpose(right).data, size);
      }),
    );
  });
});

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

describe("tiled products", () => {
  const wave = (length: number, step: number): Float64Array => Float64Array.from({ length }, (_, i) => Math.sin(step * i));
  for (const [rows, inner, cols] of [
    [2, 3, 5],
    [67, 131, 71],
    [101, 263, 37],
    [1, 521, 97],
    [193, 1, 101],
    [4, 0, 3],
  ] as const) {
    it(`${rows} x ${inner} times ${inner} x ${cols} is the definition in both precisions, with each transpose`, () => {
      const a = matrix(rows, inner, wave(rows * inner, 1));
      const b = matrix(inner, cols, wave(inner * cols, 3));
      const expected = new Float64Array(rows * cols);
      for (let i = 0; i < rows; i++)
        for (let j = 0; j < cols; j++)
          for (let k = 0; k < inner; k++)
            expected[i * cols + j] =
              (expected[i * cols + j] as number) + (a.data[i * inner + k] as number) * (b.data[k * cols + j] as number);
      const sizes = { rows, inner, cols };
      const tolerance = { absolute: 1e-12, reason: "up to 521 terms of size 1" };
      expectClose(gemm(a.data, b.data, sizes), expected, tolerance);
      expectClose(gemm(transpose(a).data, b.data, { ...sizes, transposeA: true }), expected, tolerance);
      expectClose(gemm(a.data, transpose(b).data, { ...sizes, transposeB: true }), expected, tolerance);
      expectClose(gemm(transpose(a).data, transpose(b).data, { ...sizes, transposeA: true, transposeB: true }), expected, tolerance);
      const single = gemm(Float32Array.from(a.data), Float32Array.from(b.data), sizes);
      expect(single).toBeInstanceOf(Float32Array);
      expectClose(single, expected, { precision: "float32", absolute: 1e-5, reason: "up to 521 rounded inputs of size 1" });
    });
  }
});
