import type { Primitive } from "../ir/primitive.ts";
import { applyOne, type Tensor } from "../ir/tensor.ts";
import { type NoAttributes, unaryPrimitive } from "./elementwise.ts";
import { mul } from "./mul.ts";

const squarePrimitive: Primitive<NoAttributes> = unaryPrimitive({
  name: "square",
  compute: (x) => x * x,
  vjp: ({ inputs, cotangents }) => [mul(cotangents[0] as Tensor, mul(inputs[0] as Tensor, 2))],
  onnx: ({ inputs: [x], emit }) => emit("Mul", [x as string, x as string]),
});

/**
 * Elementwise $x^2$. Floats; keeps dtype and shape.
 *
 * @throws {@link DtypeError} on integers and bool.
 * @example
 * ```ts
 * import { constantOf, evaluate, square, trace } from "@attnlab/graph";
 * evaluate(trace(() => square(constantOf("float64", [2], [-3, 2])), []), []).data // => Float64Array [9, 4]
 * ```
 */
export function square(x: Tensor): Tensor {
  return applyOne(squarePrimitive, [x], {});
}
