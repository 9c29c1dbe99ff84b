import { problem, ShapeError, showShape } from "@attnlab/check";
import type { NdArray, Primitive } from "../ir/primitive.ts";
import { applyOne, type Tensor, type TensorType } from "../ir/tensor.ts";
import { resolveAxis } from "./axes.ts";
import { axisView, forEachLine } from "./axis-view.ts";
import { checkIndexDtype, checkIndexRange } from "./indices.ts";
import { scatterAlongAxis } from "./scatter-along-axis.ts";

type AxisAttributes = { readonly axis: number };

const takeAlongAxisPrimitive: Primitive<AxisAttributes> = {
  name: "takeAlongAxis",
  infer: ([x, indices], { axis }) => {
    checkAligned("takeAlongAxis", x as TensorType, indices as TensorType, axis);
    return [{ dtype: (x as TensorType).dtype, shape: (indices as TensorType).shape }];
  },
  evaluate: ([x, indices], { axis }) => {
    const { data, shape } = x as NdArray;
    const index = indices as NdArray;
    const from = axisView(shape, axis);
    checkIndexRange("takeAlongAxis", index, from.size);
    const result = new Float64Array(index.data.length);
    const to = axisView(index.shape, axis);
    forEachLine(to, (start, line) => {
      const source = Math.floor(line / from.inner) * from.size * from.inner + (line % from.inner);
      for (let k = 0; k < to.size; k++) {
        const at = start + k * to.inner;
        result[at] = data[source + (index.data[at] as number) * from.inner] as number;
      }
    });
    return [result];
  },
  vjp: ({ inputs, attributes, cotangents }) => {
    const size = (inputs[0] as Tensor).shape[attributes.axis] as number;
    return [scatterAlongAxis(inputs[1] as Tensor, cotangents[0] as Tensor, size, attributes.axis), undefined];
  },
  lower: ({ inputs, attributes, emit }) => [emit("GatherElements", inputs, { axis: { int: attributes.axis } })],
};

/** @throws {@link ShapeError} when indices differ from `x` in another axis than `axis`; {@link DtypeError} when they are not int64. */
export function checkAligned(where: string, x: TensorType, indices: TensorType, axis: number): void {
  checkIndexDtype(where, indices);
  if (indices.shape.length !== x.shape.length || indices.shape.some((n, k) => k !== axis && n !== x.shape[k])) {
    const expected = `indices must agree with the tensor in every axis but ${axis}`;
    const got = `${showShape(indices.shape)} for ${showShape(x.shape)}`;
    throw new ShapeError(problem({ where, expected, got, fix: "Broadcast the indices first, or use gather() for whole entries." }));
  }
}

/**
 * Looks elements up along one axis, by indices of their own for every line:
 * $y_{\ldots i \ldots} = x_{\ldots \mathrm{indices}_{\ldots i \ldots} \ldots}$.
 *
 * Shapes: `x [..., n, ...]`, `indices [..., k, ...]` → `[..., k, ...]`. Keeps the dtype of `x`.
 *
 * @param indices - int64 from 0 to n - 1; the interpreter refuses others with a {@link DataError}.
 * @param axis - negative numbers count from the end. Default -1.
 * @throws {@link ShapeError} when `indices` and `x` differ in another axis; {@link DtypeError} when the indices are not int64.
 * @example
 * ```ts
 * import { constantOf, evaluate, takeAlongAxis, trace } from "@attnlab/graph";
 * const x = constantOf("float64", [2, 3], [1, 2, 3, 4, 5, 6]);
 * evaluate(trace(() => takeAlongAxis(x, constantOf("int64", [2, 1], [2, 0])), []), []).data // => Float64Array [3, 4]
 * ```
 */
export function takeAlongAxis(x: Tensor, indices: Tensor, axis = -1): Tensor {
  return applyOne(takeAlongAxisPrimitive, [x, indices], { axis: resolveAxis("takeAlongAxis", axis, x.shape.length) });
}
