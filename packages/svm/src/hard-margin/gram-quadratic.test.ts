import { createRng } from "@attnlab/random";
import { expectClose } from "@attnlab/testing";
import { describe, expect, test } from "vitest";
import { solveGramQuadratic } from "./gram-quadratic.ts";
import { solveHardMargin } from "./hard-margin.ts";

const never = (): boolean => expect.fail("no row is dependent");

describe("solveGramQuadratic", () => {
  // max t'l - l'K l / 2 with K = [[2, 1], [1, 2]]: both rows active for t = (3, 3), only the first for t = (4, 1).
  const gram = Float64Array.of(2, 1, 1, 2);

  test("finds the multipliers and the active rows, whatever the guess", () => {
    for (const guess of [[], [0], [1], [0, 1]]) {
      const both = solveGramQuadratic({ count: 2, gram, target: Float64Array.of(3, 3) }, guess, never);
      expect(both.status).toBe("optimal");
      expectClose(both.multipliers, [1, 1]);
      const one = solveGramQuadratic({ count: 2, gram, target: Float64Array.of(4, 1) }, guess, never);
      expectClose(one.multipliers, [2, 0]);
      expect(one.active).toEqual([0]);
    }
  });

  test("gives up where less is left of a row than the digits of its products allow", () => {
    // Row 1 keeps 2 - 1/2 of its squared length 2 beside row 0: a share of 3/4.
    const target = Float64Array.of(3, 3);
    for (const guess of [[0], [0, 1]]) {
      expect(solveGramQuadratic({ count: 2, gram, target, least: 0.7 }, guess, never).status).toBe("optimal");
      expect(solveGramQuadratic({ count: 2, gram, target, least: 0.8 }, guess, never).status).toBe("unsolved");
    }
  });
});

describe("problems large enough for single precision", () => {
  const [count, dim] = [137, 151];

  function gaussian(): Float64Array {
    return createRng(7).fillNormal(new Float64Array(count * dim));
  }

  // 1.2 and 6 pass exponents in between.
  test.each([1.2, 1.75, 3, 6])("are solved to all digits, p = %s", (p) => {
    const solution = solveHardMargin({ rows: { rows: count, cols: dim, data: gaussian() } }, { p, tol: 1e-12 });
    if (solution.status !== "optimal") expect.fail(solution.status);
    expect(solution.gap).toBeLessThan(1e-13);
  });

  test.each([1.2, 1.75, 3, 6])("are solved to all digits where rows differ by less than single precision sees, p = %s", (p) => {
    const data = gaussian();
    for (let j = 0; j < dim; j++) data[dim + j] = (data[j] as number) * (1 + 1e-9 * (j % 3));
    const solution = solveHardMargin({ rows: { rows: count, cols: dim, data } }, { p, tol: 1e-12 });
    if (solution.status !== "optimal") expect.fail(solution.status);
    expect(solution.gap).toBeLessThan(1e-13);
  });

  test.each([1.75, 3])("are proved infeasible where two rows contradict each other, p = %s", (p) => {
    const data = gaussian();
    for (let j = 0; j < dim; j++) data[dim + j] = -2 * (data[j] as number);
    const solution = solveHardMargin({ rows: { rows: count, cols: dim, data } }, { p });
    if (solution.status !== "infeasible") expect.fail(solution.status);
    expectClose(solution.farkas.subarray(0, 2), [2 / 3, 1 / 3]);
    expect(solution.farkasResidual).toBeLessThan(1e-12);
  });
});
