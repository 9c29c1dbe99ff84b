import { matrixFromRows } from "@attnlab/linalg";
import { expectClose } from "@attnlab/testing";
import { describe, expect, test } from "vitest";
import { bracketDistance, marginBracket, relativeGap } from "../../experiments/svm/margin-bracket.ts";

// W_00 >= 3 and W_11 >= 4.
const constraints = {
  rows: matrixFromRows([
    [1, 0, 0, 0],
    [0, 0, 0, 1],
  ]),
  rhs: Float64Array.of(3, 4),
  shape: [2, 2],
} as const;

describe("a bracket of the least norm", () => {
  test.each([
    ["1", [3, 0, 0, 4], [1, 1], 7],
    ["2", [3, 0, 0, 4], [3, 4], 5],
    ["Infinity", [4, 0, 0, 4], [0, 1], 4],
    ["nuclear", [3, 0, 0, 4], [1, 1], 7],
    ["spectral", [3, 0, 0, 4], [0, 1], 4],
    ["frobenius", [3, 0, 0, 4], [3, 4], 5],
  ] as const)("closes at the solution of norm %s, at any scale of weights and multipliers", (norm, w, dual, least) => {
    const bracket = marginBracket(constraints, norm, { w: w.map((v) => 5 * v), dual: dual.map((v) => v / 7) });
    expectClose(bracket.lower, least);
    expectClose(bracket.upper, least);
    expectClose(relativeGap(bracket), 0);
  });

  test("stays open around weights and multipliers that are not optimal", () => {
    const { lower, upper } = marginBracket(constraints, "2", { w: [1, 0, 0, 1], dual: [1, 1] });
    expectClose(lower, 7 / Math.SQRT2);
    expectClose(upper, 4 * Math.SQRT2);
  });

  test("has no upper end for weights that no scale makes feasible, and ignores negative multipliers", () => {
    const bracket = marginBracket(constraints, "2", { w: [1, 0, 0, -1], dual: [-1, 1] });
    expect([bracket.upper, relativeGap(bracket)]).toEqual([Number.POSITIVE_INFINITY, 1]);
    expectClose(bracket.lower, 4);
  });

  test("two brackets contradict each other only when they do not meet", () => {
    expect(bracketDistance({ lower: 1, upper: 2 }, { lower: 2, upper: 3 })).toBe(0);
    expect(bracketDistance({ lower: 1, upper: 2 }, { lower: 3, upper: 4 })).toBe(0.5);
    expect(bracketDistance({ lower: 3, upper: 4 }, { lower: 1, upper: 2 })).toBe(0.5);
  });
});
