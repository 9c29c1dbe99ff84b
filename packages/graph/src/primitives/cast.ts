import { DataError, type Dtype, isFloat, problem } from "@attnlab/check";
import type { NdArray, Primitive } from "../ir/primitive.ts";
import { applyOne, type Tensor, type TensorType } from "../ir/tensor.ts";
import { onnxElementType } from "../lower/element-type.ts";
import { wrap } from "./wrap.ts";

type CastAttributes = { readonly dtype: Dtype };

const castPrimitive: Primitive<CastAttributes> = {
  name: "cast",
  infer: ([x], { dtype }) => [{ dtype, shape: (x as TensorType).shape }],
  evaluate: ([x], { dtype }) => {
    const { data } = x as NdArray;
    if (isFloat(dtype)) return [data];
    if (dtype === "bool") return [data.map((v) => (v === 0 ? 0 : 1))];
    const bad = data.find((v) => !Number.isFinite(v));
    if (bad !== undefined) {
      const fix = "Replace it with where() first.";
      throw new DataError(problem({ where: "cast", expected: `every number must be finite to become ${dtype}`, got: `${bad}`, fix }));
    }
    return [data.map((v) => wrap(Math.trunc(v), dtype))];
  },
  vjp: ({ inputs, cotangents }) => {
    const { dtype } = inputs[0] as Tensor;
    return [isFloat(dtype) ? cast(cotangents[0] as Tensor, dtype) : undefined];
  },
  lower: ({ inputs, attributes, emit }) => [emit("Cast", inputs, { to: { int: onnxElementType(attributes.dtype) } })],
  simplify: ([x], { dtype }) => ((x as Tensor).dtype === dtype ? x : undefined),
};

/**
 * Converts to another dtype; to integers by truncation, to bool by "not zero". Keeps the shape.
 *
 * NaN and infinity have no whole number: the interpreter refuses them with a {@link DataError}, ONNX Runtime gives any number.
 */
export function cast(x: Tensor, dtype: Dtype): Tensor {
  return x.dtype === dtype ? x : applyOne(castPrimitive, [x], { dtype });
}
