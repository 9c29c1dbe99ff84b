import { DtypeError, problem, UsageError } from "@attnlab/check";
import { isTensor, type Tensor, type TensorType } from "../ir/tensor.ts";
import { constant } from "./constant.ts";

/** A tensor, or a number that takes the dtype of the tensor beside it. */
export type Operand = Tensor | number;

/**
 * Makes tensors of two operands.
 * @throws {@link UsageError} when both are numbers; {@link DtypeError} when the dtypes differ.
 */
export function operands(where: string, a: Operand, b: Operand): readonly [Tensor, Tensor] {
  if (isTensor(a) && isTensor(b)) return [a, b];
  if (isTensor(a) && typeof b === "number") return [a, constant(b, a.dtype)];
  if (isTensor(b) && typeof a === "number") return [constant(a, b.dtype), b];
  const fix = "Make one of them a tensor with constant(value, dtype).";
  throw new UsageError(problem({ where, expected: "at least one operand must be a tensor", got: `${typeof a} and ${typeof b}`, fix }));
}

/** @throws {@link DtypeError} when two inputs differ in dtype. */
export function checkSameDtype(where: string, inputs: readonly TensorType[]): void {
  const first = inputs[0] as TensorType;
  for (const other of inputs) {
    if (other.dtype !== first.dtype) {
      const got = `${first.dtype} and ${other.dtype}`;
      throw new DtypeError(problem({ where, expected: "operands must have one dtype", got, fix: "Convert one of them with cast()." }));
    }
  }
}
