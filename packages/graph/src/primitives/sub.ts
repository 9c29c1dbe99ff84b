import { broadcastShapes, sameShape } from "@attnlab/check";
import type { Primitive } from "../ir/primitive.ts";
import { applyOne, type Tensor } from "../ir/tensor.ts";
import { add } from "./add.ts";
import { isConstant } from "./constant.ts";
import { binaryPrimitive, type NoAttributes } from "./elementwise.ts";
import { neg } from "./neg.ts";
import { type Operand, operands } from "./operand.ts";
import { sumTo } from "./sum-to.ts";
import { wrap } from "./wrap.ts";

const subPrimitive: Primitive<NoAttributes> = binaryPrimitive({
  name: "sub",
  compute: (a, b, dtype) => wrap(a - b, dtype),
  vjp: ({ inputs: [a, b], cotangents: [c], needs }) => [
    needs[0] ? sumTo(c as Tensor, (a as Tensor).shape) : undefined,
    needs[1] ? neg(sumTo(c as Tensor, (b as Tensor).shape)) : undefined,
  ],
  onnx: "Sub",
  simplify: (a, b) => {
    if (isConstant(b, 0) && sameShape(a.shape, broadcastShapes("sub", a.shape, b.shape))) return a;
    return b.node.primitive.name === "neg" ? add(a, b.node.inputs[0] as Tensor) : undefined;
  },
});

/**
 * Elementwise $a - b$ with broadcasting. Operands share one dtype, which the result keeps; integers wrap.
 *
 * @throws {@link DtypeError} when the dtypes differ; {@link ShapeError} when the shapes do not broadcast.
 * @example
 * ```ts
 * import { constantOf, evaluate, sub, trace } from "@attnlab/graph";
 * evaluate(trace(() => sub(constantOf("float64", [2], [3, 5]), 1), []), []).data // => Float64Array [2, 4]
 * ```
 */
export function sub(a: Operand, b: Operand): Tensor {
  return applyOne(subPrimitive, operands("sub", a, b), {});
}
