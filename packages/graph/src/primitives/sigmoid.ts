import type { Primitive } from "../ir/primitive.ts";
import { applyOne, type Tensor } from "../ir/tensor.ts";
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
  onnx: "Sigmoid",
});

/**
 * Elementwise logistic function $1 / (1 + e^{-x})$. Floats; keeps dtype and shape; never overflows.
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
