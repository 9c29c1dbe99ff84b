import type { Primitive } from "../ir/primitive.ts";
import { applyOne, type Tensor } from "../ir/tensor.ts";
import { type NoAttributes, unaryPrimitive } from "./elementwise.ts";

const negPrimitive: Primitive<NoAttributes> = unaryPrimitive({
  name: "neg",
  dtypes: ["float32", "float64", "int32", "int64"],
  compute: (x) => -x,
  vjp: ({ cotangents }) => [neg(cotangents[0] as Tensor)],
  onnx: "Neg",
  simplify: (x) => (x.node.primitive.name === "neg" ? x.node.inputs[0] : undefined),
});

/** Elementwise $-x$. Signed dtypes; keeps dtype and shape. */
export function neg(x: Tensor): Tensor {
  return applyOne(negPrimitive, [x], {});
}
