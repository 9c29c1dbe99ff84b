import { tensorData } from "@attnlab/check";
import type { NdArray, Primitive } from "../ir/primitive.ts";
import { type Attributes, applyOne, type Tensor, type TensorType } from "../ir/tensor.ts";
import type { LowerContext } from "../lower/context.ts";
import { axisView, forEachLine } from "./axis-view.ts";
import { checkIndexRange } from "./indices.ts";
import { takeAlongAxis } from "./take-along-axis.ts";

type ScatterAttributes = { readonly axis: number; readonly size: number };

const scatterAlongAxisPrimitive: Primitive<ScatterAttributes> = {
  name: "scatterAlongAxis",
  infer: ([, updates], { axis, size }) => {
    const { dtype, shape } = updates as TensorType;
    return [{ dtype, shape: shape.map((n, k) => (k === axis ? size : n)) }];
  },
  evaluate: ([indices, updates], { axis, size }) => {
    const [index, source] = [indices as NdArray, updates as NdArray];
    checkIndexRange("scatterAddAlongAxis", index, size);
    const view = axisView(source.shape, axis);
    const result = new Float64Array(view.outer * size * view.inner);
    forEachLine(view, (start, line) => {
      const target = Math.floor(line / view.inner) * size * view.inner + (line % view.inner);
      for (let k = 0; k < view.size; k++) {
        const at = start + k * view.inner;
        const place = target + (index.data[at] as number) * view.inner;
        result[place] = (result[place] as number) + (source.data[at] as number);
      }
    });
    return [result];
  },
  vjp: ({ inputs, attributes, cotangents }) => [undefined, takeAlongAxis(cotangents[0] as Tensor, inputs[0] as Tensor, attributes.axis)],
  lower: (context) => {
    const { inputs, outputTypes, attributes, emit } = context;
    const zeros = emitZeros(context, outputTypes[0] as Tensor);
    const options = { axis: { int: attributes.axis }, reduction: { string: "add" } };
    return [emit("ScatterElements", [zeros, ...inputs], options)];
  },
};

/** Emits zeros of a type without storing them. */
export function emitZeros({ constant, emit, shape }: LowerContext<Attributes>, type: TensorType): string {
  return emit("Expand", [constant(tensorData(type.dtype, [], [0])), shape(type.shape)]);
}

/**
 * The transpose of {@link takeAlongAxis}: adds every update to the element of a tensor of zeros that its index names.
 *
 * @param size - of the axis in the result.
 */
export function scatterAlongAxis(indices: Tensor, updates: Tensor, size: number, axis: number): Tensor {
  return applyOne(scatterAlongAxisPrimitive, [indices, updates], { axis, size });
}
