import { DtypeError, OptionError, ShapeError, tensorData } from "@attnlab/check";
import { expectClose } from "@attnlab/testing";
import { describe, expect, it } from "vitest";
import {
  argMax,
  argMin,
  constantOf,
  cumSum,
  expandDims,
  grad,
  logSumExp,
  max,
  mean,
  min,
  mul,
  ones,
  onesLike,
  prod,
  squeeze,
  sum,
  type Tensor,
  zeros,
} from "../src/index.ts";
import { checkOperator, interpret, runOnnx } from "./check-operator.ts";

const INF = Number.POSITIVE_INFINITY;

/** Rows of three, in the interpreter and in ONNX in both precisions. */
async function expectRows(fn: (x: Tensor) => Tensor, rows: readonly (readonly number[])[], expected: readonly number[]): Promise<void> {
  const data = [tensorData("float64", [rows.length, 3], rows.flat())];
  expectClose(interpret(fn, data)[0] as Float64Array, expected);
  for (const precision of ["float64", "float32"] as const)
    expectClose((await runOnnx(fn, data, precision))[0] as Float64Array, expected, { precision });
}

const slope = (fn: (x: Tensor) => Tensor) => (x: Tensor) => grad((y: Tensor) => sum(fn(y)))(x);

describe("reductions at the edges", () => {
  it("elements that tie share the gradient of max and min", async () => {
    const rows = [
      [7, 1, 7],
      [2, 2, 2],
      [0, -1, 5],
    ];
    await expectRows(
      slope((x) => max(x, 1)),
      rows,
      [0.5, 0, 0.5, 1 / 3, 1 / 3, 1 / 3, 0, 0, 1],
    );
    await expectRows(
      slope((x) => min(x, 1)),
      rows,
      [0, 1, 0, 1 / 3, 1 / 3, 1 / 3, 0, 1, 0],
    );
    await expectRows(
      slope((x) => max(x, 1)),
      [[INF, 0, -INF]],
      [1, 0, 0],
    );
  });

  it("the first of equal elements is the argument", async () => {
    await expectRows(
      (x) => argMax(x, 1),
      [
        [7, 1, 7],
        [2, 2, 2],
        [0, -1, 5],
      ],
      [0, 0, 2],
    );
    await expectRows(
      (x) => argMin(x, 1),
      [
        [7, 1, 1],
        [2, 2, 2],
        [0, -1, 5],
      ],
      [1, 0, 1],
    );
    await expectRows(
      (x) => argMax(x, 0),
      [
        [7, 1, 7],
        [2, 2, 2],
        [7, -1, 9],
      ],
      [0, 1, 2],
    );
  });

  it("logSumExp neither overflows nor loses infinities", async () => {
    const rows = [
      [1000, 1000, -1000],
      [-1000, -1001, -1002],
      [-INF, 0, -INF],
      [-INF, -INF, -INF],
      [INF, 0, -INF],
    ];
    const tail = Math.log(1 + Math.exp(-1) + Math.exp(-2));
    await expectRows((x) => logSumExp(x, 1), rows, [1000 + Math.LN2, -1000 + tail, 0, -INF, INF]);
    const share = [1, Math.exp(-1), Math.exp(-2)].map((v) => v / Math.exp(tail));
    await expectRows(
      slope((x) => logSumExp(x, 1)),
      rows.slice(0, 4),
      [0.5, 0.5, 0, ...share, 0, 1, 0, 0, 0, 0],
    );
  });

  it("prod has exact gradients beside zeros, twice", async () => {
    const rows = [
      [2, 3, 5],
      [0, 3, 5],
      [0, 0, 5],
      [0, 0, 0],
    ];
    await expectRows(
      slope((x) => prod(x, 1)),
      rows,
      [15, 10, 6, 15, 0, 0, 0, 0, 0, 0, 0, 0],
    );
    // Each second derivative is the product without two of the elements.
    await expectRows(
      slope((x) => mul(slope((y) => prod(y, 1))(x), constantOf(x.dtype, [3], [1, 10, 100]))),
      rows,
      [10 * 5 + 100 * 3, 1 * 5 + 100 * 2, 1 * 3 + 10 * 2, 350, 5, 3, 50, 5, 0, 0, 0, 0],
    );
    for (const n of [1, 2, 3, 6, 7]) {
      const data = tensorData(
        "float64",
        [2, n],
        Float64Array.from({ length: 2 * n }, (_, i) => (i % 4 === 1 ? 0 : i / 3 - 1)),
      );
      await checkOperator({ fn: (x) => prod(x, -1), inputs: [data] });
    }
  });

  it("cumSum starts from nothing when exclusive", async () => {
    await expectRows((x) => cumSum(x, 1), [[1, 2, 4]], [1, 3, 7]);
    await expectRows((x) => cumSum(x, 1, { reverse: true }), [[1, 2, 4]], [7, 6, 4]);
    await expectRows((x) => cumSum(x, 1, { exclusive: true }), [[1, 2, 4]], [0, 1, 3]);
    await expectRows((x) => cumSum(x, 1, { exclusive: true, reverse: true }), [[1, 2, 4]], [6, 4, 0]);
    await expectRows(
      slope((x) => cumSum(x, 1, { exclusive: true })),
      [[1, 2, 4]],
      [2, 1, 0],
    );
  });

  it("mean and its gradient", async () => {
    await expectRows(
      (x) => mean(x, 1, { keepDims: true }),
      [
        [1, 2, 6],
        [0, 0, 1.5],
      ],
      [3, 0.5],
    );
    await expectRows(
      slope((x) => mean(x, 1)),
      [[1, 2, 6]],
      [1 / 3, 1 / 3, 1 / 3],
    );
  });

  it("takes integers", async () => {
    for (const dtype of ["int32", "int64"] as const) {
      const x = tensorData(dtype, [2, 3], [3, 0, 7, -2, 2, 9]);
      const all = (v: Tensor): readonly Tensor[] => [sum(v, 1), max(v, 0), min(v), prod(v, 1), argMax(v, 1), argMin(v, 0), cumSum(v, 1)];
      await checkOperator({ fn: all, inputs: [x], wrt: [] });
    }
    await checkOperator({ fn: (v) => cumSum(v, 0), inputs: [tensorData("int32", [2], [2_000_000_000, 2_000_000_000])], wrt: [] });
  });

  it("knows sum and product of nothing, and reduces empty results", async () => {
    const empty = tensorData("float64", [0, 3], []);
    await checkOperator({ fn: (x) => [sum(x, 0), prod(x, 0), sum(x), prod(x), cumSum(x, 0)], inputs: [empty], wrt: [] });
    expect(interpret((x) => [sum(x, 0), prod(x, 0)], [empty])).toEqual([Float64Array.of(0, 0, 0), Float64Array.of(1, 1, 1)]);
    await checkOperator({ fn: (x) => [max(x, 1), mean(x, 1), logSumExp(x, 1), argMax(x, 1)], inputs: [empty], wrt: [] });
  });

  it("keeps scalars", async () => {
    const scalar = tensorData("float64", [], [2.5]);
    await checkOperator({ fn: (x) => [sum(x), mean(x), max(x), min(x), prod(x), logSumExp(x)], inputs: [scalar] });
  });
});

