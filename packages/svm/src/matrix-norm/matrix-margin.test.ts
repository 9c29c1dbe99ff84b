import { DataError, OptionError, ShapeError } from "@attnlab/check";
import { matrix } from "@attnlab/linalg";
import { expectClose, spread } from "@attnlab/testing";
import { describe, expect, it } from "vitest";
import { type MatrixNorm, solveAttentionSvm, solveMatrixAttentionSvm, solveMatrixMargin } from "../index.ts";

const NEAR = { relative: 1e-8, absolute: 1e-8, reason: "the solver's default tol" };

describe("solveMatrixMargin by hand", () => {
  // W_00 >= 3 and W_11 >= 4.
  const corners = { rows: matrix(2, 4, [1, 0, 0, 0, 0, 0, 0, 1]), rhs: Float64Array.of(3, 4) };
  const expected: [MatrixNorm, number, number[]][] = [
    ["nuclear", 7, [1, 1]],
    ["spectral", 4, [0, 1]],
    ["frobenius", 5, [0.6, 0.8]],
  ];
  for (const [norm, objective, dual] of expected) {
    it(`two corners, ${norm}: objective ${objective} and its multipliers`, () => {
      const solution = solveMatrixMargin(corners, { norm });
      if (solution.status !== "optimal") expect.fail(solution.status);
      expectClose([solution.primalObjective, solution.dualObjective], [objective, objective], NEAR);
      expectClose(solution.dual, dual, NEAR);
    });
  }

  it("one row: the distance is b over the dual norm of A", () => {
    const rows = matrix(1, 4, [3, 0, 0, 4]);
    const value = (norm: MatrixNorm): number => {
      const solution = solveMatrixMargin({ rows }, { norm });
      return solution.status === "optimal" ? solution.primalObjective : Number.NaN;
    };
    expectClose([value("nuclear"), value("spectral"), value("frobenius")], [1 / 4, 1 / 7, 1 / 5], NEAR);
  });

  it("zero is the solution when nothing positive is asked for", () => {
    const solution = solveMatrixMargin({ rows: matrix(2, 4), rhs: Float64Array.of(0, -1) }, { norm: "nuclear" });
    if (solution.status !== "optimal") expect.fail(solution.status);
    expect(Array.from(solution.W.data)).toEqual([0, 0, 0, 0]);
  });

  it("proves infeasibility by opposite rows, and by a zero row", () => {
    const opposite = solveMatrixMargin({ rows: matrix(2, 4, [1, 2, 0, 1, -2, -4, 0, -2]) }, { norm: "nuclear" });
    if (opposite.status !== "infeasible") expect.fail(opposite.status);
    expectClose(opposite.farkas, [2 / 3, 1 / 3]);
    expect(opposite.farkasResidual).toBeLessThan(1e-15);
    const zero = solveMatrixMargin({ rows: matrix(2, 1, [1, 0]), rhs: Float64Array.of(1, 4) }, { norm: "spectral" });
    if (zero.status !== "infeasible") expect.fail(zero.status);
    expect(Array.from(zero.farkas)).toEqual([0, 0.25]);
  });

  it("says so when the limit ends it", () => {
    const solution = solveMatrixMargin(corners, { norm: "nuclear", maxIter: 2 });
    if (solution.status !== "iterationLimit") expect.fail(solution.status);
    expect(solution.iterations).toBe(2);
    expect(solution.gap).toBeGreaterThan(1e-8);
    expect(solution.primalObjective).toBeGreaterThan(7);
    expect(solution.dualObjective).toBeLessThan(7);
  });

  it("refuses what does not fit", () => {
    const rows = matrix(2, 6, spread(12));
    const left = matrix(2, 3, spread(6));
    const solve =
      (problem: object, options: object = { norm: "nuclear" }): (() => unknown) =>
      () =>
        solveMatrixMargin(problem as { rows: typeof rows }, options as { norm: MatrixNorm });
    expect(solve({ rows })).toThrow(
      new ShapeError(
        "solveMatrixMargin: columns of rows must be a square number; got 6. Pass shape: [rows, columns] of a matrix W that is not square.",
      ),
    );
    expect(solve({ rows, shape: [2, 2] })).toThrow(
      "solveMatrixMargin: columns of rows must equal shape[0] x shape[1]; got 6 and 4. Pass arguments whose sizes agree.",
    );
    expect(solve({ rows, shape: [2, 3], rhs: Float64Array.of(1) })).toThrow(
      "solveMatrixMargin: rhs.length must equal the number of constraints; got 1 and 2.",
    );
    expect(solve({ rows: matrix(0, 4) })).toThrow(
      new ShapeError("solveMatrixMargin: rows must not be empty; got 0 x 4. Pass at least one constraint on at least one entry of W."),
    );
    expect(solve({ rows: matrix(1, 4, [1, Number.NaN, 0, 0]) })).toThrow(
      new DataError(
        "solveMatrixMargin: rows must be finite numbers; got NaN at index 1. Remove or repair the NaN and infinite values first.",
      ),
    );
    expect(solve({ rows: { left, right: matrix(1, 3, [1, 2, 3]) } })).toThrow(
      "solveMatrixMargin: rows of right must equal rows of left; got 1 and 2.",
    );
    expect(solve({ rows: { left, right: matrix(2, 2, [1, Number.POSITIVE_INFINITY, 0, 0]) } })).toThrow(
      "solveMatrixMargin: right must be finite numbers; got Infinity at index 1.",
    );
    expect(solve({ rows: { left, right: left, rightIndex: [0, 2] } })).toThrow("solveMatrixMargin: rightIndex must be");
    expect(solve({ rows: { left, right: left }, shape: [3, 2] })).toThrow(
      "solveMatrixMargin: columns of right must equal shape[1]; got 3 and 2.",
    );
    expect(solve({ rows: { left, right: left }, rhs: Float64Array.of(1, Number.NaN) })).toThrow(
      "solveMatrixMargin: rhs must be finite numbers",
    );
    expect(solve({ rows: { left, right: left } }, { norm: "trace" })).toThrow(
      new OptionError(
        'solveMatrixMargin: norm must be one of "nuclear", "spectral", "frobenius"; got "trace". Norm of the matrix that is minimised.',
      ),
    );
    expect(solve({ rows: { left, right: left } }, {})).toThrow("solveMatrixMargin: norm must be one of");
    expect(solve({ rows: { left, right: left } }, { norm: "nuclear", tol: 0 })).toThrow("solveMatrixMargin: tol must be a finite number");
    expect(solve({ rows: { left, right: left } }, { norm: "nuclear", p: 2 })).toThrow(
      'solveMatrixMargin: every option must be known; got "p".',
    );
  });
});

