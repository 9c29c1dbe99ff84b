import { checkDtype, problem, ShapeError, sameShape, showShape } from "@attnlab/check";
import type { NdArray, Primitive } from "../ir/primitive.ts";
import { applyOne, type Tensor, type TensorType } from "../ir/tensor.ts";
import { axisView, forEachLine } from "./axis-view.ts";
import { FLOATS } from "./elementwise.ts";
import { checkIndexRange } from "./indices.ts";
import { checkSameDtype } from "./operand.ts";
import { checkAligned, takeAlongAxis } from "./take-along-axis.ts";

type AxisAttributes = { readonly axis: number };

const scatterAddAlongAxisPrimitive: Primitive<AxisAttributes> = {
  name: "scatterAddAlongAxis",
  infer: ([x, indices, updates], { axis }) => {
    const [target, index, source] = [x as TensorType, indices as TensorType, updates as TensorType];
    checkSameDtype("scatterAddAlongAxis", [target, source]);
    checkDtype("scatterAddAlongAxis", target.dtype, FLOATS);
    checkAligned("scatterAddAlongAxis", target, index, axis);
    if (!sameShape(index.shape, source.shape)) {
      const expected = `updates must have the shape of the indices, ${showShape(index.shape)}`;
      const fix = "Pass one update per index.";
      throw new ShapeError(problem({ where: "scatterAddAlongAxis", expected, got: showShape(source.shape), fix }));
    }
    return [{ dtype: target.dtype, shape: target.shape }];
  },
  evaluate: ([x, indices, updates], { axis }) => {
    const { data, shape } = x as NdArray;
    const [index, source] = [indices as NdArray, updates as NdArray];
    const to = axisView(shape, axis);
    checkIndexRange("scatterAddAlongAxis", index, to.size);
    const result = Float64Array.from(data);
    const from = axisView(index.shape, axis);
    forEachLine(from, (start, line) => {
      const target = Math.floor(line / to.inner) * to.size * to.inner + (line % to.inner);
      for (let k = 0; k < from.size; k++) {
        const at = start + k * from.inner;
        const place = target + (index.data[at] as number) * to.inner;
        result[place] = (result[place] as number) + (source.data[at] as number);
      }
    });
    return [result];
  },
  vjp: ({ inputs, attributes, cotangents }) => {
    const c = cotangents[0] as Tensor;
    return [c, undefined, takeAlongAxis(c, inputs[1] as Tensor, attributes.axis)];
  },
  lower: ({ inputs, attributes, emit }) => [
    emit("ScatterElements", inputs, { axis: { int: attributes.axis }, reduction: { string: "add" } }),
  ],
};

/** The transpose of {@link takeAlongAxis}: adds every update to the element that its index names. Floats; keeps the dtype. */
export function scatterAddAlongAxis(x: Tensor, indices: Tensor, updates: Tensor, axis: number): Tensor {
  return applyOne(scatterAddAlongAxisPrimitive, [x, indices, updates], { axis });
}
