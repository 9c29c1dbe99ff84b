import { directionalDivergence, dualExponent, lpNorm, type Matrix, matrix, matvec, matvecTransposed } from "@attnlab/linalg";
import { createRng } from "@attnlab/random";
import { expectClose } from "@attnlab/testing";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { PATH_LOSSES, type PathLoss, regularizationPath, solveHardMargin } from "../src/index.ts";

const exponent = fc.constantFrom(1, 1.1, 1.5, 2, 3, 7, Number.POSITIVE_INFINITY);
const smooth = fc.constantFrom(1.1, 1.5, 2, 3, 7);
const polyhedral = fc.constantFrom(1, Number.POSITIVE_INFINITY);
const loss = fc.constantFrom(...PATH_LOSSES);

function samples(seed: number, m: number, n: number, separated: boolean): Matrix {
  const rng = createRng(seed);
  const direction = Array.from({ length: n }, () => rng.normal());
  const rows = Array.from({ length: m }, () => {
    const row = Array.from({ length: n }, () => rng.normal());
    const side = row.reduce((sum, v, j) => sum + v * (direction[j] as number), 0);
    return separated && side < 0 ? row.map((v) => -v) : row;
  });
  return matrix(m, n, rows.flat());
}

const separable = fc
  .record({ m: fc.integer({ min: 2, max: 19 }), n: fc.integer({ min: 2, max: 11 }), seed: fc.nat() })
  .map(({ m, n, seed }) => samples(seed, m, n, true));

function meanLoss(rows: Matrix, w: Float64Array, which: PathLoss): number {
  const each = matvec(rows, w).map((m) => (which === "logistic" ? Math.log1p(Math.exp(-m)) : Math.exp(-m)));
  return each.reduce((sum, l) => sum + l, 0) / rows.rows;
}

