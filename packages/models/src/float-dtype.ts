import { type OptionRule, oneOfOption, type TensorData, tensorData } from "@attnlab/check";

/** Element types that parameters can have. */
export type FloatDtype = "float32" | "float64";

/** The rule of every `dtype` option. */
export const dtypeOption: OptionRule<FloatDtype> = oneOfOption(["float32", "float64"], {
  doc: "Element type of the parameters.",
  default: "float32",
});

/** A tensor whose values `fill` writes in place, drawn in the precision of the dtype. */
export function filledTensor(
  dtype: FloatDtype,
  shape: readonly number[],
  fill: (values: Float32Array | Float64Array) => Float32Array | Float64Array,
): TensorData {
  const size = shape.reduce((a, b) => a * b, 1);
  return tensorData(dtype, shape, fill(dtype === "float32" ? new Float32Array(size) : new Float64Array(size)));
}

/** A tensor of one number. */
export function constantTensor(dtype: FloatDtype, shape: readonly number[], value: number): TensorData {
  return filledTensor(dtype, shape, (values) => values.fill(value));
}
