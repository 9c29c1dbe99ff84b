import { notDifferentiable, type Primitive } from "../ir/primitive.ts";
import { applyOne, type Tensor } from "../ir/tensor.ts";
import { binaryPrimitive, type NoAttributes } from "./elementwise.ts";
import { type Operand, operands } from "./operand.ts";

const bitwiseAndPrimitive: Primitive<NoAttributes> = binaryPrimitive({
  name: "bitwiseAnd",
  dtypes: ["uint32"],
  // JavaScript's bit operators are signed; the shift by 0 makes the result unsigned.
  compute: (a, b) => (a & b) >>> 0,
  vjp: notDifferentiable("bits are whole numbers"),
  onnx: "BitwiseAnd",
});

/**
 * Bits that are set in both operands, elementwise with broadcasting. uint32 only.
 *
 * @example
 * ```ts
 * import { bitwiseAnd, constantOf, evaluate, trace } from "@attnlab/graph";
 * evaluate(trace(() => bitwiseAnd(constantOf("uint32", [1], [6]), 3), []), []).data // => Uint32Array [2]
 * ```
 */
export function bitwiseAnd(a: Operand, b: Operand): Tensor {
  return applyOne(bitwiseAndPrimitive, operands("bitwiseAnd", a, b), {});
}
