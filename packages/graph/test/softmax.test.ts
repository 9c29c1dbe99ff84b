import { DtypeError, OptionError, ShapeError, tensorData, toNumbers } from "@attnlab/check";
import { expectClose, loadGolden } from "@attnlab/testing";
import { describe, expect, it } from "vitest";
import { constantOf, evaluate, grad, logSoftmax, lower, mul, softmax, sum, type Tensor, trace } from "../src/index.ts";
import { checkOperator, data64, interpret, runOnnx } from "./check-operator.ts";

interface Saturated {
  readonly cases: readonly {
    readonly lead: number;
    readonly scores: readonly number[];
    readonly g: readonly number[];
    readonly w: readonly number[];
    readonly gradient: readonly number[];
    readonly second: readonly number[];
  }[];
}

const golden = loadGolden<Saturated>(new URL("golden/saturated-softmax.json", import.meta.url));

const weighted = (x: Tensor, weights: readonly number[]): Tensor => sum(mul(x, constantOf(x.dtype, [weights.length], weights)));

describe("softmax", () => {
  it.each([0, 1, -1])("agrees between backends and with differences along axis %i", async (axis) => {
    await checkOperator({ fn: (x) => softmax(x, axis), inputs: [data64([2, 5, 3], 0, 3)] });
    await checkOperator({ fn: (x) => softmax(x, axis, { gradient: "stable" }), inputs: [data64([2, 5, 3], 0, 3)] });
  });

  it("has the values of its definition", () => {
    const [y] = interpret((x) => softmax(x), [tensorData("float64", [3], [0, Math.log(2), Math.log(5)])]);
    expectClose(y as Float64Array, [1 / 8, 2 / 8, 5 / 8]);
  });

  it("survives huge and infinite scores in both backends", async () => {
    const x = tensorData("float64", [3, 2], [1e300, -1e300, 1000, 999, Number.NEGATIVE_INFINITY, 0]);
    const expected = [1, 0, 1 / (1 + Math.exp(-1)), 1 / (1 + Math.E), 0, 1];
    expectClose(interpret((s) => softmax(s), [x])[0] as Float64Array, expected);
    expectClose((await runOnnx((s) => softmax(s), [x], "float64"))[0] as Float64Array, expected);
  });

  it("takes axes of size 1 and 0", async () => {
    await checkOperator({ fn: (x) => softmax(x, 0), inputs: [data64([1, 3])] });
    expect(interpret((x) => softmax(x), [tensorData("float64", [2, 0], [])])[0]).toEqual(new Float64Array(0));
  });

  it("makes one ONNX node and a gradient of four", () => {
    const ops = (fn: (x: Tensor, g: Tensor) => Tensor): readonly string[] =>
      lower(
        trace(fn, [
          { dtype: "float32", shape: [2, 3] },
          { dtype: "float32", shape: [2, 3] },
        ]),
      ).graph.nodes.map(({ op }) => op);
    const gradient = (options: Parameters<typeof softmax>[2]) => (x: Tensor, g: Tensor) =>
      grad((z: Tensor) => sum(mul(softmax(z, -1, options), g)))(x);
    expect(ops(gradient({}))).toEqual(["Softmax", "Mul", "ReduceSum", "Sub", "Mul"]);
    expect(ops(gradient({ gradient: "stable" }))).toEqual(["Softmax", "TopK", "GatherElements", "Sub", "Mul", "ReduceSum", "Sub", "Mul"]);
  });

  it("refuses bad axes, dtypes and options", () => {
    const run =
      (fn: (x: Tensor) => Tensor, dtype: "float32" | "int32" = "float32") =>
      () =>
        trace(fn, [{ dtype, shape: [2, 3] }]);
    expect(run((x) => softmax(x, 2))).toThrow(
      new ShapeError("softmax: axis must be a whole number from -2 to 1; got 2. The tensor has 2 axes."),
    );
    expect(run((x) => softmax(x), "int32")).toThrow(
      new DtypeError('softmax: dtype must be one of float32, float64; got "int32". Convert it with cast first.'),
    );
    // @ts-expect-error: no such option
    expect(run((x) => softmax(x, -1, { stable: true }))).toThrow(OptionError);
    // @ts-expect-error: no such gradient
    expect(run((x) => softmax(x, -1, { gradient: "exact" }))).toThrow('gradient must be one of "standard", "stable"; got "exact"');
  });
});

