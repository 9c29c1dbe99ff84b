import { lpNorm, type Matrix, matmul, matrix, matvec, matvecTransposed, nuclearNorm, qr, spectralNorm, transpose } from "@attnlab/linalg";
import { createRng } from "@attnlab/random";
import { expectClose } from "@attnlab/testing";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  keyQueryFactors,
  MATRIX_NORMS,
  type MatrixMarginPoint,
  type MatrixNorm,
  solveHardMargin,
  solveMatrixMargin,
} from "../src/index.ts";

const NORM: Readonly<Record<MatrixNorm, (W: Matrix) => number>> = {
  nuclear: nuclearNorm,
  spectral: spectralNorm,
  frobenius: ({ data }) => lpNorm(data, 2),
};
const DUAL: Readonly<Record<MatrixNorm, MatrixNorm>> = { nuclear: "spectral", spectral: "nuclear", frobenius: "frobenius" };
const norm = fc.constantFrom(...MATRIX_NORMS);
const AGREE = { relative: 2e-8, reason: "two objectives, each to the default tol 1e-8" };

interface Problem {
  readonly rows: Matrix;
  readonly shape: readonly [number, number];
  readonly rhs: Float64Array;
}

/** Small whole numbers make duplicates, zero rows, contradictions and equalities written as two inequalities. */
const anyProblem = fc
  .record({ m: fc.integer({ min: 1, max: 7 }), r: fc.integer({ min: 1, max: 3 }), c: fc.integer({ min: 1, max: 3 }) })
  .chain(({ m, r, c }) =>
    fc.record({
      rows: fc.array(fc.integer({ min: -2, max: 2 }), { minLength: m * r * c, maxLength: m * r * c }).map((v) => matrix(m, r * c, v)),
      shape: fc.constant([r, c] as const),
      rhs: fc.array(fc.constantFrom(-1, 0, 0.5, 1, 2), { minLength: m, maxLength: m }).map((v) => Float64Array.from(v)),
    }),
  );

/** Rows on the positive side of a hidden matrix. */
const separable = fc
  .record({ m: fc.integer({ min: 1, max: 19 }), r: fc.integer({ min: 1, max: 7 }), c: fc.integer({ min: 1, max: 5 }), seed: fc.nat() })
  .map(({ m, r, c, seed }): Problem => {
    const rng = createRng(seed);
    const draw = (size: number): number[] => Array.from({ length: size }, () => rng.normal());
    const hidden = draw(r * c);
    const rows = Array.from({ length: m }, () => {
      const row = draw(r * c);
      const side = row.reduce((sum, v, k) => sum + v * (hidden[k] as number), 0);
      return side < 0 ? row.map((v) => -v) : row;
    });
    return { rows: matrix(m, r * c, rows.flat()), shape: [r, c], rhs: Float64Array.from({ length: m }, () => 0.5 + rng.uniform()) };
  });

/** Gaussian rows at a distance of at least 0.1 from a hyperplane. */
function planted(seed: number, m: number, n: number): { readonly rows: Matrix } {
  const rng = createRng(seed);
  const hidden = Float64Array.from({ length: n }, () => rng.normal() / Math.sqrt(n));
  const rows = Array.from({ length: m }, () => {
    const row = Float64Array.from({ length: n }, () => rng.normal());
    const side = row.reduce((sum, v, j) => sum + v * (hidden[j] as number), 0);
    const push = Math.max(0, 0.1 - Math.abs(side));
    return Array.from(row, (v, j) => (side < 0 ? -v : v) + push * (hidden[j] as number));
  });
  return { rows: matrix(m, n, rows.flat()) };
}

function optimal(problem: Problem, which: MatrixNorm): MatrixMarginPoint {
  const solution = solveMatrixMargin(problem, { norm: which });
  if (solution.status !== "optimal") expect.fail(solution.status);
  return solution;
}