describe("shape helpers", () => {
  it("expandDims and squeeze undo each other", async () => {
    const x = tensorData("float64", [2, 3], [1, 2, 3, 4, 5, 6]);
    for (const axis of [0, 1, 2, -1, -3]) {
      await checkOperator({ fn: (v) => [mul(squeeze(expandDims(v, axis), axis), v), expandDims(v, axis)], inputs: [x] });
    }
    expect(expandDims(constantOf("float64", [2, 3], x.data), -2).shape).toEqual([2, 1, 3]);
  });

  it("zeros and ones fill a shape", async () => {
    const fn = (x: Tensor): readonly Tensor[] => [zeros("int64", [2, 1]), ones("float64", [3]), onesLike(x), ones("bool", [])];
    const x = tensorData("float64", [2, 2], [1, 2, 3, 4]);
    expect(interpret(fn, [x])).toEqual([Float64Array.of(0, 0), Float64Array.of(1, 1, 1), Float64Array.of(1, 1, 1, 1), Float64Array.of(1)]);
    await checkOperator({ fn, inputs: [x], wrt: [] });
  });
});

describe("errors", () => {
  const x = constantOf("float32", [2, 3], new Float32Array(6));
  const whole = constantOf("int64", [3], [1, 2, 3]);
  const empty = constantOf("float32", [0, 3], []);

  it("of dtypes", () => {
    expect(() => mean(whole)).toThrow(
      new DtypeError('mean: dtype must be one of float32, float64; got "int64". Convert it with cast first.'),
    );
    expect(() => logSumExp(whole)).toThrow('logSumExp: dtype must be one of float32, float64; got "int64"');
    const small = constantOf("uint32", [2], [1, 2]);
    for (const fn of [sum, max, min, prod]) {
      expect(() => fn(small)).toThrow(`dtype must be one of float32, float64, int32, int64; got "uint32"`);
    }
    expect(() => argMax(constantOf("bool", [1], [1]), 0)).toThrow(
      'argMax: dtype must be one of float32, float64, int32, int64; got "bool"',
    );
    expect(() => cumSum(small, 0)).toThrow('cumSum: dtype must be one of float32, float64, int32, int64; got "uint32"');
    expect(() => zeros("float16" as "float32", [1])).toThrow(
      'zeros: dtype must be one of float32, float64, int32, int64, uint32, bool; got "float16"',
    );
  });

  it("of axes and sizes", () => {
    expect(() => mean(x, 2)).toThrow(new ShapeError("mean: axis must be a whole number from -2 to 1; got 2. The tensor has 2 axes."));
    expect(() => max(x, [0, -2])).toThrow(new ShapeError("max: axes must be distinct; got [0, -2]. Name every axis once."));
    expect(() => cumSum(constantOf("float32", [], [1]), 0)).toThrow("cumSum: a scalar has no axes; got 0. The tensor has 0 axes.");
    for (const [name, fn] of Object.entries({ mean, max, min, logSumExp })) {
      expect(() => fn(empty, 0)).toThrow(
        new ShapeError(
          `${name}: reduced axes must have at least one element; got shape [0, 3]. Reduce other axes, or handle the empty case before.`,
        ),
      );
    }
    expect(() => argMin(empty, 0)).toThrow("argMin: reduced axes must have at least one element; got shape [0, 3].");
    expect(() => expandDims(x, 3)).toThrow("expandDims: axis must be a whole number from -3 to 2; got 3. The tensor has 3 axes.");
    expect(() => squeeze(x, 1)).toThrow(
      new ShapeError("squeeze: axis 1 must have size 1; got shape [2, 3]. Take one entry of the axis with slice, or reduce it."),
    );
    expect(() => ones("float32", [2.5])).toThrow("ones: a shape must be an array of whole sizes >= 0; got [2.5].");
  });

  it("of options", () => {
    for (const fn of [sum, mean, max, min, prod, logSumExp]) {
      expect(() => fn(x, 0, { keepDim: true } as object)).toThrow(/every option must be known; got "keepDim". Known options: keepDims./);
    }
    expect(() => argMax(x, 0, { keepDims: 1 } as object)).toThrow(
      new OptionError("argMax: keepDims must be true or false; got 1. Keep reduced axes with size 1."),
    );
    expect(() => cumSum(x, 0, { backwards: true } as object)).toThrow(
      new OptionError('cumSum: every option must be known; got "backwards". Known options: reverse, exclusive.'),
    );
  });
});
