import { DtypeError, ShapeError, tensorData, UsageError } from "@attnlab/check";
import { describe, expect, it } from "vitest";
import { add, cast, constantOf, evaluate, mul, sub, type Tensor, trace } from "../index.ts";

const x = tensorData("float32", [2], [1, 2]);

describe("evaluate", () => {
  it("returns the tree of the function, in its dtypes", () => {
    const program = trace((a: { readonly v: Tensor }, b: Tensor) => ({ sum: add(a.v, b), int: [cast(a.v, "int64")] }), [{ v: x }, x]);
    expect(evaluate(program, [{ v: x }, x])).toEqual({
      sum: tensorData("float32", [2], [2, 4]),
      int: [tensorData("int64", [2], [1, 2])],
    });
  });

  it("rounds floats only at the end: the reference is float64 throughout", () => {
    const program = trace((a: Tensor) => sub(add(a, 1e-9), a), [{ dtype: "float32", shape: [] }]);
    const [value] = evaluate(program, [tensorData("float32", [], [1])]).data as Float32Array;
    expect(value).toBeCloseTo(1e-9, 15);
  });

  it("lets integers wrap as hardware does", () => {
    const fn = (a: Tensor): Tensor => mul(a, 3);
    const run = (dtype: "int32" | "uint32", value: number): number =>
      Number(evaluate(trace(fn, [{ dtype, shape: [] }]), [tensorData(dtype, [], [value])]).data[0]);
    expect(run("uint32", 2 ** 31)).toBe(2 ** 31);
    expect(run("int32", 2 ** 30)).toBe(-(2 ** 30));
  });

  it("refuses arguments that were not traced", () => {
    const program = trace((a: { readonly v: Tensor }, b: Tensor) => add(a.v, b), [{ v: x }, x], { names: ["a", "b"] });
    expect(() => evaluate(program, [{ v: x }])).toThrow(
      new ShapeError("evaluate: 2 tensors must be given; got 1 for a.v, b. Pass the traced arguments."),
    );
    expect(() => evaluate(program, [{ v: x }, tensorData("float64", [2], [1, 2])])).toThrow(
      new DtypeError("evaluate: b must be float32; got float64. Convert the data, or trace with its dtype."),
    );
    expect(() => evaluate(program, [{ v: x }, tensorData("float32", [1], [1])])).toThrow(
      new ShapeError("evaluate: b must have shape [2]; got [1]. Pass the shape that was traced."),
    );
    expect(() => evaluate(program, [{ w: x }, x])).toThrow(
      new UsageError("evaluate: the next tensor must be a.v; got w. Pass trees with the keys that were traced."),
    );
    expect(() => evaluate(program, [{ v: [1, 2] }, x])).toThrow(UsageError);
  });

  it("refuses dynamic dimensions", () => {
    const program = trace((a: Tensor) => add(a, a), [{ dtype: "float32", shape: ["batch"] }]);
    expect(() => evaluate(program, [x])).toThrow(
      new UsageError("evaluate: every size must be fixed; got batch. Trace again with fixed sizes to interpret."),
    );
  });

  it("refuses to cast NaN and infinity to whole numbers", () => {
    for (const bad of [Number.NaN, Number.POSITIVE_INFINITY]) {
      const program = trace((a: Tensor) => cast(mul(a, constantOf("float64", [], [1])), "int64"), [{ dtype: "float64", shape: [] }]);
      expect(() => evaluate(program, [tensorData("float64", [], [bad])])).toThrow(
        `cast: every number must be finite to become int64; got ${bad}. Replace it with where() first.`,
      );
    }
  });
});
