import type { Primitive } from "../ir/primitive.ts";
import { applyOne, type Tensor } from "../ir/tensor.ts";
import { type NoAttributes, unaryPrimitive } from "./elementwise.ts";
import { mul } from "./mul.ts";
import { neg } from "./neg.ts";
import { square } from "./square.ts";

const reciprocalPrimitive: Primitive<NoAttributes> = unaryPrimitive({
  name: "reciprocal",
  compute: (x) => 1 / x,
  vjp: ({ outputs, cotangents }) => [neg(mul(cotangents[0] as Tensor, square(outputs[0] as Tensor)))],
  onnx: "Reciprocal",
});

/**
 * Elementwise $1 / x$. Floats; keeps dtype and shape. Infinite at 0.
 *
 * @throws {@link DtypeError} on integers and bool.
 * @example
 * ```ts
 * import { constantOf, evaluate, reciprocal, trace } from "@attnlab/graph";
 * evaluate(trace(() => reciprocal(constantOf("float64", [2], [2, 4])), []), []).data // => Float64Array [0.5, 0.25]
 * ```
 */
export function reciprocal(x: Tensor): Tensor {
  return applyOne(reciprocalPrimitive, [x], {});
}
