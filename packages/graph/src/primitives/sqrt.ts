import type { Primitive } from "../ir/primitive.ts";
import { applyOne, type Tensor } from "../ir/tensor.ts";
import { div } from "./div.ts";
import { type NoAttributes, unaryPrimitive } from "./elementwise.ts";
import { mul } from "./mul.ts";

const sqrtPrimitive: Primitive<NoAttributes> = unaryPrimitive({
  name: "sqrt",
  compute: Math.sqrt,
  vjp: ({ outputs, cotangents }) => [div(mul(cotangents[0] as Tensor, 0.5), outputs[0] as Tensor)],
  onnx: "Sqrt",
});

/**
 * Elementwise $\sqrt{x}$. Floats; keeps dtype and shape. NaN below 0; its slope at 0 is infinite.
 *
 * @throws {@link DtypeError} on integers and bool.
 * @example
 * ```ts
 * import { constantOf, evaluate, sqrt, trace } from "@attnlab/graph";
 * evaluate(trace(() => sqrt(constantOf("float64", [2], [4, 9])), []), []).data // => Float64Array [2, 3]
 * ```
 */
export function sqrt(x: Tensor): Tensor {
  return applyOne(sqrtPrimitive, [x], {});
}
