import fc from "fast-check";
import { describe, it } from "vitest";
import { argMax, argMin, cumSum, logSumExp, max, mean, min, prod, type ReduceOptions, sum, type Tensor } from "../src/index.ts";
import { checkOperator, data64 } from "./check-operator.ts";
import { axedShape, reduction } from "./random-shapes.ts";

const RUNS = { numRuns: 10 };

const reductions: Readonly<Record<string, (x: Tensor, axes?: number | readonly number[], options?: ReduceOptions) => Tensor>> = {
  sum,
  mean,
  max,
  min,
  prod,
  logSumExp,
};

describe("reductions", () => {
  it.each(Object.entries(reductions))("%s", async (_, reduce) => {
    for (const axes of [undefined, 0, -1, [0, 2], [-2, 0], []]) {
      for (const keepDims of [false, true]) {
        await checkOperator({ fn: (x) => reduce(x, axes, { keepDims }), inputs: [data64([3, 5, 2], 1, 2)] });
      }
    }
    await fc.assert(
      fc.asyncProperty(reduction, fc.integer({ min: 0, max: 400 }), async ({ shape, axes, keepDims }, offset) => {
        await checkOperator({ fn: (x) => reduce(x, axes, { keepDims }), inputs: [data64(shape, offset, 2)] });
      }),
      RUNS,
    );
  });

  it.each([
    ["argMax", argMax],
    ["argMin", argMin],
  ] as const)("%s", async (_, arg) => {
    for (const axis of [0, 1, -1]) await checkOperator({ fn: (x) => arg(x, axis), inputs: [data64([3, 5, 7])], wrt: [] });
    await fc.assert(
      fc.asyncProperty(axedShape, fc.nat(), fc.boolean(), async (shape, seed, keepDims) => {
        await checkOperator({ fn: (x) => arg(x, seed % shape.length, { keepDims }), inputs: [data64(shape, seed % 400)], wrt: [] });
      }),
      RUNS,
    );
  });

  it("cumSum in every direction", async () => {
    for (const reverse of [false, true]) {
      for (const exclusive of [false, true]) {
        await checkOperator({ fn: (x) => cumSum(x, 1, { reverse, exclusive }), inputs: [data64([3, 5, 7])] });
        await fc.assert(
          fc.asyncProperty(axedShape, fc.nat(), async (shape, seed) => {
            const axis = (seed % (2 * shape.length)) - shape.length;
            await checkOperator({ fn: (x) => cumSum(x, axis, { reverse, exclusive }), inputs: [data64(shape, seed % 400)] });
          }),
          RUNS,
        );
      }
    }
  });
});