/** Every condition from its definition, on the caller's own numbers. */
function checkCertificate({ rows, shape: [r, c], rhs }: Problem, which: MatrixNorm): void {
  const solution = solveMatrixMargin({ rows, shape: [r, c], rhs }, { norm: which });
  if (solution.status === "infeasible") {
    const { farkas } = solution;
    expect(Math.min(...farkas)).toBeGreaterThanOrEqual(0);
    expectClose(
      farkas.reduce((sum, y, i) => sum + y * (rhs[i] as number), 0),
      1,
    );
    expect(lpNorm(matvecTransposed(rows, farkas), 2)).toBeLessThanOrEqual(1e-10 * farkas.reduce((sum, y) => sum + y, 0));
    return;
  }
  expect(solution.status).toBe("optimal");
  const { W, dual, primalObjective, dualObjective, gap, residuals } = solution;
  expectClose(NORM[which](W), primalObjective);
  expect(Math.min(...dual)).toBeGreaterThanOrEqual(0);
  expectClose(
    dual.reduce((sum, y, i) => sum + y * (rhs[i] as number), 0),
    dualObjective,
    { factor: 10, reason: "a sum of products in another order" },
  );
  matvec(rows, W.data).forEach((margin, i) => {
    const size = Math.abs(rhs[i] as number) + lpNorm(rows.data.slice(i * r * c, (i + 1) * r * c), 2) * lpNorm(W.data, 2);
    expect(margin).toBeGreaterThanOrEqual((rhs[i] as number) - 1.01e-8 * size);
  });
  if (primalObjective === 0) return;
  expectClose(NORM[DUAL[which]](matrix(r, c, matvecTransposed(rows, dual))), 1);
  expect(Math.abs(primalObjective - dualObjective)).toBeLessThanOrEqual(1.01e-8 * primalObjective);
  expect(Math.max(gap, residuals.primal, residuals.stationarity, residuals.complementarity)).toBeLessThanOrEqual(1e-8);
}

