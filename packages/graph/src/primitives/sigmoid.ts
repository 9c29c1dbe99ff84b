import type { Primitive } from "../ir/primitive.ts";
import { applyOne, type Tensor } from "../ir/tensor.ts";
import type { LowerContext } from "../lower/context.ts";
import { type NoAttributes, unaryPrimitive } from "./elementwise.ts";
import { mul } from "./mul.ts";
import { sub } from "./sub.ts";

const sigmoidPrimitive: Primitive<NoAttributes> = unaryPrimitive({
  name: "sigmoid",
  compute: (x) => 1 / (1 + Math.exp(-x)),
  vjp: ({ outputs, cotangents }) => {
    const y = outputs[0] as Tensor;
    return [mul(cotangents[0] as Tensor, mul(y, sub(1, y)))];
  },
  onnx: (context) => lowerSigmoid(context),
});

// In float64 ONNX Runtime (1.30) computes 1 - 1 / (1 + e^x) for x < 0, whose absolute error of 1e-16 leaves no digit below x = -36.
// The overflow of e^{-x} to infinity is harmless: its reciprocal is the 0 that belongs there.
function lowerSigmoid({ inputs, outputTypes, emit, scalar }: LowerContext<NoAttributes>): string {
  const { dtype } = outputTypes[0] as Tensor;
  if (dtype !== "float64") return emit("Sigmoid", inputs);
  return emit("Reciprocal", [emit("Add", [scalar(1, dtype), emit("Exp", [emit("Neg", inputs)])])]);
}

/**
 * Elementwise logistic function $1 / (1 + e^{-x})$. Floats; keeps dtype and shape; never overflows.
 *
 * In float64 it keeps its relative precision down to 1e-308; ONNX Runtime's float32 kernel gives 0 below $x = -18$.
 *
 * @throws {@link DtypeError} on integers and bool.
 * @example
 * ```ts
 * import { constantOf, evaluate, sigmoid, trace } from "@attnlab/graph";
 * evaluate(trace(() => sigmoid(constantOf("float64", [2], [0, 1000])), []), []).data // => Float64Array [0.5, 1]
 * ```
 */
export function sigmoid(x: Tensor): Tensor {
  return applyOne(sigmoidPrimitive, [x], {});
}
