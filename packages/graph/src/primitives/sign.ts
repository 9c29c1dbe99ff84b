import { notDifferentiable, type Primitive } from "../ir/primitive.ts";
import { applyOne, type Tensor } from "../ir/tensor.ts";
import { type NoAttributes, SIGNED, unaryPrimitive } from "./elementwise.ts";

const signPrimitive: Primitive<NoAttributes> = unaryPrimitive({
  name: "sign",
  dtypes: SIGNED,
  compute: Math.sign,
  vjp: notDifferentiable("sign is piecewise constant"),
  onnx: "Sign",
});

/**
 * Elementwise sign: -1, 0 or 1, and 0 at 0. Signed dtypes; keeps dtype and shape. No gradient flows through it.
 *
 * @throws {@link DtypeError} on uint32 and bool.
 * @example
 * ```ts
 * import { constantOf, evaluate, sign, trace } from "@attnlab/graph";
 * evaluate(trace(() => sign(constantOf("float64", [3], [-3, 0, 2])), []), []).data // => Float64Array [-1, 0, 1]
 * ```
 */
export function sign(x: Tensor): Tensor {
  return applyOne(signPrimitive, [x], {});
}
