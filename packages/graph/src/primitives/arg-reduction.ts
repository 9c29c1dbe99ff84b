import { checkDtype } from "@attnlab/check";
import { type NdArray, notDifferentiable, type Primitive } from "../ir/primitive.ts";
import { applyOne, type Tensor, type TensorType } from "../ir/tensor.ts";
import { reducedShape, resolveAxis } from "./axes.ts";
import { SIGNED } from "./elementwise.ts";
import { checkNotEmpty, keepDimsOption, reduceGroups } from "./reduction.ts";
import type { ReduceOptions } from "./sum.ts";

/** Attributes of `argMax` and `argMin`. */
export type ArgAttributes = { readonly axis: number; readonly keepDims: boolean };

/** Builds the primitive of `argMax` or `argMin`; `better` is strict, so the first of equal elements stays. */
export function argPrimitive(name: string, onnx: string, better: (candidate: number, best: number) => boolean): Primitive<ArgAttributes> {
  return {
    name,
    infer: ([x], { axis, keepDims }) => {
      const { dtype, shape } = x as TensorType;
      checkDtype(name, dtype, SIGNED);
      const reduced = reducedShape(shape, [axis], keepDims);
      checkNotEmpty(name, shape, reduced);
      return [{ dtype: "int64", shape: reduced }];
    },
    evaluate: ([x], { axis }) => [reduceGroups(x as NdArray, [axis], (values) => bestIndex(values, better))],
    vjp: notDifferentiable("an index is piecewise constant"),
    lower: ({ inputs, attributes: { axis, keepDims }, emit }) => [
      emit(onnx, inputs, { axis: { int: axis }, keepdims: { int: keepDims ? 1 : 0 } }),
    ],
  };
}

function bestIndex(values: Float64Array, better: (candidate: number, best: number) => boolean): number {
  let index = 0;
  for (let i = 1; i < values.length; i++) if (better(values[i] as number, values[index] as number)) index = i;
  return index;
}

/** Applies `argMax` or `argMin` along the axis a user named. */
export function argReduce(primitive: Primitive<ArgAttributes>, x: Tensor, axis: number, options: ReduceOptions): Tensor {
  const { keepDims } = keepDimsOption(primitive.name, options);
  return applyOne(primitive, [x], { axis: resolveAxis(primitive.name, axis, x.shape.length), keepDims });
}
