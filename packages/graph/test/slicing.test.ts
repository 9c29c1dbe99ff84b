import { DtypeError, ShapeError, tensorData, UsageError } from "@attnlab/check";
import { describe, expect, it } from "vitest";
import { concat, exp, mul, pad, print, slice, sliceAxis, split, stack, type Tensor, trace } from "../src/index.ts";
import { checkOperator, data64, interpret, runOnnx } from "./check-operator.ts";

const count = (n: number): ReturnType<typeof tensorData> =>
  tensorData(
    "float64",
    [n],
    Float64Array.from({ length: n }, (_, i) => i),
  );
const shaped =
  (fn: (...args: Tensor[]) => unknown, ...shapes: readonly (readonly number[])[]) =>
  (): unknown =>
    trace((args: readonly Tensor[]) => fn(...args), [shapes.map((shape) => ({ dtype: "float32" as const, shape }))]);

describe("slice", () => {
  // The lists are Python's x[start:end:step] for x = range(7).
  it.each([
    [1, 5, 2, [1, 3]],
    [-3, Number.POSITIVE_INFINITY, 1, [4, 5, 6]],
    [0, -1, 3, [0, 3]],
    [6, 1, -2, [6, 4, 2]],
    [-1, Number.NEGATIVE_INFINITY, -1, [6, 5, 4, 3, 2, 1, 0]],
    [100, 0, -3, [6, 3]],
    [-100, 100, 4, [0, 4]],
    [5, 2, 1, []],
    [2, 5, -1, []],
  ])("from %f to %f by %i", async (start, end, step, expected) => {
    const fn = (x: Tensor): Tensor => slice(x, [start], [end], [step]);
    expect(Array.from(interpret(fn, [count(7)])[0] as Float64Array)).toEqual(expected);
    expect(Array.from((await runOnnx(fn, [count(7)], "float32"))[0] as Float64Array)).toEqual(expected);
  });

  it.each([
    [[0, 1, 2], [2, 3, 7], undefined],
    [
      [1, 2, 6],
      [2, 0, 0],
      [1, -1, -2],
    ],
    [
      [0, 0, 0],
      [2, 3, 7],
      [1, 2, 3],
    ],
    [
      [0, 2, -1],
      [2, 3, Number.NEGATIVE_INFINITY],
      [2, 5, -3],
    ],
    [[1, 0, 0], [1, 3, 7], undefined],
  ])("has gradients: from %j to %j by %j", async (starts, ends, steps) => {
    await checkOperator({ fn: (x) => exp(slice(x, starts, ends, steps)), inputs: [data64([2, 3, 7])] });
  });

  it("disappears when it takes everything", () => {
    const program = trace((x: Tensor) => slice(x, [0, -3], [Number.POSITIVE_INFINITY, 3]), [{ dtype: "float32", shape: [2, 3] }]);
    expect(program.nodes).toEqual([]);
  });

  it("cuts one axis", async () => {
    await checkOperator({ fn: (x) => exp(sliceAxis(x, -2, 1, -1)), inputs: [data64([2, 5, 3])] });
    expect(Array.from(interpret((x) => sliceAxis(x, 0, 5), [count(7)])[0] as Float64Array)).toEqual([5, 6]);
  });

  it("refuses numbers that do not fit", () => {
    expect(shaped((x) => slice(x as Tensor, [0], [1]), [2, 3])).toThrow(
      new ShapeError(
        "slice: starts, ends and steps must be whole numbers, one per axis, steps not 0; got starts [0], ends [1], steps [1, 1] for [2, 3]. Pass one number per axis; sliceAxis cuts a single axis.",
      ),
    );
    expect(shaped((x) => slice(x as Tensor, [0], [1], [0]), [3])).toThrow(ShapeError);
    expect(shaped((x) => slice(x as Tensor, [0.5], [1]), [3])).toThrow("starts [0.5]");
    expect(shaped((x) => slice(x as Tensor, [Number.NaN], [1]), [3])).toThrow("starts [NaN]");
    expect(shaped((x) => sliceAxis(x as Tensor, 1, 0), [3])).toThrow("sliceAxis: axis must be a whole number from -1 to 0; got 1");
  });
});

describe("pad", () => {
  it.each([
    [
      [
        [1, 2],
        [0, 0],
        [0, 3],
      ],
      0,
    ],
    [
      [
        [0, 0],
        [2, 1],
        [0, 0],
      ],
      -1.5,
    ],
  ] as const)("adds %j with value %f", async (amounts, value) => {
    await checkOperator({ fn: (x) => exp(pad(x, amounts, value)), inputs: [data64([2, 3, 5])] });
  });

  it("puts the value around", () => {
    const [y] = interpret(
      (x) =>
        pad(
          x,
          [
            [1, 0],
            [0, 2],
          ],
          9,
        ),
      [tensorData("float64", [1, 2], [1, 2])],
    );
    expect(Array.from(y as Float64Array)).toEqual([9, 9, 9, 9, 1, 2, 9, 9]);
  });

  it.each(["int64", "int32", "uint32"] as const)("pads %s", async (dtype) => {
    const x = tensorData(dtype, [2], [3, 4]);
    for (const [y] of [interpret((t) => pad(t, [[1, 1]], 7), [x]), await runOnnx((t) => pad(t, [[1, 1]], 7), [x], "float32")]) {
      expect(Array.from(y as Float64Array)).toEqual([7, 3, 4, 7]);
    }
  });

  it("refuses negative amounts, missing pairs and bool", () => {
    expect(shaped((x) => pad(x as Tensor, [[-1, 0]]), [3])).toThrow(
      new ShapeError("pad: 1 pairs [before, after] of whole numbers >= 0 must be given; got [[-1, 0]]. Use slice() to remove entries."),
    );
    expect(shaped((x) => pad(x as Tensor, [[1, 0]]), [3, 2])).toThrow("2 pairs");
    expect(() => trace((x: Tensor) => pad(x, [[1, 0]]), [{ dtype: "bool", shape: [3] }])).toThrow(DtypeError);
  });
});

