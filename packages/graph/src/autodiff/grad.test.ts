import { DtypeError, ShapeError, tensorData } from "@attnlab/check";
import { describe, expect, it } from "vitest";
import {
  constantOf,
  evaluate,
  exp,
  flatten,
  grad,
  mul,
  neg,
  print,
  square,
  stopGradient,
  sum,
  type Tensor,
  trace,
  valueAndGrad,
  valueGradAndAux,
} from "../index.ts";

const at = (fn: (x: Tensor) => unknown, values: readonly number[]): readonly number[][] => {
  const x = tensorData("float64", [values.length], values);
  return flatten<{ readonly dtype: unknown; readonly shape: unknown; readonly data: ArrayLike<number> }>(evaluate(trace(fn, [x]), [x])).map(
    ({ leaf }) => Array.from(leaf.data),
  );
};

describe("gradients", () => {
  it("keep the structure of the first argument, and zeros where nothing depends", () => {
    const spec = { dtype: "float64", shape: [2] } as const;
    const program = trace(
      (params: { readonly a: Tensor; readonly b: readonly Tensor[]; readonly unused: Tensor }, y: Tensor) =>
        grad((p: typeof params, z: Tensor) => sum(mul(mul(p.a, p.b[0] as Tensor), z)))(params, y),
      [{ a: spec, b: [spec], unused: spec }, spec],
    );
    const value = (...v: number[]): ReturnType<typeof tensorData> => tensorData("float64", [2], v);
    const result = evaluate(program, [{ a: value(1, 2), b: [value(3, 4)], unused: value(9, 9) }, value(10, 100)]);
    expect(result.a.data).toEqual(Float64Array.of(30, 400));
    expect(result.b[0]?.data).toEqual(Float64Array.of(10, 200));
    expect(result.unused.data).toEqual(Float64Array.of(0, 0));
  });

  it("come with the value and with what the function returns beside it", () => {
    const results = at(
      (x) => {
        const { value, grads } = valueAndGrad((z: Tensor) => sum(square(z)))(x);
        const more = valueGradAndAux((z: Tensor) => ({ loss: sum(z), aux: { doubled: mul(z, 2) } }))(x);
        return [value, grads, more.value, more.grads, more.aux.doubled];
      },
      [3, 4],
    );
    expect(results).toEqual([[25], [6, 8], [7], [1, 1], [6, 8]]);
  });

  it("of gradients: fourth derivative of x^4", () => {
    let fn = (x: Tensor): Tensor => sum(square(square(x)));
    const expected = [4 * 27, 12 * 9, 24 * 3, 24];
    for (const value of expected) {
      const derivative = grad(fn);
      expect(at(derivative, [3])).toEqual([[value]]);
      fn = (x) => sum(derivative(x));
    }
  });

  it("treat the argument alone as variable, even when the tensor is used elsewhere", () => {
    expect(at((x) => grad((z: Tensor) => sum(mul(z, x)))(x), [2, 5])).toEqual([[2, 5]]);
  });

  it("stop at stopGradient", () => {
    expect(
      at(
        grad((x: Tensor) => sum(mul(stopGradient(x), x))),
        [2, 5],
      ),
    ).toEqual([[2, 5]]);
    expect(
      at(
        grad((x: Tensor) => sum(stopGradient(exp(x)))),
        [2],
      ),
    ).toEqual([[0]]);
  });

  it("do not build what nothing needs", () => {
    const program = trace(
      (x: Tensor, y: Tensor) => grad((z: Tensor) => sum(mul(z, exp(exp(y)))))(x),
      [
        { dtype: "float32", shape: [2] },
        { dtype: "float32", shape: [2] },
      ],
    );
    expect(print(program)).toMatchInlineSnapshot(`
      "input arg0 : float32[2]
      input arg1 : float32[2]
      %0 = exp(arg1) : float32[2]
      %1 = exp(%0) : float32[2]
      output output = %1"
    `);
  });

  it("refuse losses that are no float scalars and arguments that are no floats", () => {
    const run =
      (fn: (x: Tensor) => Tensor, dtype: "float32" | "int64" = "float32") =>
      () =>
        trace((x: Tensor) => grad(fn)(x), [{ dtype, shape: [2] }]);
    expect(run((x) => neg(x))).toThrow(
      new ShapeError("grad: the function must return a scalar; got shape [2]. Reduce it with sum() or mean()."),
    );
    expect(run(() => sum(constantOf("int64", [1], [1])))).toThrow(
      new DtypeError("grad: the loss must be float32 or float64; got int64. Convert it with cast()."),
    );
    expect(run((x) => sum(x), "int64")).toThrow(
      new DtypeError(
        "grad: the first argument must be float32 or float64; got int64. Pass integer and boolean tensors as later arguments.",
      ),
    );
  });
});
