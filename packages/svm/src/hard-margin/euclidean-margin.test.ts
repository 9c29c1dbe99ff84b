import { createRng } from "@attnlab/random";
import { expectClose, spread } from "@attnlab/testing";
import { describe, expect, it } from "vitest";
import { solveEuclideanMargin } from "./euclidean-margin.ts";
import { type HardMarginPoint, solveHardMargin } from "./hard-margin.ts";

const [COUNT, DIM] = [37, 11];

/** Feasible rows of lengths between 1e-3 and 1e3, with right-hand sides of both signs if asked for. */
function problem(seed: number, negative: boolean) {
  const rng = createRng(seed);
  const data = new Float64Array(COUNT * DIM);
  const rhs = new Float64Array(COUNT);
  for (let i = 0; i < COUNT; i++) {
    const size = 10 ** (6 * rng.uniform() - 3);
    const row = Float64Array.from({ length: DIM }, () => rng.normal());
    const along = row.reduce((sum, v) => sum + v, 0);
    for (let j = 0; j < DIM; j++) data[i * DIM + j] = size * Math.sign(along) * (row[j] as number);
    rhs[i] = size * (negative && i % 5 === 0 ? -0.7 : 0.1 + rng.uniform());
  }
  return { rows: { rows: COUNT, cols: DIM, data }, rhs };
}

describe("solveEuclideanMargin", () => {
  it.each([1, 2, 3, 5, 7])("agrees with the careful way, seed %i", (seed) => {
    for (const negative of [false, true]) {
      const { rows, rhs } = problem(seed, negative);
      const fast = solveEuclideanMargin(rows, rhs, 1e-8);
      if (fast?.status !== "optimal") expect.fail("an everyday problem");
      // A copy scaled so far that squares of its lengths overflow is solved the careful way, to weights that much smaller.
      const far = 2 ** 500;
      const careful = solveHardMargin({ rows: { ...rows, data: rows.data.map((v) => v * far) }, rhs }, { p: 2 }) as HardMarginPoint;
      expect([fast.status, careful.status]).toEqual(["optimal", "optimal"]);
      expectClose(
        fast.w,
        careful.w.map((v) => v * far),
        { relative: 1e-11, absolute: 0, reason: "two routes to a problem of moderate condition" },
      );
      expectClose(fast.primalObjective, careful.primalObjective * far);
      expectClose(fast.dualObjective, fast.primalObjective);
      const image = new Float64Array(DIM);
      for (let i = 0; i < COUNT; i++) {
        for (let j = 0; j < DIM; j++) image[j] = (image[j] as number) + (fast.dual[i] as number) * (rows.data[i * DIM + j] as number);
      }
      expectClose(
        image,
        fast.w.map((v) => v / fast.primalObjective),
        { relative: 1e-11, absolute: 1e-13, reason: "rows of lengths 1e-3 to 1e3" },
      );
      for (let i = 0; i < COUNT; i++) {
        const row = rows.data.subarray(i * DIM, (i + 1) * DIM);
        const margin = row.reduce((sum, v, j) => sum + v * (fast.w[j] as number), 0);
        const size = row.reduce((sum, v, j) => sum + Math.abs(v * (fast.w[j] as number)), 0);
        expect(margin - (rhs[i] as number)).toBeGreaterThanOrEqual(-1e-14 * size);
      }
    }
  });

  it("measures its own answer", () => {
    const { rows, rhs } = problem(11, false);
    const solution = solveEuclideanMargin(rows, rhs, 1e-8) as HardMarginPoint;
    for (const error of [solution.gap, ...Object.values(solution.residuals)]) expect(error).toBeLessThan(1e-13);
    expect(solution.pivots).toBeGreaterThan(3);
  });

  it("leaves what is not of every day to the careful way", () => {
    const data = spread(6).map((v) => 2 + v);
    const rhs = Float64Array.of(1, 1, 1);
    const rows = (values: Float64Array) => ({ rows: 3, cols: 2, data: values });
    expect(solveEuclideanMargin(rows(data), rhs, 1e-8)?.status).toBe("optimal");
    expect(solveEuclideanMargin(rows(data), Float64Array.of(1, 1e-6, 1), 1e-8)).toBeUndefined();
    expect(solveEuclideanMargin(rows(data), Float64Array.of(-1, 0, -1), 1e-8)).toBeUndefined();
    expect(solveEuclideanMargin(rows(data.map((v, k) => (k < 2 ? 0 : v))), rhs, 1e-8)).toBeUndefined();
    expect(solveEuclideanMargin(rows(data.map((v, k) => (k < 2 ? 1e-200 : v))), rhs, 1e-8)).toBeUndefined();
  });

  it("proves that rows contradict each other", () => {
    // (1, 0) + (-2, 1) / 2 + (0, -1) / 2 = 0, so that w would have 0 >= 1 - 1/2 + 3/2 = 2.
    const rows = { rows: 3, cols: 2, data: Float64Array.of(1, 0, -2, 1, 0, -1) };
    const proof = solveEuclideanMargin(rows, Float64Array.of(1, -1, 3), 1e-8);
    if (proof?.status !== "infeasible") expect.fail("no w satisfies these rows");
    expectClose(proof.farkas, [0.5, 0.25, 0.25]);
    expect(proof.farkasResidual).toBeLessThan(1e-15);
  });

  it("shares its memory with what is solved next", () => {
    const { rows, rhs } = problem(13, false);
    const first = solveEuclideanMargin(rows, rhs, 1e-8) as HardMarginPoint;
    const kept = { w: first.w.slice(), dual: first.dual.slice() };
    solveHardMargin(problem(17, true), { p: 2 });
    expect({ w: first.w, dual: first.dual }).toEqual(kept);
    expect(solveEuclideanMargin(rows, rhs, 1e-8)).toEqual(first);
  });
});
