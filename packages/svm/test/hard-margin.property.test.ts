import { lpInverseMirrorMap, lpNorm, type Matrix, matrix, matvec, matvecTransposed } from "@attnlab/linalg";
import { createRng } from "@attnlab/random";
import { expectClose } from "@attnlab/testing";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type HardMarginPoint, type HardMarginSolution, solveAttentionSvm, solveHardMargin } from "../src/index.ts";

const exponent = fc.constantFrom(1.1, 1.5, 1.75, 2, 3, 7);

/** Small whole numbers make duplicates, zero rows, dependent rows and ties; real ones make general position. */
const problem = fc
  .record({ m: fc.integer({ min: 1, max: 9 }), n: fc.integer({ min: 1, max: 7 }), whole: fc.boolean() })
  .chain(({ m, n, whole }) => {
    const entry = whole ? fc.integer({ min: -2, max: 2 }) : fc.double({ min: -3, max: 3, noNaN: true, noDefaultInfinity: true });
    return fc.record({
      rows: fc
        .array(
          entry.map((v) => (Math.abs(v) < 1e-3 ? 0 : v)),
          { minLength: m * n, maxLength: m * n },
        )
        .map((v) => matrix(m, n, v)),
      rhs: fc.array(fc.constantFrom(-1, 0, 0.5, 1, 2), { minLength: m, maxLength: m }).map((v) => Float64Array.from(v)),
    });
  });

/** Rows that a hidden direction separates: feasible by construction. */
const separable = fc
  .record({ m: fc.integer({ min: 2, max: 23 }), n: fc.integer({ min: 2, max: 13 }), seed: fc.nat() })
  .map(({ m, n, seed }) => {
    const rng = createRng(seed);
    const draw = (): number => rng.normal();
    const direction = Array.from({ length: n }, draw);
    const rows = new Float64Array(m * n);
    for (let i = 0; i < m; i++) {
      const row = Array.from({ length: n }, draw);
      const side = row.reduce((sum, v, j) => sum + v * (direction[j] as number), 0);
      rows.set(side < 0 ? row.map((v) => -v) : row, i * n);
    }
    return matrix(m, n, rows);
  });

function optimal(solution: HardMarginSolution): HardMarginPoint {
  if (solution.status !== "optimal") expect.fail(`status ${solution.status}`);
  return solution;
}

/** Every condition from its definition, on the caller's own numbers. */
function checkCertificate(rows: Matrix, rhs: Float64Array, p: number, tol: number): void {
  const q = p / (p - 1);
  const solution = solveHardMargin({ rows, rhs }, { p });
  if (solution.status === "infeasible") {
    const { farkas } = solution;
    expect(Math.min(...farkas)).toBeGreaterThanOrEqual(0);
    expectClose(
      farkas.reduce((sum, y, i) => sum + y * (rhs[i] as number), 0),
      1,
    );
    expect(lpNorm(matvecTransposed(rows, farkas), q)).toBeLessThanOrEqual(1e-10 * farkas.reduce((sum, y) => sum + y, 0));
    return;
  }
  const { w, dual, primalObjective, dualObjective } = optimal(solution);
  const size = lpNorm(w, p);
  const margins = matvec(rows, w);
  margins.forEach((margin, i) => {
    const slack = margin - (rhs[i] as number);
    const rowNorm = lpNorm(rows.data.slice(i * rows.cols, (i + 1) * rows.cols), q);
    expect(slack).toBeGreaterThanOrEqual(-tol * (Math.abs(rhs[i] as number) + rowNorm * size));
    expect((dual[i] as number) * slack).toBeLessThanOrEqual(tol * Math.max(1e-300, size));
  });
  expect(Math.min(...dual)).toBeGreaterThanOrEqual(0);
  expectClose(primalObjective, size);
  expect(Math.abs(primalObjective - dualObjective)).toBeLessThanOrEqual(tol * size);
  if (size > 0) {
    const u = matvecTransposed(rows, dual);
    expectClose(lpNorm(u, q), 1, { relative: tol, reason: "the solver's own tolerance" });
    const unit = w.map((v) => v / size);
    const image = p < 2 ? lpInverseMirrorMap(u, p) : u;
    const own = p < 2 ? unit : unit.map((v) => Math.sign(v) * Math.abs(v) ** (p - 1));
    expectClose(image, own, { relative: tol, absolute: tol, reason: "the solver's own tolerance" });
  }
}

