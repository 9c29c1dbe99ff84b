import { notDifferentiable, type Primitive } from "../ir/primitive.ts";
import { applyOne, type Tensor } from "../ir/tensor.ts";
import { binaryPrimitive, type NoAttributes } from "./elementwise.ts";
import { type Operand, operands } from "./operand.ts";

const bitShiftLeftPrimitive: Primitive<NoAttributes> = binaryPrimitive({
  name: "bitShiftLeft",
  dtypes: ["uint32"],
  compute: (a, b) => (a << b) >>> 0,
  vjp: notDifferentiable("bits are whole numbers"),
  onnx: ({ inputs, emit }) => emit("BitShift", inputs, { direction: { string: "LEFT" } }),
});

/**
 * Moves bits to the left, elementwise with broadcasting: zeros come in from the right, and what leaves on the left is lost. uint32 only.
 *
 * @param by - number of places from 0 to 31; more is undefined.
 * @example
 * ```ts
 * import { bitShiftLeft, constantOf, evaluate, trace } from "@attnlab/graph";
 * evaluate(trace(() => bitShiftLeft(constantOf("uint32", [2], [1, 2 ** 31]), 1), []), []).data // => Uint32Array [2, 0]
 * ```
 */
export function bitShiftLeft(x: Operand, by: Operand): Tensor {
  return applyOne(bitShiftLeftPrimitive, operands("bitShiftLeft", x, by), {});
}
