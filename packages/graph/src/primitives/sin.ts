import type { Primitive } from "../ir/primitive.ts";
import { applyOne, type Tensor } from "../ir/tensor.ts";
import { cos } from "./cos.ts";
import { type NoAttributes, unaryPrimitive } from "./elementwise.ts";
import { mul } from "./mul.ts";

const sinPrimitive: Primitive<NoAttributes> = unaryPrimitive({
  name: "sin",
  compute: Math.sin,
  vjp: ({ inputs, cotangents }) => [mul(cotangents[0] as Tensor, cos(inputs[0] as Tensor))],
  onnx: "Sin",
});

/**
 * Elementwise sine. Floats; keeps dtype and shape. Radians.
 *
 * @throws {@link DtypeError} on integers and bool.
 * @example
 * ```ts
 * import { constantOf, evaluate, sin, trace } from "@attnlab/graph";
 * evaluate(trace(() => sin(constantOf("float64", [2], [0, 1])), []), []).data // => Float64Array [0, 0.8414709848078965]
 * ```
 */
export function sin(x: Tensor): Tensor {
  return applyOne(sinPrimitive, [x], {});
}