describe("solveHardMargin", () => {
  it("returns a valid certificate, of optimality or of infeasibility, for any small problem", () => {
    fc.assert(
      fc.property(problem, exponent, ({ rows, rhs }, p) => checkCertificate(rows, rhs, p, 2e-8)),
      { numRuns: 600 },
    );
  });

  it("finds separable data feasible and optimal to 1e-12", () => {
    fc.assert(
      fc.property(separable, exponent, (rows, p) => {
        const solution = optimal(solveHardMargin({ rows }, { p, tol: 1e-12 }));
        const { gap, residuals } = solution;
        expect(Math.max(gap, residuals.primal, residuals.stationarity, residuals.complementarity)).toBeLessThanOrEqual(1e-12);
      }),
      { numRuns: 200 },
    );
  });

  it("ends below 1e-12 whatever tol is, with feasible weights, at the size of the paper's attention SVM, 42 x 100", () => {
    for (const p of [1.1, 1.5, 1.75, 2, 2.5, 3, 4, 6]) {
      for (let seed = 0; seed < 40; seed++) {
        const rng = createRng(seed);
        const draw = (length: number): Float64Array => Float64Array.from({ length }, () => rng.normal());
        const samples = { tokens: { shape: [6, 8, 10], data: draw(480) }, queries: { shape: [6, 10], data: draw(60) } };
        const solution = solveAttentionSvm({ ...samples, selected: [3, 2, 6, 2, 6, 2] }, { p });
        if (solution.status !== "optimal") expect.fail(solution.status);
        const { gap, residuals, iterations } = solution;
        expect(Math.max(gap, residuals.stationarity, residuals.complementarity)).toBeLessThan(1e-12);
        // The weights are stretched until they are feasible, so the norm is an upper bound and not an estimate.
        expect(residuals.primal).toBeLessThan(2e-16);
        expect(iterations).toBeLessThanOrEqual(25);
      }
    }
  });

  it("does not let the rounding of rows 1e16 times weaker than others spoil the certificate", () => {
    fc.assert(
      fc.property(separable, exponent, fc.nat(), (rows, p, seed) => {
        const rng = createRng(seed);
        const units = Float64Array.from({ length: rows.rows }, () => 10 ** (16 * rng.uniform() - 8));
        const scaled = { ...rows, data: rows.data.map((v, at) => v * (units[Math.floor(at / rows.cols)] as number)) };
        const { gap, residuals } = optimal(solveHardMargin({ rows: scaled }, { p }));
        expect(Math.max(gap, residuals.primal, residuals.stationarity, residuals.complementarity)).toBeLessThanOrEqual(1e-10);
      }),
      { numRuns: 200 },
    );
  });

  it("scales with the right-hand side and against the rows", () => {
    fc.assert(
      fc.property(separable, exponent, fc.constantFrom(1e-8, 0.3, 5, 1e8), (rows, p, c) => {
        const base = optimal(solveHardMargin({ rows }, { p }));
        const more = optimal(solveHardMargin({ rows, rhs: new Float64Array(rows.rows).fill(c) }, { p }));
        const larger = optimal(solveHardMargin({ rows: { ...rows, data: rows.data.map((v) => v * c) } }, { p }));
        const tolerance = { relative: 1e-8, absolute: 1e-8 * base.primalObjective, reason: "solutions agree to the solver's tolerance" };
        expectClose(
          more.w.map((v) => v / c),
          base.w,
          tolerance,
        );
        expectClose(
          larger.w.map((v) => v * c),
          base.w,
          tolerance,
        );
      }),
      { numRuns: 100 },
    );
  });

  it("does not depend on the units of single rows", () => {
    fc.assert(
      fc.property(separable, exponent, fc.nat(), (rows, p, seed) => {
        const rhs = Float64Array.from({ length: rows.rows }, (_, i) => 10 ** (((seed + 7 * i) % 17) - 8));
        const scaled = { ...rows, data: rows.data.map((v, at) => v * (rhs[Math.floor(at / rows.cols)] as number)) };
        const base = optimal(solveHardMargin({ rows }, { p }));
        const other = optimal(solveHardMargin({ rows: scaled, rhs }, { p }));
        expectClose(other.w, base.w, {
          relative: 1e-8,
          absolute: 1e-8 * base.primalObjective,
          reason: "agreement to the solver's tolerance",
        });
        expectClose(
          other.dual.map((v, i) => v * (rhs[i] as number)),
          base.dual,
          { relative: 1e-6, absolute: 1e-6, reason: "multipliers are less well determined than weights" },
        );
      }),
      { numRuns: 60 },
    );
  });

  it("permutes its answer with the columns, ignores the order of rows, repeated rows and redundant rows", () => {
    fc.assert(
      fc.property(separable, exponent, (rows, p) => {
        const { rows: m, cols: n, data } = rows;
        const base = optimal(solveHardMargin({ rows }, { p }));
        const tolerance = { relative: 1e-8, absolute: 1e-8 * base.primalObjective, reason: "agreement to the solver's tolerance" };
        const reversed = matrix(m, n, data.slice().reverse());
        expectClose(
          optimal(solveHardMargin({ rows: reversed }, { p }))
            .w.slice()
            .reverse(),
          base.w,
          tolerance,
        );
        // A repeated row, and the sum of two rows, which asks for less than the two together give.
        const redundant = matrix(m + 2, n, [
          ...data,
          ...data.slice(0, n),
          ...Array.from({ length: n }, (_, j) => (data[j] as number) + (data[n + j] as number)),
        ]);
        expectClose(optimal(solveHardMargin({ rows: redundant }, { p })).w, base.w, tolerance);
      }),
      { numRuns: 100 },
    );
  });

  it("agrees with brute force in the plane", () => {
    fc.assert(
      fc.property(separable, exponent, (rows, p) => {
        const flat = matrix(
          rows.rows,
          2,
          Float64Array.from({ length: rows.rows * 2 }, (_, k) => rows.data[Math.floor(k / 2) * rows.cols + (k % 2)] as number),
        );
        const solution = solveHardMargin({ rows: flat }, { p });
        const best = bestInPlane(flat, p);
        if (solution.status === "infeasible") expect(best).toBeGreaterThan(1e6);
        else expectClose(solution.primalObjective, best, { relative: 1e-6, reason: "a grid of directions refined to 1e-9 radians" });
      }),
      { numRuns: 60 },
    );
  });
});

/** The least norm over directions: w = s (cos t, sin t) with the smallest s that satisfies all rows; a grid, then golden-section refinement. */
function bestInPlane(rows: Matrix, p: number): number {
  const normAt = (t: number): number => {
    const direction = Float64Array.of(Math.cos(t), Math.sin(t));
    const least = Math.min(...matvec(rows, direction));
    return least <= 0 ? Number.POSITIVE_INFINITY : lpNorm(direction, p) / least;
  };
  let best = Number.POSITIVE_INFINITY;
  let at = 0;
  let step = (2 * Math.PI) / 20_000;
  for (let k = 0; k < 20_000; k++) {
    const value = normAt(k * step);
    if (value < best) {
      best = value;
      at = k * step;
    }
  }
  for (let round = 0; round < 14; round++) {
    const centre = at;
    for (let k = -10; k <= 10; k++) {
      const value = normAt(centre + (k * step) / 10);
      if (value < best) {
        best = value;
        at = centre + (k * step) / 10;
      }
    }
    step /= 4;
  }
  return best;
}
