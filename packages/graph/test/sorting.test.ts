import { DtypeError, OptionError, ShapeError, tensorData } from "@attnlab/check";
import { describe, expect, it } from "vitest";
import { exp, sort, type Tensor, topK, trace } from "../src/index.ts";
import { checkOperator, data64, interpret, runOnnx } from "./check-operator.ts";

const both = ({ values, indices }: { readonly values: Tensor; readonly indices: Tensor }): readonly Tensor[] => [values, indices];

describe("topK and sort", () => {
  it.each([
    [0, true],
    [1, false],
    [-1, true],
  ])("along axis %i, largest %s", async (axis, largest) => {
    await checkOperator({
      fn: (x) => {
        const { values, indices } = topK(x, 2, { axis, largest });
        return [exp(values), indices];
      },
      inputs: [data64([2, 5, 3])],
    });
    await checkOperator({ fn: (x) => exp(sort(x, { axis, descending: largest }).values), inputs: [data64([2, 5, 3])] });
  });

  it("takes the first index of equal values first, in both backends and orders", async () => {
    const x = tensorData("float64", [7], [1, 3, 1, 3, 2, 1, 3]);
    const cases: readonly (readonly [(t: Tensor) => readonly Tensor[], readonly number[], readonly number[]])[] = [
      [(t) => both(topK(t, 4)), [3, 3, 3, 2], [1, 3, 6, 4]],
      [(t) => both(topK(t, 4, { largest: false })), [1, 1, 1, 2], [0, 2, 5, 4]],
      [(t) => both(sort(t)), [1, 1, 1, 2, 3, 3, 3], [0, 2, 5, 4, 1, 3, 6]],
      [(t) => both(sort(t, { descending: true })), [3, 3, 3, 2, 1, 1, 1], [1, 3, 6, 4, 0, 2, 5]],
      [(t) => both(topK(t, 1)), [3], [1]],
    ];
    for (const [fn, values, indices] of cases) {
      for (const [v, i] of [interpret(fn, [x]), await runOnnx(fn, [x], "float64"), await runOnnx(fn, [x], "float32")]) {
        expect(Array.from(v as Float64Array)).toEqual(values);
        expect(Array.from(i as Float64Array)).toEqual(indices);
      }
    }
  });

  it("keeps ties in order on long axes, where the runtime may choose another algorithm", async () => {
    const n = 1000;
    const x = tensorData(
      "float64",
      [n],
      Float64Array.from({ length: n }, (_, i) => (i * 37) % 5),
    );
    for (const k of [1, 3, 40, 900, n]) {
      const fn = (t: Tensor): readonly Tensor[] => both(topK(t, k));
      expect(await runOnnx(fn, [x], "float32")).toEqual(interpret(fn, [x]));
    }
  });

  it.each(["int64", "int32"] as const)("sorts %s", async (dtype) => {
    const x = tensorData(dtype, [4], [3, -7, 5, 3]);
    const fn = (t: Tensor): readonly Tensor[] => both(sort(t));
    for (const [v, i] of [interpret(fn, [x]), await runOnnx(fn, [x], "float32")]) {
      expect(Array.from(v as Float64Array)).toEqual([-7, 3, 3, 5]);
      expect(Array.from(i as Float64Array)).toEqual([1, 0, 3, 2]);
    }
  });

  it("takes k = 0 and empty axes", () => {
    expect(interpret((t) => both(topK(t, 0)), [data64([2, 3])])).toEqual([new Float64Array(0), new Float64Array(0)]);
    expect(interpret((t) => both(sort(t)), [data64([2, 0])])).toEqual([new Float64Array(0), new Float64Array(0)]);
  });

  it("refuses what does not fit", () => {
    const run =
      (fn: (x: Tensor) => unknown, dtype: "float32" | "uint32" = "float32") =>
      () =>
        trace(fn, [{ dtype, shape: [2, 5] }]);
    expect(run((x) => topK(x, 6))).toThrow(
      new ShapeError("topK: k must be a whole number from 0 to 5, the size of axis 1; got 6. Choose a smaller k."),
    );
    expect(run((x) => topK(x, 1.5))).toThrow("got 1.5");
    expect(run((x) => topK(x, 3, { axis: 0 }))).toThrow("from 0 to 2, the size of axis 0");
    expect(run((x) => sort(x, { axis: 2 }))).toThrow("sort: axis must be a whole number from -2 to 1; got 2");
    expect(run((x) => topK(x, 1), "uint32")).toThrow(DtypeError);
    // @ts-expect-error: no such option
    expect(run((x) => topK(x, 1, { sorted: true }))).toThrow(OptionError);
    // @ts-expect-error: no such option
    expect(run((x) => sort(x, { largest: true }))).toThrow(
      'sort: every option must be known; got "largest". Known options: axis, descending.',
    );
  });
});
