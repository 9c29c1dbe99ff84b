import { type NdArray, notDifferentiable, type Primitive } from "../ir/primitive.ts";
import { applyOne, type Tensor, type TensorType } from "../ir/tensor.ts";
import type { NoAttributes } from "./elementwise.ts";

const stopGradientPrimitive: Primitive<NoAttributes> = {
  name: "stopGradient",
  infer: ([x]) => [x as TensorType],
  evaluate: ([x]) => [(x as NdArray).data],
  vjp: notDifferentiable("stopGradient treats its input as a constant"),
  // Kept in programs (a loop body may be differentiated later), free in ONNX.
  lower: ({ inputs }) => inputs,
};

/** The same values, taken as constant by every gradient. Keeps dtype and shape. */
export function stopGradient(x: Tensor): Tensor {
  return applyOne(stopGradientPrimitive, [x], {});
}
