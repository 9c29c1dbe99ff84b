import { notDifferentiable, type Primitive } from "../ir/primitive.ts";
import { applyOne, type Tensor } from "../ir/tensor.ts";
import { binaryPrimitive, type NoAttributes } from "./elementwise.ts";
import { type Operand, operands } from "./operand.ts";

const bitwiseXorPrimitive: Primitive<NoAttributes> = binaryPrimitive({
  name: "bitwiseXor",
  dtypes: ["uint32"],
  // JavaScript's bit operators are signed; the shift by 0 makes the result unsigned.
  compute: (a, b) => (a ^ b) >>> 0,
  vjp: notDifferentiable("bits are whole numbers"),
  onnx: "BitwiseXor",
});

/**
 * Bits that are set in exactly one operand, elementwise with broadcasting. uint32 only.
 *
 * @example
 * ```ts
 * import { bitwiseXor, constantOf, evaluate, trace } from "@attnlab/graph";
 * evaluate(trace(() => bitwiseXor(constantOf("uint32", [1], [6]), 3), []), []).data // => Uint32Array [5]
 * ```
 */
export function bitwiseXor(a: Operand, b: Operand): Tensor {
  return applyOne(bitwiseXorPrimitive, operands("bitwiseXor", a, b), {});
}
