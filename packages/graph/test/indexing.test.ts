import { DataError, type Dtype, DtypeError, ShapeError, tensorData } from "@attnlab/check";
import { createSession } from "@attnlab/runtime/node";
import { describe, expect, it } from "vitest";
import {
  exp,
  gather,
  iota,
  lower,
  mul,
  oneHot,
  print,
  scatterAdd,
  scatterAddAlongAxis,
  type Tensor,
  takeAlongAxis,
  trace,
  zerosLike,
} from "../src/index.ts";
import { scatterAlongAxis } from "../src/primitives/scatter-along-axis.ts";
import { checkOperator, data64, interpret, runOnnx } from "./check-operator.ts";

const ids = (shape: readonly number[], values: readonly number[]): ReturnType<typeof tensorData> => tensorData("int64", shape, values);
const spec = <D extends Dtype>(dtype: D, shape: readonly number[]): { readonly dtype: D; readonly shape: readonly number[] } => ({
  dtype,
  shape,
});
const shaped =
  (
    fn: (...args: Tensor[]) => unknown,
    ...specs: readonly (readonly [dtype: "float32" | "float64" | "int64" | "int32", ...shape: number[]])[]
  ) =>
  (): unknown =>
    trace((args: readonly Tensor[]) => fn(...args), [specs.map(([dtype, ...shape]) => ({ dtype, shape }))]);

describe("gather", () => {
  it.each([
    [0, [2, 3]],
    [1, [3]],
    [-1, []],
    [1, [0]],
    [0, [2, 1, 2]],
  ])("along axis %i with indices of shape %j", async (axis, shape) => {
    const size = [7, 5, 3].at(axis) as number;
    const length = shape.reduce((a, b) => a * b, 1);
    const indices = ids(
      shape,
      Array.from({ length }, (_, i) => (i * 4 + 2) % size),
    );
    await checkOperator({ fn: (x, i) => exp(gather(x, i, axis)), inputs: [data64([7, 5, 3]), indices] });
  });

  it("is an embedding, whose gradient adds up repeated ids", async () => {
    await checkOperator({
      fn: (table, i) => mul(gather(table, i), gather(table, i)),
      inputs: [data64([5, 3]), ids([2, 3], [4, 0, 4, 4, 1, 0])],
    });
  });

  it.each(["int64", "int32", "uint32", "bool", "float32"] as const)("moves %s", async (dtype) => {
    const x = tensorData(dtype, [3, 1], [1, 0, 1]);
    const fn = (t: Tensor, i: Tensor): readonly Tensor[] => [gather(t, i), takeAlongAxis(t, i, 0)];
    const inputs = [x, ids([3, 1], [2, 1, 0])];
    const actual = await runOnnx(fn, inputs, "float32");
    interpret(fn, inputs).forEach((values, k) => {
      expect(Array.from(actual[k] as Float64Array)).toEqual(Array.from(values));
    });
  });

  it("refuses bad indices: the interpreter all, ONNX Runtime those beyond the ends", async () => {
    const fn = (x: Tensor, i: Tensor): Tensor => gather(x, i);
    expect(() => interpret(fn, [data64([5, 3]), ids([2], [0, 5])])).toThrow(
      new DataError("gather: every index must be from 0 to 4; got 5. Negative indices do not count from the end here."),
    );
    expect(() => interpret(fn, [data64([5, 3]), ids([1], [-1])])).toThrow("got -1");
    expect(() => interpret(fn, [data64([0, 3]), ids([1], [0])])).toThrow("gather: an empty axis has no entries to index; got 0");
    await expect(runOnnx(fn, [data64([5, 3]), ids([2], [0, 5])], "float32")).rejects.toThrow("idx=5");
    expect(shaped((x, i) => gather(x as Tensor, i as Tensor), ["float32", 3], ["int32", 2])).toThrow(
      new DtypeError('gather indices: dtype must be one of int64; got "int32". Convert it with cast first.'),
    );
    expect(shaped((x, i) => gather(x as Tensor, i as Tensor), ["float32"], ["int64", 2])).toThrow(
      new ShapeError("gather: the tensor must have an axis to look up; got []. Give the tensor at least one axis."),
    );
    expect(shaped((x, i) => gather(x as Tensor, i as Tensor, 2), ["float32", 2, 3], ["int64"])).toThrow("gather: axis must be");
  });
});

