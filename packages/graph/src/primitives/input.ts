import { UsageError } from "@attnlab/check";
import { notDifferentiable, type Primitive } from "../ir/primitive.ts";
import { applyOne, type Tensor, type TensorType } from "../ir/tensor.ts";

type InputAttributes = { readonly dtype: TensorType["dtype"]; readonly shape: readonly number[] };

function notFed(): never {
  throw new UsageError(
    "input: an input must be fed before it is used; got a tensor of another trace. Pass it as an argument of the traced function.",
  );
}

/** The place where a value enters a program. Every input is its own node: two of one type are never merged. */
export const inputPrimitive: Primitive<InputAttributes> = {
  name: "input",
  infer: (_, { dtype, shape }) => [{ dtype, shape }],
  evaluate: notFed,
  vjp: notDifferentiable("an input has no inputs"),
  lower: notFed,
};

/** A fresh symbolic input. */
export function inputTensor(type: TensorType): Tensor {
  return applyOne(inputPrimitive, [], { dtype: type.dtype, shape: type.shape });
}
