import { matrixFromRows } from "@attnlab/linalg";
import { expectClose } from "@attnlab/testing";
import { expect, test } from "vitest";
import { linearObjective, pairObjective } from "../../experiments/svm/soft-objective.ts";

test("the objectives of a pair meet at its optimum: two points at -1 and 1 with a multiplier of a half each", () => {
  const machine = { dualCoef: [[-0.5, 0.5]], intercept: [0], supportIndices: [0, 1], numSupport: [1, 1], decision: [[-1], [1]] };
  expect(pairObjective(machine, [0, 1], 10)).toEqual({ primal: 0.5, dual: 0.5 });
  // With a bound of a quarter on the multipliers f is half as large, and each point pays for half a margin.
  const short = { ...machine, dualCoef: [[-0.25, 0.25]], decision: [[-0.5], [0.5]] };
  expect(pairObjective(short, [0, 1], 0.25)).toEqual({ primal: 0.375, dual: 0.375 });
});

test("three classes add up their pairs, in libsvm's layout of the multipliers", () => {
  // One point per class, at 0, 2 and 4 on a line: pairs (0, 1) and (1, 2) need w = -1, pair (0, 2) needs w = -1/2.
  const machine = {
    dualCoef: [
      [0.5, -0.5, -0.125],
      [0.125, 0.5, -0.5],
    ],
    intercept: [1, 1, 3],
    supportIndices: [0, 1, 2],
    numSupport: [1, 1, 1],
    decision: [0, 2, 4].map((x) => [1 - x, 1 - x / 2, 3 - x]),
  };
  const { primal, dual } = pairObjective(machine, [0, 1, 2], 1);
  expectClose(primal, 0.5 + 0.125 + 0.5);
  expectClose(dual, 0.5 + 0.125 + 0.5);
});

test("a linear machine pays for its weights, its intercept and the margins it misses", () => {
  const train = { rows: matrixFromRows([[1], [-2]]), labels: Int32Array.of(1, 0) };
  const machine = { coef: [[0.5]], intercept: [0.25] };
  const settings = { C: 2, loss: "squaredHinge", penalty: "l2" } as const;
  expectClose(linearObjective(machine, train, settings), 0.125 + 0.03125 + 2 * (0.25 ** 2 + 0.25 ** 2));
  expectClose(linearObjective(machine, train, { ...settings, loss: "hinge", penalty: "l1" }), 0.75 + 2 * 0.5);
});
