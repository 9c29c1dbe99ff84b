import type { Primitive } from "../ir/primitive.ts";
import { applyOne, type Tensor } from "../ir/tensor.ts";
import { greater } from "./comparison.ts";
import { type NoAttributes, unaryPrimitive } from "./elementwise.ts";
import { where } from "./where.ts";

const reluPrimitive: Primitive<NoAttributes> = unaryPrimitive({
  name: "relu",
  compute: (x) => Math.max(x, 0),
  vjp: ({ outputs, cotangents }) => [where(greater(outputs[0] as Tensor, 0), cotangents[0] as Tensor, 0)],
  onnx: "Relu",
});

/**
 * Elementwise $\max(x, 0)$. Floats; keeps dtype and shape. The gradient at 0 is 0.
 *
 * @throws {@link DtypeError} on integers and bool.
 * @example
 * ```ts
 * import { constantOf, evaluate, relu, trace } from "@attnlab/graph";
 * evaluate(trace(() => relu(constantOf("float64", [2], [-1, 2])), []), []).data // => Float64Array [0, 2]
 * ```
 */
export function relu(x: Tensor): Tensor {
  return applyOne(reluPrimitive, [x], {});
}