describe("scatterAdd", () => {
  it.each([
    [0, [2, 3]],
    [1, [4]],
    [2, []],
    [-2, [0]],
  ])("along axis %i with indices of shape %j", async (axis, shape) => {
    const size = [7, 5, 3].at(axis) as number;
    const at = (axis + 3) % 3;
    const length = shape.reduce((a, b) => a * b, 1);
    const indices = ids(
      shape,
      Array.from({ length }, (_, i) => (i * i + 1) % size),
    );
    const updates = data64([...[7, 5, 3].slice(0, at), ...shape, ...[7, 5, 3].slice(at + 1)], 17);
    await checkOperator({ fn: (x, i, u) => exp(scatterAdd(x, i, u, axis)), inputs: [data64([7, 5, 3]), indices, updates] });
  });

  it.each([2, 300])("loses no update when two threads add to one of %i entries", async (size) => {
    const [count, width] = [2000, 500];
    const program = trace(
      (i: Tensor, u: Tensor) => scatterAdd(zerosLike(spec("float32", [size, width])), i, u),
      [spec("int64", [count]), spec("float32", [count, width])],
    );
    await using session = await createSession(lower(program), { threads: 2 });
    const feeds = {
      arg0: ids([count], new Array(count).fill(1)),
      arg1: tensorData("float32", [count, width], new Float32Array(count * width).fill(1)),
    };
    const expected = Array.from({ length: size * width }, (_, k) => (k >= width && k < 2 * width ? count : 0));
    for (let run = 0; run < 10; run++) expect(Array.from((await session.run(feeds)).output?.data as Float32Array)).toEqual(expected);
  });

  it("agrees between a product for few entries and ScatterElements for many", async () => {
    for (const size of [192, 193]) {
      for (const axis of [0, 1]) {
        const shape = axis === 0 ? [size, 3] : [3, size];
        const updates = axis === 0 ? [5, 3] : [3, 5];
        const indices = ids([5], [0, size - 1, 7, 7, size - 1]);
        const fn = (x: Tensor, i: Tensor, u: Tensor): Tensor => scatterAdd(x, i, u, axis);
        await checkOperator({ fn, inputs: [data64(shape), indices, data64(updates, 5)], secondOrder: false });
        const [ops] = [
          lower(trace(fn, [spec("float32", shape), spec("int64", [5]), spec("float32", updates)])).graph.nodes.map(({ op }) => op),
        ];
        expect(ops?.includes("MatMul")).toBe(size === 192);
        expect(ops?.includes("ScatterElements")).toBe(size === 193);
      }
    }
  });

  it("adds nothing to zeros", () => {
    const program = trace(
      (i: Tensor, u: Tensor) => scatterAdd(zerosLike(spec("float32", [5, 3])), i, u),
      [spec("int64", [2]), spec("float32", [2, 3])],
    );
    expect(print(program)).toMatchInlineSnapshot(`
      "input arg0 : int64[2]
      input arg1 : float32[2, 3]
      %0 = scatter[axis=0, size=5](arg0, arg1) : float32[5, 3]
      output output = %0"
    `);
  });

  it("refuses what does not fit", () => {
    const scatter = (x: unknown, i: unknown, u: unknown): Tensor => scatterAdd(x as Tensor, i as Tensor, u as Tensor);
    expect(shaped(scatter, ["float32", 5, 3], ["int64", 2], ["float32", 3, 3])).toThrow(
      new ShapeError(
        "scatterAdd: updates must have shape [2, 3]; got [3, 3]. Updates have the shape that gather(x, indices, axis) would give.",
      ),
    );
    expect(shaped(scatter, ["int64", 5], ["int64", 2], ["int64", 2])).toThrow(DtypeError);
    expect(shaped(scatter, ["float32", 5], ["int32", 2], ["float32", 2])).toThrow("scatterAdd indices: dtype must be one of int64");
    const inputs = [data64([3]), ids([1], [3]), data64([1])];
    expect(() => interpret(scatter, inputs)).toThrow(
      new DataError("scatterAdd: every index must be from 0 to 2; got 3. Negative indices do not count from the end here."),
    );
  });
});