describe("concat, stack and split", () => {
  it.each([0, 1, -1])("join and cut axis %i", async (axis) => {
    const at = (axis + 3) % 3;
    const sized = (n: number): number[] => [2, 3, 5].map((m, k) => (k === at ? n : m));
    await checkOperator({
      fn: (a, b, c) => exp(concat([a, b, c, a], axis)),
      inputs: [data64(sized(2)), data64(sized(7), 3), data64(sized(0))],
    });
    await checkOperator({ fn: (a, b) => exp(stack([a, b], axis)), inputs: [data64([2, 3, 5]), data64([2, 3, 5], 7)] });
    await checkOperator({ fn: (x) => split(exp(x), [3, 1, 3], axis), inputs: [data64(sized(7))] });
  });

  it("split gives zeros to parts that nothing reads, and works twice", async () => {
    await checkOperator({
      fn: (x) => {
        const [a, , c] = split(mul(x, x), 3, 1) as [Tensor, Tensor, Tensor];
        return mul(a, exp(c));
      },
      inputs: [data64([2, 6])],
    });
  });

  it("are inverse to each other", () => {
    const x = data64([3, 7]);
    expect(interpret((t) => concat(split(t, [2, 0, 5], 1), 1), [x])[0]).toEqual(x.data);
    expect(Array.from(interpret((t) => split(t, 3) as Tensor[], [count(6)])[1] as Float64Array)).toEqual([2, 3]);
  });

  it.each(["int64", "int32", "uint32", "bool", "float32"] as const)("take %s", async (dtype) => {
    const x = tensorData(dtype, [4], [1, 0, 1, 1]);
    const fn = (t: Tensor): readonly Tensor[] => [concat([t, t]), stack([t, t], 1), ...split(t, [1, 3]), sliceAxis(t, 0, 1, 3)];
    const actual = await runOnnx(fn, [x], "float32");
    interpret(fn, [x]).forEach((values, k) => {
      expect(Array.from(actual[k] as Float64Array)).toEqual(Array.from(values));
    });
  });

  it("drop empty parts and single parts", () => {
    const text = print(
      trace(
        (a: Tensor, b: Tensor) => [concat([a, b]), concat([a]), ...split(a, 1)],
        [
          { dtype: "float32", shape: [2] },
          { dtype: "float32", shape: [0] },
        ],
      ),
    );
    expect(text).toMatchInlineSnapshot(`
      "input arg0 : float32[2]
      input arg1 : float32[0]
      output 0 = arg0
      output 1 = arg0
      output 2 = arg0"
    `);
  });

  it("refuse what does not fit", () => {
    expect(shaped((a, b) => concat([a as Tensor, b as Tensor]), [2, 3], [2, 5])).toThrow(
      new ShapeError(
        "concat: tensors must agree in every axis but 0; got [2, 3] and [2, 5]. Reshape or broadcast one of them, or use stack() for a new axis.",
      ),
    );
    expect(shaped(() => concat([]))).toThrow(
      new UsageError("concat: at least one tensor must be given; got none. Pass a list of tensors."),
    );
    expect(shaped(() => stack([]))).toThrow(UsageError);
    expect(shaped((a, b) => stack([a as Tensor, b as Tensor]), [2], [3])).toThrow(
      new ShapeError("stack: all tensors must have one shape; got [2] and [3]. Use concat() to join an axis."),
    );
    expect(shaped((x) => split(x as Tensor, [1, 3]), [5])).toThrow(
      new ShapeError(
        "split: sizes must be whole numbers >= 0 that add up to 5, the size of axis 0; got [1, 3]. Or pass the number of equal parts.",
      ),
    );
    expect(shaped((x) => split(x as Tensor, 2), [5])).toThrow(
      new ShapeError("split: the number of parts must be a whole number that divides 5; got 2. Pass a list of sizes for unequal parts."),
    );
    const mixed = (): unknown =>
      trace(
        (a: Tensor, b: Tensor) => concat([a, b]),
        [
          { dtype: "float32", shape: [2] },
          { dtype: "int64", shape: [2] },
        ],
      );
    expect(mixed).toThrow(new DtypeError("concat: operands must have one dtype; got float32 and int64. Convert one of them with cast()."));
  });
});
