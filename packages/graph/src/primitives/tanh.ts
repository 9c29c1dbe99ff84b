import type { Primitive } from "../ir/primitive.ts";
import { applyOne, type Tensor } from "../ir/tensor.ts";
import { type NoAttributes, unaryPrimitive } from "./elementwise.ts";
import { mul } from "./mul.ts";
import { square } from "./square.ts";
import { sub } from "./sub.ts";

const tanhPrimitive: Primitive<NoAttributes> = unaryPrimitive({
  name: "tanh",
  compute: Math.tanh,
  vjp: ({ outputs, cotangents }) => [mul(cotangents[0] as Tensor, sub(1, square(outputs[0] as Tensor)))],
  onnx: "Tanh",
});

/**
 * Elementwise hyperbolic tangent. Floats; keeps dtype and shape.
 *
 * @throws {@link DtypeError} on integers and bool.
 * @example
 * ```ts
 * import { constantOf, evaluate, tanh, trace } from "@attnlab/graph";
 * evaluate(trace(() => tanh(constantOf("float64", [2], [0, 1000])), []), []).data // => Float64Array [0, 1]
 * ```
 */
export function tanh(x: Tensor): Tensor {
  return applyOne(tanhPrimitive, [x], {});
}
