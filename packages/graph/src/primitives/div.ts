import { broadcastShapes, sameShape } from "@attnlab/check";
import type { Primitive } from "../ir/primitive.ts";
import { applyOne, type Tensor } from "../ir/tensor.ts";
import { isConstant } from "./constant.ts";
import { binaryPrimitive, FLOATS, type NoAttributes } from "./elementwise.ts";
import { mul } from "./mul.ts";
import { neg } from "./neg.ts";
import { type Operand, operands } from "./operand.ts";
import { sumTo } from "./sum-to.ts";

const divPrimitive: Primitive<NoAttributes> = binaryPrimitive({
  name: "div",
  dtypes: FLOATS,
  compute: (a, b) => a / b,
  vjp: ({ inputs, outputs, cotangents, needs }) => {
    const [a, b, y] = [inputs[0] as Tensor, inputs[1] as Tensor, outputs[0] as Tensor];
    const scaled = div(cotangents[0] as Tensor, b);
    return [needs[0] ? sumTo(scaled, a.shape) : undefined, needs[1] ? neg(sumTo(mul(scaled, y), b.shape)) : undefined];
  },
  onnx: "Div",
  simplify: (a, b) => (isConstant(b, 1) && sameShape(a.shape, broadcastShapes("div", a.shape, b.shape)) ? a : undefined),
});

/**
 * Elementwise $a / b$ with broadcasting. Floats of one dtype, which the result keeps.
 *
 * Division by zero gives an infinity or NaN, as IEEE 754 says. Integers are refused: convert them with `cast` first.
 *
 * @throws {@link DtypeError} on integers or when the dtypes differ; {@link ShapeError} when the shapes do not broadcast.
 * @example
 * ```ts
 * import { constantOf, div, evaluate, trace } from "@attnlab/graph";
 * evaluate(trace(() => div(1, constantOf("float64", [2], [2, 4])), []), []).data // => Float64Array [0.5, 0.25]
 * ```
 */
export function div(a: Operand, b: Operand): Tensor {
  return applyOne(divPrimitive, operands("div", a, b), {});
}
