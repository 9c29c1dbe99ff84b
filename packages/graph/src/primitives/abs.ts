import type { Primitive } from "../ir/primitive.ts";
import { applyOne, type Tensor } from "../ir/tensor.ts";
import { type NoAttributes, SIGNED, unaryPrimitive } from "./elementwise.ts";
import { mul } from "./mul.ts";
import { sign } from "./sign.ts";

const absPrimitive: Primitive<NoAttributes> = unaryPrimitive({
  name: "abs",
  dtypes: SIGNED,
  compute: Math.abs,
  vjp: ({ inputs, cotangents }) => [mul(cotangents[0] as Tensor, sign(inputs[0] as Tensor))],
  onnx: "Abs",
});

/**
 * Elementwise $|x|$. Signed dtypes; keeps dtype and shape. The gradient at 0 is 0.
 *
 * @throws {@link DtypeError} on uint32 and bool.
 * @example
 * ```ts
 * import { abs, constantOf, evaluate, trace } from "@attnlab/graph";
 * evaluate(trace(() => abs(constantOf("float64", [2], [-1, 2])), []), []).data // => Float64Array [1, 2]
 * ```
 */
export function abs(x: Tensor): Tensor {
  return applyOne(absPrimitive, [x], {});
}
