import { DtypeError, OptionError, ShapeError, tensorData } from "@attnlab/check";
import { expectClose } from "@attnlab/testing";
import { describe, expect, it } from "vitest";
import { grad, layerNorm, lower, mul, sum, type Tensor, trace } from "../src/index.ts";
import { checkOperator, data64, interpret, runOnnx } from "./check-operator.ts";

describe("layerNorm", () => {
  it.each([
    [-1, 1e-5],
    [-1, 0.1],
    [1, 1e-3],
    [0, 0.5],
  ])("agrees between backends and with differences from axis %i on with eps %f", async (axis, eps) => {
    await checkOperator({
      fn: (x) => layerNorm(x, { axis, eps }),
      inputs: [data64([2, 3, 5], 0, 2)],
      tolerance: { factor: 10, reason: "ONNX Runtime sums squares in another order" },
    });
  });

  it("has the values of its definition", () => {
    const [y] = interpret((x) => layerNorm(x, { eps: 0.25 }), [tensorData("float64", [4], [1, 2, 3, 6])]);
    // Mean 3, variance 3.5, so the divisor is sqrt(3.75).
    expectClose(
      y as Float64Array,
      [-2, -1, 0, 3].map((v) => v / Math.sqrt(3.75)),
    );
  });

  it("computes float64 in float64: eps 1e-5, which float32 cannot hold, matters here", async () => {
    const x = tensorData("float64", [2, 3], [1e-3, 2e-3, 4e-3, 1e8, 1e8 + 1, 1e8 + 3]);
    const fn = (t: Tensor): Tensor => layerNorm(t);
    const reason = "the mean of numbers near 1e8 is rounded to 1e-8";
    expectClose((await runOnnx(fn, [x], "float64"))[0] as Float64Array, interpret(fn, [x])[0] as Float64Array, { relative: 1e-8, reason });
    const small = tensorData("float64", [3], [1e-3, 2e-3, 4e-3]);
    expectClose((await runOnnx(fn, [small], "float64"))[0] as Float64Array, interpret(fn, [small])[0] as Float64Array);
  });

  it("gives zeros on constant rows, and a finite gradient", async () => {
    const x = tensorData("float64", [2, 3], [7, 7, 7, 0, 0, 0]);
    const both = (t: Tensor): readonly Tensor[] => [layerNorm(t), grad((z: Tensor) => sum(mul(layerNorm(z), z)))(t)];
    const expected = interpret(both, [x]);
    expect(expected[0]).toEqual(new Float64Array(6));
    for (const dtype of ["float64", "float32"] as const) {
      const actual = await runOnnx(both, [x], dtype);
      expected.forEach((values, k) => {
        expectClose(actual[k] as Float64Array, values, { precision: dtype });
      });
    }
  });

  it("is one LayerNormalization in float32, whose third output the gradient reads", () => {
    const spec = { dtype: "float32", shape: [2, 3] } as const;
    const program = trace((x: Tensor, g: Tensor) => grad((z: Tensor) => sum(mul(layerNorm(z), g)))(x), [spec, spec]);
    const ops = lower(program).graph.nodes.map(({ op }) => op);
    expect(ops.filter((op) => op === "LayerNormalization")).toHaveLength(1);
    expect(ops).not.toContain("Sqrt");
    expect(ops.length).toBeLessThanOrEqual(8);
  });

  it("refuses bad axes, dtypes and options", () => {
    const run = (options: object, dtype: "float32" | "int64" = "float32") =>
      trace((x: Tensor) => layerNorm(x, options), [{ dtype, shape: [2, 3] }]);
    expect(() => run({ axis: 2 })).toThrow(
      new ShapeError("layerNorm: axis must be a whole number from -2 to 1; got 2. The tensor has 2 axes."),
    );
    expect(() => run({}, "int64")).toThrow(DtypeError);
    expect(() => run({ eps: -1 })).toThrow(new OptionError("layerNorm: eps must be a finite number >= 0; got -1. Added to the variance."));
    expect(() => run({ epsilon: 1 })).toThrow('layerNorm: every option must be known; got "epsilon". Known options: axis, eps.');
  });
});
