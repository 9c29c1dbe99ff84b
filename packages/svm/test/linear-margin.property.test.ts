import { lpNorm, type Matrix, matrix, matvec, matvecTransposed } from "@attnlab/linalg";
import { createRng } from "@attnlab/random";
import { expectClose } from "@attnlab/testing";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type HardMarginPoint, type HardMarginSolution, solveHardMargin } from "../src/index.ts";

const norm = fc.constantFrom(1, Number.POSITIVE_INFINITY);
const dualOf = (p: number): number => (p === 1 ? Number.POSITIVE_INFINITY : 1);

/** Small whole numbers make ties, duplicates, dependent and zero rows. */
const tied = fc.record({ m: fc.integer({ min: 1, max: 13 }), n: fc.integer({ min: 1, max: 7 }) }).chain(({ m, n }) =>
  fc.record({
    rows: fc.array(fc.integer({ min: -2, max: 2 }), { minLength: m * n, maxLength: m * n }).map((v) => matrix(m, n, v)),
    rhs: fc.array(fc.constantFrom(-1, 0, 0.5, 1, 2), { minLength: m, maxLength: m }).map((v) => Float64Array.from(v)),
  }),
);

const separable = fc
  .record({ m: fc.integer({ min: 1, max: 29 }), n: fc.integer({ min: 1, max: 13 }), seed: fc.nat() })
  .map(({ m, n, seed }) => {
    const rng = createRng(seed);
    const rows = Float64Array.from({ length: m * n }, () => rng.normal());
    const direction = Float64Array.from({ length: n }, () => rng.normal());
    matvec(matrix(m, n, rows), direction).forEach((side, i) => {
      if (side < 0) for (let j = 0; j < n; j++) rows[i * n + j] = -(rows[i * n + j] as number);
    });
    return matrix(m, n, rows);
  });

function optimal(solution: HardMarginSolution): HardMarginPoint {
  if (solution.status !== "optimal") expect.fail(`status ${solution.status}`);
  return solution;
}

function checkCertificate(rows: Matrix, rhs: Float64Array, p: number): void {
  const solution = solveHardMargin({ rows, rhs }, { p });
  if (solution.status === "infeasible") {
    expect(Math.min(...solution.farkas)).toBeGreaterThanOrEqual(0);
    expect(lpNorm(matvecTransposed(rows, solution.farkas), 2)).toBeLessThan(1e-10);
    expect(solution.farkas.reduce((sum, y, i) => sum + y * (rhs[i] as number), 0)).toBeCloseTo(1, 9);
    return;
  }
  const { w, dual } = optimal(solution);
  matvec(rows, w).forEach((margin, i) => {
    expect(margin).toBeGreaterThanOrEqual((rhs[i] as number) - 1e-10);
  });
  expect(Math.min(...dual)).toBeGreaterThanOrEqual(0);
  expect(lpNorm(matvecTransposed(rows, dual), dualOf(p))).toBeLessThanOrEqual(1 + 1e-10);
  // Feasible on both sides with equal values: optimal by weak duality alone.
  expectClose(
    dual.reduce((sum, v, i) => sum + v * (rhs[i] as number), 0),
    lpNorm(w, p),
    { relative: 1e-10, absolute: 1e-10, reason: "the certificate, recomputed" },
  );
}

describe("hard margins of p = 1 and p = Infinity", () => {
  it("prove themselves on tied, dependent and infeasible problems", () => {
    fc.assert(
      fc.property(tied, norm, ({ rows, rhs }, p) => checkCertificate(rows, rhs, p)),
      { numRuns: 600 },
    );
  });

  it("bound every other norm: weak duality with the answers of p = 2", () => {
    fc.assert(
      fc.property(separable, norm, (rows, p) => {
        const own = optimal(solveHardMargin({ rows }, { p, tol: 1e-12 }));
        const other = optimal(solveHardMargin({ rows }, { p: 2 }));
        expect(own.dualObjective).toBeLessThanOrEqual(lpNorm(other.w, p) * (1 + 1e-10));
      }),
      { numRuns: 200 },
    );
  });

  it("do not depend on the units of rows, and scale inversely with those of columns", () => {
    fc.assert(
      fc.property(separable, norm, fc.constantFrom(1e-8, 1e-3, 1e8), (rows, p, unit) => {
        const base = optimal(solveHardMargin({ rows }, { p }));
        const scaled = optimal(solveHardMargin({ rows: { ...rows, data: rows.data.map((v) => v * unit) } }, { p }));
        expectClose(scaled.primalObjective * unit, base.primalObjective, { relative: 1e-10, reason: "the certificates' own digits" });
        const rhs = Float64Array.from({ length: rows.rows }, (_, i) => 10 ** ((i % 17) - 8));
        const data = rows.data.map((v, at) => v * (rhs[Math.floor(at / rows.cols)] as number));
        const uneven = optimal(solveHardMargin({ rows: { ...rows, data }, rhs }, { p }));
        expectClose(uneven.primalObjective, base.primalObjective, { relative: 1e-9, reason: "the certificates' own digits" });
      }),
      { numRuns: 100 },
    );
  });

  it("ignore the order of rows, repeated rows, and permute with the columns", () => {
    fc.assert(
      fc.property(separable, norm, (rows, p) => {
        const { rows: m, cols: n, data } = rows;
        const base = optimal(solveHardMargin({ rows }, { p })).primalObjective;
        const tolerance = { relative: 1e-10, reason: "the certificates' own digits" };
        expectClose(optimal(solveHardMargin({ rows: matrix(m, n, data.slice().reverse()) }, { p })).primalObjective, base, tolerance);
        expectClose(optimal(solveHardMargin({ rows: matrix(2 * m, n, [...data, ...data]) }, { p })).primalObjective, base, tolerance);
      }),
      { numRuns: 100 },
    );
  });

  it("are the limits of the norms between", () => {
    fc.assert(
      fc.property(separable, (rows) => {
        const value = (p: number): number => optimal(solveHardMargin({ rows }, { p })).primalObjective;
        // n^(1/p - 1) ||w||_1 <= ||w||_p <= ||w||_1, and the same at the other end.
        expect(value(1.05)).toBeLessThanOrEqual(value(1) * (1 + 1e-8));
        expect(value(1.05)).toBeGreaterThanOrEqual(value(1) * rows.cols ** (1 / 1.05 - 1) * (1 - 1e-8));
        expect(value(20)).toBeGreaterThanOrEqual(value(Number.POSITIVE_INFINITY) * (1 - 1e-8));
        expect(value(20)).toBeLessThanOrEqual(value(Number.POSITIVE_INFINITY) * rows.cols ** (1 / 20) * (1 + 1e-8));
      }),
      { numRuns: 60 },
    );
  });
});
