import type { Primitive } from "../ir/primitive.ts";
import { applyOne, type Tensor } from "../ir/tensor.ts";
import type { LowerContext } from "../lower/context.ts";
import { type NoAttributes, unaryPrimitive } from "./elementwise.ts";
import { exp } from "./exp.ts";
import { mul } from "./mul.ts";
import { sub } from "./sub.ts";

const softplusPrimitive: Primitive<NoAttributes> = unaryPrimitive({
  name: "softplus",
  compute: (x) => Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x))),
  // The derivative is the logistic function, and its logarithm is x - softplus(x): fewer operations than computing it anew.
  vjp: ({ inputs, outputs, cotangents }) => [mul(cotangents[0] as Tensor, exp(sub(inputs[0] as Tensor, outputs[0] as Tensor)))],
  onnx: (context) => lowerSoftplus(context),
});

// ONNX Runtime has no Softplus in float64, takes three times as long for it in float32, and ONNX has no log1p. With u = 1 + e
// rounded, log(u) + (e - (u - 1)) is log1p(e) to the last digits: the second term puts back what rounding took from e, at most
// half a unit in the last place of 1, so its factor 1 / u only matters where u is near 1, and there it is 1.
function lowerSoftplus({ inputs, outputTypes, emit, scalar }: LowerContext<NoAttributes>): string {
  const one = scalar(1, (outputTypes[0] as Tensor).dtype);
  const e = emit("Exp", [emit("Neg", [emit("Abs", inputs)])]);
  const u = emit("Add", [one, e]);
  const lost = emit("Sub", [e, emit("Sub", [u, one])]);
  return emit("Sum", [emit("Relu", inputs), emit("Log", [u]), lost]);
}

/**
 * Elementwise $\log(1 + e^x)$, computed as $\max(x, 0) + \log(1 + e^{-|x|})$, which never overflows. Floats; keeps dtype and shape.
 *
 * @throws {@link DtypeError} on integers and bool.
 * @example
 * ```ts
 * import { constantOf, evaluate, softplus, trace } from "@attnlab/graph";
 * evaluate(trace(() => softplus(constantOf("float64", [2], [-1000, 1000])), []), []).data // => Float64Array [0, 1000]
 * ```
 */
export function softplus(x: Tensor): Tensor {
  return applyOne(softplusPrimitive, [x], {});
}
