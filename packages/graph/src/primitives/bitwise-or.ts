import { notDifferentiable, type Primitive } from "../ir/primitive.ts";
import { applyOne, type Tensor } from "../ir/tensor.ts";
import { binaryPrimitive, type NoAttributes } from "./elementwise.ts";
import { type Operand, operands } from "./operand.ts";

const bitwiseOrPrimitive: Primitive<NoAttributes> = binaryPrimitive({
  name: "bitwiseOr",
  dtypes: ["uint32"],
  // JavaScript's bit operators are signed; the shift by 0 makes the result unsigned.
  compute: (a, b) => (a | b) >>> 0,
  vjp: notDifferentiable("bits are whole numbers"),
  onnx: "BitwiseOr",
});

/**
 * Bits that are set in at least one operand, elementwise with broadcasting. uint32 only.
 *
 * @example
 * ```ts
 * import { bitwiseOr, constantOf, evaluate, trace } from "@attnlab/graph";
 * evaluate(trace(() => bitwiseOr(constantOf("uint32", [1], [6]), 3), []), []).data // => Uint32Array [7]
 * ```
 */
export function bitwiseOr(a: Operand, b: Operand): Tensor {
  return applyOne(bitwiseOrPrimitive, operands("bitwiseOr", a, b), {});
}
