import { notDifferentiable, type Primitive } from "../ir/primitive.ts";
import { applyOne, type Tensor } from "../ir/tensor.ts";
import { binaryPrimitive, type NoAttributes } from "./elementwise.ts";
import { type Operand, operands } from "./operand.ts";

const bitShiftRightPrimitive: Primitive<NoAttributes> = binaryPrimitive({
  name: "bitShiftRight",
  dtypes: ["uint32"],
  compute: (a, b) => (a >>> b) >>> 0,
  vjp: notDifferentiable("bits are whole numbers"),
  onnx: ({ inputs, emit }) => emit("BitShift", inputs, { direction: { string: "RIGHT" } }),
});

/**
 * Moves bits to the right, elementwise with broadcasting: zeros come in from the left, and what leaves on the right is lost. uint32 only.
 *
 * @param by - number of places from 0 to 31; more is undefined.
 * @example
 * ```ts
 * import { bitShiftRight, constantOf, evaluate, trace } from "@attnlab/graph";
 * evaluate(trace(() => bitShiftRight(constantOf("uint32", [2], [1, 2 ** 31]), 1), []), []).data // => Uint32Array [0, 1073741824]
 * ```
 */
export function bitShiftRight(x: Operand, by: Operand): Tensor {
  return applyOne(bitShiftRightPrimitive, operands("bitShiftRight", x, by), {});
}
