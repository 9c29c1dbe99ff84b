import type { Primitive } from "../ir/primitive.ts";
import { applyOne, type Tensor } from "../ir/tensor.ts";
import { constantValue } from "./constant.ts";
import { type NoAttributes, SIGNED, unaryPrimitive } from "./elementwise.ts";
import { mul } from "./mul.ts";

const negPrimitive: Primitive<NoAttributes> = unaryPrimitive({
  name: "neg",
  dtypes: SIGNED,
  compute: (x) => -x,
  vjp: ({ cotangents }) => [neg(cotangents[0] as Tensor)],
  onnx: "Neg",
  simplify: ({ node }) => {
    if (node.primitive.name === "neg") return node.inputs[0];
    return node.primitive.name === "mul" ? negateFactor(node.inputs as readonly [Tensor, Tensor]) : undefined;
  },
});

/** The sign of a product goes into its constant factor, where folding makes it free. */
function negateFactor([a, b]: readonly [Tensor, Tensor]): Tensor | undefined {
  if (constantValue(a) !== undefined) return mul(neg(a), b);
  return constantValue(b) === undefined ? undefined : mul(a, neg(b));
}

/** Elementwise $-x$. Signed dtypes; keeps dtype and shape. */
export function neg(x: Tensor): Tensor {
  return applyOne(negPrimitive, [x], {});
}
