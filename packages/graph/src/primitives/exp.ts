import type { Primitive } from "../ir/primitive.ts";
import { applyOne, type Tensor } from "../ir/tensor.ts";
import { type NoAttributes, unaryPrimitive } from "./elementwise.ts";
import { mul } from "./mul.ts";

const expPrimitive: Primitive<NoAttributes> = unaryPrimitive({
  name: "exp",
  compute: Math.exp,
  vjp: ({ outputs, cotangents }) => [mul(cotangents[0] as Tensor, outputs[0] as Tensor)],
  onnx: "Exp",
});

/** Elementwise $e^x$. Floats; keeps dtype and shape. Overflows to infinity above 88.7 in float32 and 709.7 in float64. */
export function exp(x: Tensor): Tensor {
  return applyOne(expPrimitive, [x], {});
}
