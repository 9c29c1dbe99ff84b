import type { Primitive } from "../ir/primitive.ts";
import { applyOne, type Tensor } from "../ir/tensor.ts";
import { div } from "./div.ts";
import { type NoAttributes, unaryPrimitive } from "./elementwise.ts";

const logPrimitive: Primitive<NoAttributes> = unaryPrimitive({
  name: "log",
  compute: Math.log,
  vjp: ({ inputs, cotangents }) => [div(cotangents[0] as Tensor, inputs[0] as Tensor)],
  onnx: "Log",
});

/**
 * Elementwise natural logarithm. Floats; keeps dtype and shape. Minus infinity at 0, NaN below.
 *
 * @throws {@link DtypeError} on integers and bool.
 * @example
 * ```ts
 * import { constantOf, evaluate, log, trace } from "@attnlab/graph";
 * evaluate(trace(() => log(constantOf("float64", [2], [1, 0])), []), []).data // => Float64Array [0, -Infinity]
 * ```
 */
export function log(x: Tensor): Tensor {
  return applyOne(logPrimitive, [x], {});
}