describe("the stable gradient of softmax", () => {
  const gradients = (kind: "standard" | "stable", scores: Tensor, g: readonly number[], w: readonly number[]): readonly Tensor[] => {
    const first = grad((x: Tensor) => weighted(softmax(x, -1, { gradient: kind }), g));
    return [first(scores), grad((x: Tensor) => weighted(first(x), w))(scores)];
  };

  it.each(golden.cases)("keeps its digits when the largest score leads by $lead", async ({ scores, g, w, gradient, second }) => {
    const fn = (x: Tensor): readonly Tensor[] => gradients("stable", x, g, w);
    const inputs = [tensorData("float64", [7], scores)];
    const relative = { relative: 1e-13, absolute: 0, factor: 10, reason: "only the relative error matters here: values go down to 1e-130" };
    for (const [c, h] of [interpret(fn, inputs), await runOnnx(fn, inputs, "float64")]) {
      expectClose(c as Float64Array, gradient, relative);
      expectClose(h as Float64Array, second, { ...relative, factor: 1000, reason: "second derivatives add terms of both signs" });
    }
  });

  it("is the product of two weights until the smaller one underflows, with signs that add up to zero", async () => {
    const leads = [0, 1, 30, 37, 50, 400, 700];
    const scores = tensorData(
      "float64",
      [leads.length, 2],
      leads.flatMap((lead) => [-lead, 0]),
    );
    const [up, down] = [0.3, -1.7];
    const fn = (x: Tensor): Tensor =>
      grad((z: Tensor) => sum(mul(softmax(z, -1, { gradient: "stable" }), constantOf("float64", [2], [up, down]))))(x);
    const expected = leads.map((lead) => ((up - down) * Math.exp(-lead)) / (1 + Math.exp(-lead)) ** 2);
    const relative = { relative: 1e-13, absolute: 0, reason: "only the relative error matters here: values go down to 1e-304" };
    for (const [c] of [interpret(fn, [scores]), await runOnnx(fn, [scores], "float64")]) {
      const both = c as Float64Array;
      expectClose(
        both.filter((_, i) => i % 2 === 0),
        expected,
        relative,
      );
      expectClose(
        both.filter((_, i) => i % 2 === 1),
        expected.map((one) => -one),
        relative,
      );
    }
  });

  it("is what the standard gradient loses", () => {
    const { scores, g, w, gradient } = golden.cases[4] as Saturated["cases"][number];
    const [c] = interpret((x) => gradients("standard", x, g, w), [tensorData("float64", [7], scores)]);
    const [lost, exact] = [(c as Float64Array)[4] as number, gradient[4] as number];
    expect(Math.abs(lost - exact)).toBeGreaterThan(0.9 * Math.abs(exact));
  });

  it("works in float32 down to its smallest normal number", async () => {
    const { scores, g, w, gradient } = golden.cases[3] as Saturated["cases"][number];
    const [c] = await runOnnx((x) => gradients("stable", x, g, w), [tensorData("float64", [7], scores)], "float32");
    // Scores near 40 carry an error of 4e-6 in float32, and e^-40 the same relative one.
    expectClose(c as Float64Array, gradient, { relative: 1e-5, absolute: 0, reason: "the exponent is rounded at 40" });
  });

  it("adds up to zero on ties", async () => {
    await checkOperator({ fn: (x) => softmax(x, -1, { gradient: "stable" }), inputs: [tensorData("float64", [2, 3], [1, 1, 1, 2, 0, 2])] });
  });
});

describe("logSoftmax", () => {
  it.each([0, 1, 2])("agrees between backends and with differences along axis %i", async (axis) => {
    await checkOperator({ fn: (x) => logSoftmax(x, axis), inputs: [data64([2, 5, 3], 0, 3)] });
  });

  it("is exact where softmax underflows", async () => {
    const x = tensorData("float64", [2], [0, 1e5]);
    for (const [y] of [interpret((s) => logSoftmax(s), [x]), await runOnnx((s) => logSoftmax(s), [x], "float64")]) {
      expectClose(y as Float64Array, [-1e5, 0]);
    }
  });

  it("gives the gradient of cross entropy: softmax minus target", () => {
    const program = trace((x: Tensor) => grad((z: Tensor) => weighted(logSoftmax(z), [0, -1, 0]))(x), [{ dtype: "float64", shape: [3] }]);
    const c = evaluate(program, [tensorData("float64", [3], [0, Math.log(2), Math.log(5)])]);
    expectClose(toNumbers(c), [1 / 8, 2 / 8 - 1, 5 / 8]);
  });

  it("refuses bad axes and dtypes", () => {
    expect(() => trace((x: Tensor) => logSoftmax(x, 1), [{ dtype: "float32", shape: [2] }])).toThrow(
      new ShapeError("logSoftmax: axis must be a whole number from -1 to 0; got 1. The tensor has 1 axes."),
    );
    expect(() => trace((x: Tensor) => logSoftmax(x), [{ dtype: "bool", shape: [2] }])).toThrow(DtypeError);
  });
});
