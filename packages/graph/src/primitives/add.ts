import { broadcastShapes, sameShape } from "@attnlab/check";
import type { Primitive } from "../ir/primitive.ts";
import { applyOne, type Tensor } from "../ir/tensor.ts";
import { isConstant } from "./constant.ts";
import { binaryPrimitive, type NoAttributes } from "./elementwise.ts";
import { type Operand, operands } from "./operand.ts";
import { sub } from "./sub.ts";
import { sumTo } from "./sum-to.ts";
import { wrap } from "./wrap.ts";

const addPrimitive: Primitive<NoAttributes> = binaryPrimitive({
  name: "add",
  compute: (a, b, dtype) => wrap(a + b, dtype),
  vjp: ({ inputs: [a, b], cotangents: [c] }) => [sumTo(c as Tensor, (a as Tensor).shape), sumTo(c as Tensor, (b as Tensor).shape)],
  onnx: "Add",
  simplify: (a, b) => {
    const shape = broadcastShapes("add", a.shape, b.shape);
    if (isConstant(b, 0) && sameShape(a.shape, shape)) return a;
    if (isConstant(a, 0) && sameShape(b.shape, shape)) return b;
    if (b.node.primitive.name === "neg") return sub(a, b.node.inputs[0] as Tensor);
    return a.node.primitive.name === "neg" ? sub(b, a.node.inputs[0] as Tensor) : undefined;
  },
});

/** Elementwise $a + b$ with broadcasting. Operands share one dtype, which the result keeps; integers wrap. */
export function add(a: Operand, b: Operand): Tensor {
  return applyOne(addPrimitive, operands("add", a, b), {});
}