describe("solveMatrixAttentionSvm", () => {
  const tokens = { shape: [2, 3, 5], data: spread(30) };
  const queries = { shape: [2, 5], data: spread(10, 3) };

  it("separates the selected tokens, with margins, support tokens and multipliers in the places of the tokens", () => {
    const solution = solveMatrixAttentionSvm({ tokens, queries, selected: [1, 2] }, { norm: "nuclear" });
    if (solution.status !== "optimal") expect.fail(solution.status);
    const margin = (i: number, t: number): number => {
      const chosen = [1, 2][i] as number;
      let sum = 0;
      for (let a = 0; a < 5; a++) {
        for (let b = 0; b < 5; b++) {
          const difference = (tokens.data[(i * 3 + chosen) * 5 + a] as number) - (tokens.data[(i * 3 + t) * 5 + a] as number);
          sum += difference * (solution.W.data[a * 5 + b] as number) * (queries.data[i * 5 + b] as number);
        }
      }
      return sum;
    };
    expectClose(
      solution.margins.data,
      [0, 1].flatMap((i) => [0, 1, 2].map((t) => margin(i, t))),
      { factor: 100, reason: "sums of 25 products that cancel" },
    );
    expect([solution.dual.data[1], solution.dual.data[5]]).toEqual([0, 0]);
    solution.dual.data.forEach((y, at) => {
      const [i, t] = [Math.floor(at / 3), at % 3];
      if (y > 1e-4) expect(solution.supportTokens[i]).toContain(t);
    });
    expect(solution.numSupport).toBe(solution.supportTokens.flat().length);
    expect(solution.numSupport).toBeGreaterThan(0);
  });

  it("asks a relaxed sample for a margin of 0 only, as the lp attention SVM does", () => {
    const relaxed = { tokens, queries, selected: [1, 2], relaxed: [1] };
    const solution = solveMatrixAttentionSvm(relaxed, { norm: "frobenius" });
    const entrywise = solveAttentionSvm(relaxed, { p: 2 });
    if (solution.status !== "optimal" || entrywise.status !== "optimal") expect.fail(`${solution.status} ${entrywise.status}`);
    expectClose(solution.W.data, entrywise.W.data, NEAR);
    expect(solution.supportTokens).toEqual(entrywise.supportTokens);
    const strict = solveMatrixAttentionSvm({ tokens, queries, selected: [1, 2] }, { norm: "frobenius" });
    if (strict.status !== "optimal") expect.fail(strict.status);
    expect(solution.primalObjective).toBeLessThan(strict.primalObjective);
  });

  it("answers with a proof when a selected token lies between the others", () => {
    const between = {
      tokens: { shape: [1, 3, 2], data: Float64Array.of(0, 0, 1, 1, 2, 2) },
      queries: { shape: [1, 2], data: Float64Array.of(1, 0) },
    };
    const solution = solveMatrixAttentionSvm({ ...between, selected: [1] }, { norm: "spectral" });
    if (solution.status !== "infeasible") expect.fail(solution.status);
    expectClose(solution.farkas.data, [0.5, 0, 0.5]);
    expect(Array.from(solution.selected)).toEqual([1]);
  });

  it("refuses what does not fit", () => {
    const solve =
      (over: object): (() => unknown) =>
      () =>
        solveMatrixAttentionSvm({ tokens, queries, selected: [1, 2], ...over }, { norm: "nuclear" });
    expect(solve({ relaxed: [2] })).toThrow(
      "solveMatrixAttentionSvm: relaxed must be whole numbers from 0 to 1; got 2. Sample indices count from 0.",
    );
    expect(solve({ selected: [1] })).toThrow("solveMatrixAttentionSvm: selected must hold 2 indices; got 1.");
    expect(solve({ queries: { shape: [2, 4], data: spread(8) } })).toThrow("solveMatrixAttentionSvm: queries must have shape [2, 5]");
    expect(solve({ tokens: { shape: [2, 1, 5], data: spread(10) }, selected: [0, 0] })).toThrow(
      new ShapeError(
        "solveMatrixAttentionSvm: there must be at least two tokens; got 1. A single token needs no SVM: attention always selects it.",
      ),
    );
    expect(() => solveMatrixAttentionSvm({ tokens, queries, selected: [1, 2] }, { norm: "l2" as MatrixNorm })).toThrow(
      "solveMatrixAttentionSvm: norm must be one of",
    );
  });
});