describe("takeAlongAxis and its transpose", () => {
  it.each([0, 1, -1])("along axis %i", async (axis) => {
    const at = (axis + 3) % 3;
    const shape = [2, 5, 3].map((n, k) => (k === at ? 4 : n));
    const size = [2, 5, 3][at] as number;
    const length = shape.reduce((a, b) => a * b, 1);
    const indices = ids(
      shape,
      Array.from({ length }, (_, i) => (i * 7 + 1) % size),
    );
    await checkOperator({ fn: (x, i) => exp(takeAlongAxis(x, i, axis)), inputs: [data64([2, 5, 3]), indices] });
    await checkOperator({ fn: (i, u) => exp(scatterAlongAxis(i, u, size, at)), inputs: [indices, data64(shape, 29)] });
  });

  it("adds updates to a tensor, and nothing to zeros", async () => {
    const indices = ids([2, 4], [4, 0, 4, 2, 1, 1, 1, 3]);
    await checkOperator({ fn: (x, i, u) => exp(scatterAddAlongAxis(x, i, u)), inputs: [data64([2, 5]), indices, data64([2, 4], 29)] });
    const fn = (i: Tensor, u: Tensor): Tensor => scatterAddAlongAxis(zerosLike(spec("float32", [5, 3])), i, u, 0);
    expect(print(trace(fn, [spec("int64", [2, 3]), spec("float32", [2, 3])]))).toMatchInlineSnapshot(`
      "input arg0 : int64[2, 3]
      input arg1 : float32[2, 3]
      %0 = scatterAlongAxis[axis=0, size=5](arg0, arg1) : float32[5, 3]
      output output = %0"
    `);
  });

  it("refuses updates that do not fit", () => {
    const scatter = (x: unknown, i: unknown, u: unknown): Tensor => scatterAddAlongAxis(x as Tensor, i as Tensor, u as Tensor);
    expect(shaped(scatter, ["float32", 2, 5], ["int64", 2, 3], ["float32", 2, 4])).toThrow(
      new ShapeError("scatterAddAlongAxis: updates must have the shape [2, 3] of the indices; got [2, 4]. Broadcast the updates first."),
    );
    expect(shaped(scatter, ["float32", 2, 5], ["int64", 3, 3], ["float32", 3, 3])).toThrow(
      "scatterAddAlongAxis: indices must agree with the tensor in every axis but 1; got [3, 3] for [2, 5].",
    );
    expect(shaped(scatter, ["int64", 2, 5], ["int64", 2, 3], ["int64", 2, 3])).toThrow(DtypeError);
    expect(shaped(scatter, ["float32", 2, 5], ["int64", 2, 3], ["float64", 2, 3])).toThrow(DtypeError);
    expect(shaped(scatter, ["float32", 2, 5], ["int32", 2, 3], ["float32", 2, 3])).toThrow("scatterAddAlongAxis indices: dtype must be");
    expect(() => interpret(scatter, [data64([1, 3]), ids([1, 1], [3]), data64([1, 1])])).toThrow(
      new DataError("scatterAddAlongAxis: every index must be from 0 to 2; got 3. Negative indices do not count from the end here."),
    );
  });

  it("refuses what does not fit", () => {
    const take = (x: unknown, i: unknown): Tensor => takeAlongAxis(x as Tensor, i as Tensor, 1);
    expect(shaped(take, ["float32", 2, 5], ["int64", 3, 5])).toThrow(
      new ShapeError(
        "takeAlongAxis: indices must agree with the tensor in every axis but 1; got [3, 5] for [2, 5]. Broadcast the indices first, or use gather() for whole entries.",
      ),
    );
    expect(shaped(take, ["float32", 2, 5], ["int32", 2, 5])).toThrow(DtypeError);
    expect(() => interpret(take, [data64([1, 3]), ids([1, 1], [3])])).toThrow(
      new DataError("takeAlongAxis: every index must be from 0 to 2; got 3. Negative indices do not count from the end here."),
    );
  });
});

describe("oneHot and iota", () => {
  it.each(["float32", "float64", "int32", "int64", "uint32", "bool"] as const)(
    "oneHot in %s; an index outside gives zeros",
    async (dtype) => {
      const fn = (i: Tensor): Tensor => oneHot(i, 3, dtype);
      const inputs = [ids([2, 2], [2, 0, -1, 3])];
      const expected = [0, 0, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0];
      expect(Array.from(interpret(fn, inputs)[0] as Float64Array)).toEqual(expected);
      expect(Array.from((await runOnnx(fn, inputs, "float32"))[0] as Float64Array)).toEqual(expected);
    },
  );

  it.each(["float32", "float64", "int32", "int64", "uint32"] as const)("iota in %s, stored and counted", async (dtype) => {
    for (const size of [0, 5, 5000]) {
      const fn = (): Tensor => iota(dtype, size);
      const expected = Array.from({ length: size }, (_, i) => i);
      expect(Array.from(interpret(fn, [])[0] as Float64Array)).toEqual(expected);
      expect(Array.from((await runOnnx(fn, [], "float32"))[0] as Float64Array)).toEqual(expected);
    }
  });

  it("iota stores short lists only", () => {
    const stored = (size: number): number => lower(trace(() => iota("float32", size), [])).graph.initializers[0]?.value.data.length ?? 0;
    expect([stored(4096), stored(4097)]).toEqual([4096, 1]);
  });

  it("refuse bad sizes and dtypes", () => {
    expect(shaped((i) => oneHot(i as Tensor, -1), ["int64", 2])).toThrow(
      new ShapeError("oneHot: depth must be a whole number >= 0; got -1. Pass the number of classes."),
    );
    expect(shaped((i) => oneHot(i as Tensor, 2), ["int32", 2])).toThrow(DtypeError);
    expect(() => iota("bool", 2)).toThrow(DtypeError);
    expect(() => iota("int64", 1.5)).toThrow(ShapeError);
  });

  it("print their attributes", () => {
    const program = trace((i: Tensor) => [oneHot(i, 3), iota("int32", 4)], [{ dtype: "int64", shape: [2] }]);
    expect(print(program)).toMatchInlineSnapshot(`
      "input arg0 : int64[2]
      %0 = oneHot[depth=3, dtype=float32](arg0) : float32[2, 3]
      %1 = iota[dtype=int32, size=4]() : int32[4]
      output 0 = %0
      output 1 = %1"
    `);
  });
});
