import { sizeOf, type TensorData, tensorData } from "@attnlab/check";
import { expectClose } from "@attnlab/testing";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  concat,
  exp,
  gather,
  layerNorm,
  logSoftmax,
  oneHot,
  pad,
  randomBits,
  randomKey,
  randomUniform,
  scatterAdd,
  slice,
  softmax,
  sort,
  split,
  stack,
  sum,
  type Tensor,
  takeAlongAxis,
  topK,
} from "../src/index.ts";
import { checkOperator, data64, interpret, runOnnx } from "./check-operator.ts";
import { axedShape } from "./random-shapes.ts";

const RUNS = { numRuns: 12 };

/** A shape, one of its axes in either sign, and a number to derive everything else from. */
const axed = axedShape.chain((shape) =>
  fc.record({
    shape: fc.constant(shape),
    axis: fc.integer({ min: -shape.length, max: shape.length - 1 }),
    seed: fc.integer({ min: 0, max: 400 }),
  }),
);

const resized = (shape: readonly number[], axis: number, size: number): number[] =>
  shape.map((n, k) => (k === (axis + shape.length) % shape.length ? size : n));

function indices(shape: readonly number[], below: number, seed: number): TensorData {
  return tensorData(
    "int64",
    shape,
    Array.from({ length: sizeOf(shape) }, (_, i) => (i * 7 + i * i + seed) % below),
  );
}

type Axed = { readonly shape: number[]; readonly axis: number; readonly seed: number };

const onAxes =
  (check: (example: Axed) => Promise<void>): (() => Promise<void>) =>
  () =>
    fc.assert(fc.asyncProperty(axed, check), RUNS);

describe("on random shapes and axes, backends agree and gradients are right", () => {
  it(
    "slice",
    onAxes(async ({ shape, seed }) => {
      const starts = shape.map((n, k) => ((seed + 3 * k) % (2 * n + 1)) - n);
      const ends = shape.map((n, k) => ((seed + 5 * k + 2) % (2 * n + 1)) - n);
      const steps = shape.map((_, k) => [1, 2, -1, 3, -2][(seed + k) % 5] as number);
      await checkOperator({ fn: (x) => exp(slice(x, starts, ends, steps)), inputs: [data64(shape, seed)] });
    }),
  );

  it(
    "pad",
    onAxes(async ({ shape, seed }) => {
      const amounts = shape.map((_, k): [number, number] => [(seed + k) % 3, (seed + 2 * k) % 2]);
      await checkOperator({ fn: (x) => exp(pad(x, amounts, 0.5)), inputs: [data64(shape, seed)] });
    }),
  );

  it(
    "concat and stack",
    onAxes(async ({ shape, axis, seed }) => {
      const inputs = [data64(shape, seed), data64(resized(shape, axis, 1 + (seed % 3)), seed + 50)];
      await checkOperator({ fn: (a, b) => exp(concat([a, b, a], axis)), inputs });
      await checkOperator({ fn: (a, b) => exp(stack([a, b], axis)), inputs: [data64(shape, seed), data64(shape, seed + 9)] });
    }),
  );

  it(
    "split",
    onAxes(async ({ shape, axis, seed }) => {
      const n = shape.at(axis) as number;
      const first = seed % (n + 1);
      await checkOperator({ fn: (x) => split(exp(x), [first, n - first], axis), inputs: [data64(shape, seed)] });
      const whole = interpret((x) => concat(split(x, n, axis), axis), [data64(shape, seed)])[0];
      expect(whole).toEqual(data64(shape, seed).data);
    }),
  );

  it(
    "gather and scatterAdd",
    onAxes(async ({ shape, axis, seed }) => {
      const wanted = [[], [3], [2, 2]][seed % 3] as number[];
      const at = (axis + shape.length) % shape.length;
      const ids = indices(wanted, shape[at] as number, seed);
      const updates = data64([...shape.slice(0, at), ...wanted, ...shape.slice(at + 1)], seed + 20);
      await checkOperator({ fn: (x, i) => exp(gather(x, i, axis)), inputs: [data64(shape, seed), ids] });
      await checkOperator({ fn: (x, i, u) => exp(scatterAdd(x, i, u, axis)), inputs: [data64(shape, seed), ids, updates] });
    }),
  );

  it(
    "takeAlongAxis",
    onAxes(async ({ shape, axis, seed }) => {
      const ids = indices(resized(shape, axis, 1 + (seed % 4)), shape.at(axis) as number, seed);
      await checkOperator({ fn: (x, i) => exp(takeAlongAxis(x, i, axis)), inputs: [data64(shape, seed), ids] });
    }),
  );

  it(
    "oneHot",
    onAxes(async ({ shape, seed }) => {
      await checkOperator({ fn: (i) => oneHot(i, 3, "float64"), inputs: [indices(shape, 4, seed)] });
    }),
  );

  it(
    "topK and sort, whose indices fetch the values",
    onAxes(async ({ shape, axis, seed }) => {
      const largest = seed % 2 === 0;
      const k = 1 + (seed % (shape.at(axis) as number));
      await checkOperator({ fn: (x) => exp(topK(x, k, { axis, largest }).values), inputs: [data64(shape, seed)] });
      await checkOperator({
        fn: (x) => {
          const { values, indices: from } = sort(x, { axis, descending: largest });
          return [exp(values), from, takeAlongAxis(x, from, axis)];
        },
        inputs: [data64(shape, seed)],
      });
      // Few different values, so that there are ties.
      const ties = indices(shape, 2, seed);
      const both = (x: Tensor): readonly Tensor[] => Object.values(sort(x, { axis, descending: largest }));
      expect(await runOnnx(both, [ties], "float32")).toEqual(interpret(both, [ties]));
    }),
  );

  it(
    "softmax in both gradients, and logSoftmax",
    onAxes(async ({ shape, axis, seed }) => {
      const inputs = [data64(shape, seed, 3)];
      await checkOperator({ fn: (x) => softmax(x, axis), inputs });
      await checkOperator({ fn: (x) => softmax(x, axis, { gradient: "stable" }), inputs });
      await checkOperator({ fn: (x) => logSoftmax(x, axis), inputs });
      const total = interpret((x) => sum(softmax(x, axis), axis), inputs)[0] as Float64Array;
      expectClose(total, new Float64Array(total.length).fill(1));
    }),
  );

  it(
    "layerNorm",
    onAxes(async ({ shape, axis, seed }) => {
      await checkOperator({
        fn: (x) => layerNorm(x, { axis, eps: 0.3 }),
        inputs: [data64(shape, seed)],
        tolerance: { factor: 10, reason: "ONNX Runtime sums squares in another order" },
      });
    }),
  );

  it(
    "random draws, bit for bit",
    onAxes(async ({ shape, seed }) => {
      const fn = (s: Tensor): readonly Tensor[] => [
        randomBits(randomKey(s), shape),
        randomUniform(randomKey(s), shape),
        randomUniform(randomKey(s), shape, "float64"),
      ];
      const inputs = [tensorData("int64", [], [seed])];
      expect(await runOnnx(fn, inputs, "float32")).toEqual(interpret(fn, inputs));
    }),
  );
});
