import { broadcastShapes, sameShape } from "@attnlab/check";
import type { Primitive } from "../ir/primitive.ts";
import { applyOne, type Tensor } from "../ir/tensor.ts";
import { isConstant } from "./constant.ts";
import { binaryPrimitive, type NoAttributes } from "./elementwise.ts";
import { type Operand, operands } from "./operand.ts";
import { sumTo } from "./sum-to.ts";
import { wrap } from "./wrap.ts";

const mulPrimitive: Primitive<NoAttributes> = binaryPrimitive({
  name: "mul",
  // A product of two 32-bit integers exceeds 2^53; Math.imul keeps its low 32 bits exactly.
  compute: (a, b, dtype) => (dtype === "uint32" || dtype === "int32" ? wrap(Math.imul(a, b), dtype) : a * b),
  vjp: ({ inputs, cotangents, needs }) => {
    const [a, b, c] = [inputs[0] as Tensor, inputs[1] as Tensor, cotangents[0] as Tensor];
    return [needs[0] ? sumTo(mul(c, b), a.shape) : undefined, needs[1] ? sumTo(mul(c, a), b.shape) : undefined];
  },
  onnx: "Mul",
  simplify: (a, b) => {
    const shape = broadcastShapes("mul", a.shape, b.shape);
    if (isConstant(b, 1) && sameShape(a.shape, shape)) return a;
    if (isConstant(a, 1) && sameShape(b.shape, shape)) return b;
    return undefined;
  },
});

/** Elementwise $a \cdot b$ with broadcasting. Operands share one dtype, which the result keeps; integers wrap. */
export function mul(a: Operand, b: Operand): Tensor {
  return applyOne(mulPrimitive, operands("mul", a, b), {});
}
