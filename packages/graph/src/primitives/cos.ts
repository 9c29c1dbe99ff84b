import type { Primitive } from "../ir/primitive.ts";
import { applyOne, type Tensor } from "../ir/tensor.ts";
import { type NoAttributes, unaryPrimitive } from "./elementwise.ts";
import { mul } from "./mul.ts";
import { neg } from "./neg.ts";
import { sin } from "./sin.ts";

const cosPrimitive: Primitive<NoAttributes> = unaryPrimitive({
  name: "cos",
  compute: Math.cos,
  vjp: ({ inputs, cotangents }) => [neg(mul(cotangents[0] as Tensor, sin(inputs[0] as Tensor)))],
  onnx: "Cos",
});

/**
 * Elementwise cosine. Floats; keeps dtype and shape. Radians.
 *
 * @throws {@link DtypeError} on integers and bool.
 * @example
 * ```ts
 * import { constantOf, evaluate, cos, trace } from "@attnlab/graph";
 * evaluate(trace(() => cos(constantOf("float64", [2], [0, 1])), []), []).data // => Float64Array [1, 0.5403023058681398]
 * ```
 */
export function cos(x: Tensor): Tensor {
  return applyOne(cosPrimitive, [x], {});
}
