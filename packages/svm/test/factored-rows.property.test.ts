import { type Matrix, matrix } from "@attnlab/linalg";
import { createRng } from "@attnlab/random";
import { expectClose } from "@attnlab/testing";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { attentionMarginProblem, type FactoredRows, solveAttentionSvm, solveHardMargin } from "../src/index.ts";

const draw = (seed: number, length: number): Float64Array => {
  const rng = createRng(seed);
  return Float64Array.from({ length }, () => rng.normal());
};

/** The rows vec(left_r right_g') written out by the definition. */
function writtenOut({ left, right, rightIndex }: FactoredRows): Matrix {
  const data: number[] = [];
  for (let r = 0; r < left.rows; r++) {
    const g = rightIndex?.[r] ?? r;
    for (let i = 0; i < left.cols; i++) {
      for (let j = 0; j < right.cols; j++) data.push((left.data[r * left.cols + i] as number) * (right.data[g * right.cols + j] as number));
    }
  }
  return matrix(left.rows, left.cols * right.cols, data);
}

const factors = fc
  .record({ m: fc.integer({ min: 1, max: 11 }), a: fc.integer({ min: 2, max: 5 }), b: fc.integer({ min: 2, max: 7 }), seed: fc.nat() })
  .map(({ m, a, b, seed }): FactoredRows => {
    const groups = 1 + (seed % 3);
    const rightIndex = Int32Array.from({ length: m }, (_, r) => (r * 7 + seed) % groups);
    return { left: matrix(m, a, draw(seed, m * a)), right: matrix(groups, b, draw(seed + 1, groups * b)), rightIndex };
  });

describe("rows as factors", () => {
  it("have the solution of the same rows written out, or the same proof that there is none", () => {
    fc.assert(
      fc.property(factors, fc.constantFrom(1, 1.3, 1.75, 2, 3, Number.POSITIVE_INFINITY), (rows, p) => {
        const short = solveHardMargin({ rows }, { p });
        const long = solveHardMargin({ rows: writtenOut(rows) }, { p });
        expect(short.status === "infeasible").toBe(long.status === "infeasible");
        if (short.status === "infeasible" || long.status === "infeasible") return;
        // Rows of few groups are often nearly dependent; their products then carry half the digits.
        const tolerance = { relative: 1e-6, absolute: 1e-6 * long.primalObjective, reason: "weights to the root of the gap" };
        expectClose(short.primalObjective, long.primalObjective, { relative: 1e-8, reason: "the solver's own tolerance" });
        if (p > 1 && p < Number.POSITIVE_INFINITY) expectClose(short.w, long.w, tolerance);
      }),
      { numRuns: 200 },
    );
  });

  it("solve the attention SVM of wide tokens to the certificate of its rows", () => {
    const [n, T, d] = [5, 4, 83];
    const samples = { tokens: { shape: [n, T, d], data: draw(1, n * T * d) }, queries: { shape: [n, d], data: draw(2, n * d) } };
    const selection = { ...samples, selected: [0, 1, 2, 3, 1] };
    const { rows, sample, token } = attentionMarginProblem(selection);
    for (const p of [1.1, 1.75, 2, 3]) {
      const short = solveAttentionSvm(selection, { p, tol: 1e-12 });
      const long = solveHardMargin({ rows }, { p, tol: 1e-12 });
      if (short.status !== "optimal" || long.status !== "optimal") expect.fail(`${short.status}, ${long.status}`);
      expectClose(short.W.data, long.w, { relative: 1e-9, absolute: 1e-11, reason: "two methods, each to a gap of 1e-12" });
      const multipliers = Array.from(sample, (i, r) => short.dual.data[i * T + (token[r] as number)] as number);
      expectClose(multipliers, long.dual, { relative: 1e-8, absolute: 1e-10, reason: "two methods, each to a gap of 1e-12" });
    }
  });

  it("refuse factors that do not fit", () => {
    const [left, right] = [matrix(2, 2, [1, 2, 3, 4]), matrix(1, 3, [1, 2, 3])];
    expect(() => solveHardMargin({ rows: { left, right } }, { p: 2 })).toThrow(
      "solveHardMargin: rows of right must equal rows of left; got 1 and 2.",
    );
    expect(() => solveHardMargin({ rows: { left, right, rightIndex: [0] } }, { p: 2 })).toThrow(
      "solveHardMargin: rightIndex.length must equal rows of left; got 1 and 2.",
    );
    expect(() => solveHardMargin({ rows: { left, right, rightIndex: [0, 1] } }, { p: 2 })).toThrow(
      "solveHardMargin: rightIndex must be whole numbers from 0 to 0; got 1 at 1. Row indices count from 0.",
    );
    const wide = { left: matrix(3, 8192), right: matrix(3, 8192) };
    wide.left.data.fill(1);
    wide.right.data.fill(1);
    expect(() => solveHardMargin({ rows: wide }, { p: 1 })).toThrow(
      "solveHardMargin: the 8 copies of the rows that p = 1 and p = Infinity work on must fit in 1 GiB; got 3 rows of 67108864 numbers. Use 1 < p < Infinity, which works on the factors.",
    );
  });
});