describe("regularizationPath", () => {
  it("satisfies the optimality conditions, computed from their definition", () => {
    fc.assert(
      fc.property(separable, exponent, loss, (rows, p, which) => {
        const { points } = regularizationPath({ rows }, { p, loss: which, radii: [0.3, 2, 5] });
        for (const { w, radius, status, logLoss } of points) {
          expect(status).toBe("optimal");
          expectClose(lpNorm(w, p), radius);
          expectClose(Math.exp(logLoss), meanLoss(rows, w, which), {
            factor: 100,
            reason: "a loss near zero from log1p of a small number",
          });
          const slopes = matvec(rows, w).map((m) => (which === "logistic" ? 1 / (1 + Math.exp(m)) : Math.exp(-m)));
          const g = matvecTransposed(rows, slopes);
          const q = dualExponent(p);
          const along = g.reduce((sum, v, j) => sum + v * (w[j] as number), 0);
          // Hölder's inequality is an equality exactly at the minimum over the ball.
          expectClose(along, radius * lpNorm(g, q), { relative: 1e-8, reason: "the default tol" });
        }
      }),
      { numRuns: 100 },
    );
  });

  it("beats random points of the ball", () => {
    fc.assert(
      fc.property(separable, exponent, loss, fc.nat(), (rows, p, which, seed) => {
        const [point] = regularizationPath({ rows }, { p, loss: which, radii: [1.5] }).points;
        const rng = createRng(seed);
        for (let k = 0; k < 20; k++) {
          const draw = Float64Array.from({ length: rows.cols }, (_, j) => (point?.w[j] ?? 0) + 0.1 * rng.normal());
          const length = lpNorm(draw, p);
          const other = draw.map((v) => (1.5 * v) / length);
          expect(meanLoss(rows, other, which)).toBeGreaterThanOrEqual(Math.exp(point?.logLoss ?? Number.NaN) * (1 - 1e-12));
        }
      }),
      { numRuns: 50 },
    );
  });

  it("has the multiplier as the slope of log L in R", () => {
    fc.assert(
      fc.property(separable, exponent, loss, (rows, p, which) => {
        const h = 1e-5;
        const { points } = regularizationPath({ rows }, { p, loss: which, radii: [1 - h, 1, 1 + h], tol: 1e-12 });
        const [before, at, after] = points.map(({ logLoss }) => logLoss);
        expect(at).toBeDefined();
        expectClose(((before as number) - (after as number)) / (2 * h), points[1]?.multiplier ?? Number.NaN, { purpose: "gradient" });
      }),
      { numRuns: 50 },
    );
  });

  it("turns to the hard-margin direction, far beyond where the loss is zero in float64", () => {
    fc.assert(
      fc.property(separable, smooth, loss, (rows, p, which) => {
        const svm = solveHardMargin({ rows }, { p });
        if (svm.status !== "optimal") expect.fail(svm.status);
        const unit = svm.primalObjective;
        const { points, separable: found } = regularizationPath({ rows }, { p, loss: which, radii: [10, 100, 1000].map((k) => k * unit) });
        expect(found).toBe(true);
        const divergence = points.map(({ w }) => directionalDivergence(svm.w, w, p));
        points.forEach(({ status, logLoss, logExcess, radius }) => {
          expect(status).toBe("optimal");
          expect(logExcess).toBe(logLoss);
          // The margin of w(R) is at most R / ||w_svm|| and nearly that: log L = -R / ||w_svm|| up to log m.
          expect(logLoss).toBeGreaterThanOrEqual(-radius / unit - Math.log(rows.rows) - 1e-9 * radius);
          expect(logLoss).toBeLessThanOrEqual(-radius / unit + Math.log(rows.rows) + 1);
        });
        expect(points[2]?.logLoss ?? 0).toBeLessThan(-900);
        expect(divergence[2] as number).toBeLessThanOrEqual(1e-3);
        expect(divergence[2] as number).toBeLessThanOrEqual((divergence[0] as number) + 1e-12);
      }),
      { numRuns: 60 },
    );
  });

  it("falls in R and attains the largest margin of p = 1 and p = Infinity, far beyond where the loss is zero in float64", () => {
    fc.assert(
      fc.property(separable, polyhedral, loss, (rows, p, which) => {
        const svm = solveHardMargin({ rows }, { p });
        if (svm.status !== "optimal") expect.fail(svm.status);
        const unit = svm.primalObjective;
        const { points } = regularizationPath({ rows }, { p, loss: which, radii: [0.01, 1, 10, 100, 1000].map((k) => k * unit) });
        points.forEach(({ status, logLoss, radius, w }, k) => {
          expect(status).toBe("optimal");
          expectClose(lpNorm(w, p), radius);
          if (k > 0) expect(logLoss).toBeLessThan(points[k - 1]?.logLoss ?? 0);
          // The loss is between that of the least margin in every sample and in one of them.
          const least = matvec(rows, w).reduce((a, b) => Math.min(a, b), Number.POSITIVE_INFINITY);
          expect(least / radius).toBeLessThanOrEqual((1 + 1e-9) / unit);
          if (k === 4) expect(least / radius).toBeGreaterThanOrEqual((1 - 0.02) / unit);
        });
      }),
      { numRuns: 60 },
    );
  });

  it("turns to the vertex that is the hard-margin solution of p = 1 or p = Infinity where it is unique", () => {
    for (const which of PATH_LOSSES) {
      for (const p of [1, Number.POSITIVE_INFINITY]) {
        const rows = samples(5, 13, 4, true);
        const svm = solveHardMargin({ rows }, { p });
        if (svm.status !== "optimal") expect.fail(svm.status);
        const unit = svm.primalObjective;
        const { points } = regularizationPath({ rows }, { p, loss: which, radii: [10, 100, 1e4].map((k) => k * unit) });
        const distances = points.map(({ w, radius }) =>
          lpNorm(
            w.map((v, j) => v / radius - (svm.w[j] as number) / unit),
            Number.POSITIVE_INFINITY,
          ),
        );
        expect(distances[1] as number).toBeLessThan(0.5 * (distances[0] as number));
        expect(distances[2] as number).toBeLessThan(1e-3);
      }
    }
  });

  it("keeps its certificate on tied, repeated and empty columns of p = 1 and p = Infinity", () => {
    const entries = fc.array(fc.integer({ min: -2, max: 2 }), { minLength: 28, maxLength: 28 });
    fc.assert(
      fc.property(entries, polyhedral, loss, (values, p, which) => {
        const rows = matrix(7, 4, values);
        fc.pre(lpNorm(matvecTransposed(rows, new Float64Array(7).fill(1)), 2) > 0);
        const { points } = regularizationPath({ rows }, { p, loss: which, radii: [0.5, 4, 40] });
        for (const { status, gap, w, radius, logExcess } of points) {
          // Samples that contradict each other along some features only: the infimum is not attained, and float64 may run out.
          if (logExcess !== undefined) expect([status, gap <= 1e-8]).toEqual(["optimal", true]);
          expect(lpNorm(w, p)).toBeLessThanOrEqual(radius * (1 + 1e-12));
        }
      }),
      { numRuns: 150 },
    );
  });

  it("meets the free minimiser of overlapping samples, and log(L - L*) falls to it", () => {
    for (const which of PATH_LOSSES) {
      for (const p of [1, 1.5, 2, 4, Number.POSITIVE_INFINITY]) {
        const rows = samples(3, 61, 5, false);
        const free = regularizationPath({ rows }, { p, loss: which, radii: [1e3] }).points[0];
        expect([free?.onSphere, free?.status, free?.logExcess]).toEqual([false, "optimal", Number.NEGATIVE_INFINITY]);
        const reach = lpNorm(free?.w ?? new Float64Array(1), p);
        const radii = [0.5, 0.9, 0.99, 1.01].map((k) => k * reach);
        const { points, separable: found } = regularizationPath({ rows }, { p, loss: which, radii });
        expect(found).toBe(false);
        expect(points.map(({ onSphere }) => onSphere)).toEqual([true, true, true, false]);
        const least = Math.exp(free?.logLoss ?? Number.NaN);
        for (const { logLoss, logExcess, status } of points.slice(0, 3)) {
          expect(status).toBe("optimal");
          expectClose(Math.exp(logExcess ?? Number.NaN), Math.exp(logLoss) - least, {
            absolute: 1e-14,
            relative: 1e-6,
            reason: "the difference cancels",
          });
        }
        const gradient = matvecTransposed(
          rows,
          matvec(rows, free?.w ?? new Float64Array(5)).map((m) => (which === "logistic" ? 1 / (1 + Math.exp(m)) : Math.exp(-m))),
        );
        expect(lpNorm(gradient, 2)).toBeLessThan(1e-10);
      }
    }
  });

  it("gives the same point from a warm start as from none", () => {
    fc.assert(
      fc.property(separable, exponent, loss, (rows, p, which) => {
        const along = regularizationPath({ rows }, { p, loss: which, radii: [0.1, 1, 4, 9] }).points[3];
        const alone = regularizationPath({ rows }, { p, loss: which, radii: [9] }).points[0];
        expectClose(along?.w ?? [], alone?.w ?? [1], { relative: 1e-7, absolute: 1e-7, reason: "two solutions, each to the default tol" });
      }),
      { numRuns: 50 },
    );
  });

  it("does not depend on the units of the samples", () => {
    fc.assert(
      fc.property(separable, exponent, loss, fc.constantFrom(1e-8, 1e8), (rows, p, which, unit) => {
        const base = regularizationPath({ rows }, { p, loss: which, radii: [3] }).points[0];
        const scaled = { ...rows, data: rows.data.map((v) => v * unit) };
        const other = regularizationPath({ rows: scaled }, { p, loss: which, radii: [3 / unit] }).points[0];
        expectClose(other?.w.map((v) => v * unit) ?? [], base?.w ?? [1], {
          relative: 1e-7,
          absolute: 1e-7,
          reason: "two solutions to the default tol",
        });
      }),
      { numRuns: 50 },
    );
  });
});