describe("solveMatrixMargin", () => {
  it("returns a valid certificate, of optimality or of infeasibility, for any small problem", () => {
    fc.assert(fc.property(anyProblem, norm, checkCertificate), { numRuns: 300 });
  });

  it("returns a valid certificate for separable rows", () => {
    fc.assert(
      fc.property(separable, norm, (problem, which) => {
        checkCertificate(problem, which);
        optimal(problem, which);
      }),
      { numRuns: 60 },
    );
  });

  it("reaches 1e-9 with columns that differ by four orders of magnitude", () => {
    fc.assert(
      fc.property(fc.nat(), fc.constantFrom<MatrixNorm>("nuclear", "spectral"), (seed, which) => {
        const { rows } = planted(seed, 120, 9);
        const scaled = { ...rows, data: rows.data.map((v, at) => v * 10 ** ((at % 9) / 2)) };
        const solution = solveMatrixMargin({ rows: scaled }, { norm: which });
        if (solution.status !== "optimal") expect.fail(solution.status);
        const { gap, residuals } = solution;
        expect(Math.max(gap, residuals.primal, residuals.stationarity, residuals.complementarity)).toBeLessThan(1e-9);
      }),
      { numRuns: 20 },
    );
  });

  it("leaves most of many constraints out and yet certifies all of them", () => {
    for (const which of ["nuclear", "spectral"] as const) {
      for (const seed of [1, 2, 3]) {
        const { rows } = planted(seed, 509, 25);
        const all = { rows, shape: [5, 5] as const, rhs: new Float64Array(509).fill(1) };
        checkCertificate(all, which);
        const { W, dual, primalObjective } = optimal(all, which);
        const margins = matvec(rows, W.data);
        const tight = Array.from(margins.keys()).filter((i) => (margins[i] as number) < 1 + 1e-5);
        expect(tight.length).toBeLessThan(100);
        expect(dual.every((y, i) => y === 0 || (margins[i] as number) < 2)).toBe(true);
        const alone = matrix(
          tight.length,
          25,
          tight.flatMap((i) => Array.from(rows.data.subarray(i * 25, (i + 1) * 25))),
        );
        expectClose(
          optimal({ ...all, rows: alone, rhs: new Float64Array(tight.length).fill(1) }, which).primalObjective,
          primalObjective,
          AGREE,
        );
      }
    }
  });

  it("orders the norms: spectral <= Frobenius <= nuclear, and is the lp SVM for the Frobenius norm", () => {
    fc.assert(
      fc.property(separable, (problem) => {
        const [nuclear, spectral, frobenius] = MATRIX_NORMS.map((which) => optimal(problem, which).primalObjective);
        expect(spectral as number).toBeLessThanOrEqual((frobenius as number) * (1 + 1e-8));
        expect(frobenius as number).toBeLessThanOrEqual((nuclear as number) * (1 + 1e-8));
        const vector = solveHardMargin(problem, { p: 2 });
        if (vector.status !== "optimal") expect.fail(vector.status);
        expectClose(frobenius as number, vector.primalObjective);
      }),
      { numRuns: 30 },
    );
  });

  it("is the Euclidean norm on one row or one column, whichever norm is asked for", () => {
    fc.assert(
      fc.property(separable, norm, fc.boolean(), ({ rows, rhs }, which, flat) => {
        const shape: [number, number] = flat ? [1, rows.cols] : [rows.cols, 1];
        const euclidean = optimal({ rows, rhs, shape }, "frobenius").primalObjective;
        expectClose(optimal({ rows, rhs, shape }, which).primalObjective, euclidean, AGREE);
      }),
      { numRuns: 30 },
    );
  });

  it("does not change under rotations of rows and columns, transposition or units", () => {
    fc.assert(
      fc.property(separable, norm, fc.nat(), fc.constantFrom(1e-8, 1e8), (problem, which, seed, unit) => {
        const { rows, rhs, shape } = problem;
        const [r, c] = shape;
        const rng = createRng(seed);
        const rotation = (n: number): Matrix =>
          qr(
            matrix(
              n,
              n,
              Array.from({ length: n * n }, () => rng.normal()),
            ),
          ).orthogonal;
        const [U, V] = [rotation(r), rotation(c)];
        const each = (map: (A: Matrix) => Matrix): Matrix => {
          const data = Array.from({ length: rows.rows }, (_, i) => map(matrix(r, c, rows.data.slice(i * r * c, (i + 1) * r * c))).data);
          return matrix(
            rows.rows,
            r * c,
            data.flatMap((A) => Array.from(A)),
          );
        };
        const base = optimal(problem, which).primalObjective;
        const rotated = each((A) => matmul(matmul(U, A), V));
        expectClose(optimal({ rows: rotated, rhs, shape }, which).primalObjective, base, AGREE);
        expectClose(optimal({ rows: each(transpose), rhs, shape: [c, r] }, which).primalObjective, base, AGREE);
        const scaled = { ...rows, data: rows.data.map((v) => v * unit) };
        expectClose(optimal({ rows: scaled, rhs, shape }, which).primalObjective * unit, base, AGREE);
      }),
      { numRuns: 30 },
    );
  });

  it("gives the same for factors as for the rows they stand for, in fewer dimensions", () => {
    fc.assert(
      fc.property(fc.nat(), norm, (seed, which) => {
        const rng = createRng(seed);
        const [m, r, c] = [3, 11, 7];
        const left = matrix(
          m,
          r,
          Array.from({ length: m * r }, () => rng.normal()),
        );
        const right = matrix(
          m,
          c,
          Array.from({ length: m * c }, () => rng.normal()),
        );
        const rows = matrix(
          m,
          r * c,
          Array.from({ length: m * r * c }, (_, at) => {
            const [i, a, b] = [Math.floor(at / (r * c)), Math.floor(at / c) % r, at % c];
            return (left.data[i * r + a] as number) * (right.data[i * c + b] as number);
          }),
        );
        const factored = solveMatrixMargin({ rows: { left, right } }, { norm: which });
        if (factored.status !== "optimal") expect.fail(factored.status);
        const dense = optimal({ rows, shape: [r, c], rhs: new Float64Array(m).fill(1) }, which);
        expectClose(factored.primalObjective, dense.primalObjective, AGREE);
        expect(Math.min(...matvec(rows, factored.W.data))).toBeGreaterThanOrEqual(1 - 1e-8);
        expectClose(NORM[which](factored.W), factored.primalObjective);
      }),
      { numRuns: 20 },
    );
  });

  it("reaches 1e-8 at 100 rows of 12 x 12", () => {
    const rng = createRng(7);
    const rows = matrix(
      100,
      144,
      Array.from({ length: 14400 }, () => rng.normal()),
    );
    for (const which of ["nuclear", "spectral"] as const) {
      const { iterations } = optimal({ rows, shape: [12, 12], rhs: new Float64Array(100).fill(1) }, which);
      expect(iterations).toBeLessThanOrEqual(40);
    }
  });
});

describe("keyQueryFactors", () => {
  it("multiplies back to the matrix, at the cost of its nuclear norm", () => {
    fc.assert(
      fc.property(separable, ({ rows, shape: [r, c] }) => {
        const W = matrix(r, c, rows.data.slice(0, r * c));
        const { key, query } = keyQueryFactors(W);
        expectClose(matmul(key, query, { transposeA: true }).data, W.data);
        expectClose((lpNorm(key.data, 2) ** 2 + lpNorm(query.data, 2) ** 2) / 2, nuclearNorm(W));
      }),
      { numRuns: 50 },
    );
  });
});
