import { checkDtype, sizeOf } from "@attnlab/check";
import type { NdArray, Primitive } from "../ir/primitive.ts";
import type { Tensor, TensorType } from "../ir/tensor.ts";
import { type Axes, reducedShape } from "./axes.ts";
import { broadcastTo } from "./broadcast-to.ts";
import { broadcastIndex, SIGNED } from "./elementwise.ts";
import { reduce } from "./reduction.ts";
import { reshape } from "./reshape.ts";
import { wrap } from "./wrap.ts";

/** Attributes of a reduction. */
export type ReduceAttributes = { readonly axes: readonly number[]; readonly keepDims: boolean };

/** How a reduction treats its axes. */
export interface ReduceOptions {
  /** Keep reduced axes with size 1. Default `false`. */
  readonly keepDims?: boolean;
}

const sumPrimitive: Primitive<ReduceAttributes> = {
  name: "sum",
  infer: ([x], { axes, keepDims }) => {
    const { dtype, shape } = x as TensorType;
    checkDtype("sum", dtype, SIGNED);
    return [{ dtype, shape: reducedShape(shape, axes, keepDims) }];
  },
  evaluate: ([x], { axes }) => {
    const { data, shape, dtype } = x as NdArray;
    const kept = reducedShape(shape, axes, true);
    const out = new Float64Array(sizeOf(kept));
    const index = broadcastIndex(kept, shape);
    for (let i = 0; i < data.length; i++) out[index(i)] = (out[index(i)] as number) + (data[i] as number);
    return [out.map((v) => wrap(v, dtype))];
  },
  vjp: ({ inputs, cotangents, attributes }) => {
    const { shape } = inputs[0] as Tensor;
    return [broadcastTo(reshape(cotangents[0] as Tensor, reducedShape(shape, attributes.axes, true)), shape)];
  },
  lower: ({ inputs, attributes, emit, int64s }) => [
    emit("ReduceSum", [inputs[0] as string, int64s(attributes.axes)], { keepdims: { int: attributes.keepDims ? 1 : 0 } }),
  ],
  simplify: ([x], { axes, keepDims }) => {
    const input = x as Tensor;
    // Summing axes of size 1 only renames them.
    return axes.every((axis) => input.shape[axis] === 1) ? reshape(input, reducedShape(input.shape, axes, keepDims)) : undefined;
  },
};

/**
 * Sum over axes. Floats and signed integers; keeps the dtype. An int32 sum beyond the range is unspecified.
 *
 * @param axes - default: all, which gives a scalar.
 * @throws {@link ShapeError} when an axis is outside the rank; {@link OptionError} on an unknown option.
 */
export function sum(x: Tensor, axes?: Axes, options: ReduceOptions = {}): Tensor {
  return reduce(sumPrimitive, x, axes, options);
}
