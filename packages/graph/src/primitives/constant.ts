import { type Dtype, type Shape, type TensorData, tensorData, toNumbers } from "@attnlab/check";
import { notDifferentiable, type Primitive } from "../ir/primitive.ts";
import { applyOne, type Tensor } from "../ir/tensor.ts";

type ConstantAttributes = { readonly value: TensorData };

/** Values known when a program is traced. */
export const constantPrimitive: Primitive<ConstantAttributes> = {
  name: "constant",
  infer: (_, { value }) => [{ dtype: value.dtype, shape: value.shape }],
  evaluate: (_, { value }) => [toNumbers(value)],
  vjp: notDifferentiable("a constant has no inputs"),
  lower: ({ attributes, constant }) => [constant(attributes.value)],
};

/**
 * A tensor whose values are fixed in the program.
 *
 * @param values - a number for a scalar, or tensor data, which also gives dtype and shape.
 * @param dtype - of a scalar; default `"float32"`.
 */
export function constant(values: TensorData | number, dtype: Dtype = "float32"): Tensor {
  const value = typeof values === "number" ? tensorData(dtype, [], [values]) : values;
  return applyOne(constantPrimitive, [], { value });
}

/** A constant from numbers. */
export function constantOf(dtype: Dtype, shape: Shape, values: ArrayLike<number>): Tensor {
  return constant(tensorData(dtype, shape, values));
}

/** The values of a constant tensor, or `undefined` for any other tensor. */
export function constantValue(tensor: Tensor): TensorData | undefined {
  return tensor.node.primitive.name === constantPrimitive.name ? (tensor.node.attributes["value"] as TensorData) : undefined;
}

/** Whether a tensor is a constant that holds `number` in every element. */
export function isConstant(tensor: Tensor, number: number): boolean {
  const value = constantValue(tensor);
  if (value === undefined || value.data.length === 0) return false;
  const wanted = value.dtype === "int64" ? BigInt(Number.isInteger(number) ? number : 0) : number;
  return (value.data as ArrayLike<number | bigint>).length <= 1024 && Array.prototype.every.call(value.data, (v) => v === wanted);
}
