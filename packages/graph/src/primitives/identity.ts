import type { NdArray, Primitive } from "../ir/primitive.ts";
import { applyOne, type Tensor, type TensorType } from "../ir/tensor.ts";
import type { NoAttributes } from "./elementwise.ts";

const identityPrimitive: Primitive<NoAttributes> = {
  name: "identity",
  infer: ([x]) => [x as TensorType],
  evaluate: ([x]) => [(x as NdArray).data],
  vjp: ({ cotangents }) => [cotangents[0]],
  lower: ({ inputs }) => inputs,
  simplify: ([x]) => x,
};

/** The same values under a new name; it disappears from traced programs. Keeps dtype and shape. */
export function identity(x: Tensor): Tensor {
  return applyOne(identityPrimitive, [x], {});
}
