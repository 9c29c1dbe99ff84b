import { problem, ShapeError, showShape } from "@attnlab/check";
import type { NdArray, Primitive } from "../ir/primitive.ts";
import { applyOne, type Tensor, type TensorType } from "../ir/tensor.ts";
import { resolveAxis } from "./axes.ts";
import { axisView } from "./axis-view.ts";
import { checkIndexDtype, checkIndexRange } from "./indices.ts";
import { scatter } from "./scatter-add.ts";

type AxisAttributes = { readonly axis: number };

const gatherPrimitive: Primitive<AxisAttributes> = {
  name: "gather",
  infer: ([x, indices], { axis }) => {
    checkIndexDtype("gather", indices as TensorType);
    const { dtype, shape } = x as TensorType;
    return [{ dtype, shape: gatheredShape(shape, (indices as TensorType).shape, axis) }];
  },
  evaluate: ([x, indices], { axis }) => {
    const { data, shape } = x as NdArray;
    const { outer, size, inner } = axisView(shape, axis);
    const at = (indices as NdArray).data;
    checkIndexRange("gather", indices as NdArray, size);
    const result = new Float64Array(outer * at.length * inner);
    for (let o = 0; o < outer; o++) {
      for (let k = 0; k < at.length; k++) {
        const from = (o * size + (at[k] as number)) * inner;
        result.set(data.subarray(from, from + inner), (o * at.length + k) * inner);
      }
    }
    return [result];
  },
  vjp: ({ inputs, attributes, cotangents }) => {
    const size = (inputs[0] as Tensor).shape[attributes.axis] as number;
    return [scatter(inputs[1] as Tensor, cotangents[0] as Tensor, size, attributes.axis), undefined];
  },
  lower: ({ inputs, attributes, emit }) => [emit("Gather", inputs, { axis: { int: attributes.axis } })],
};

/** The shape of a gather: the axis is replaced by the axes of the indices. */
export function gatheredShape(shape: readonly number[], indices: readonly number[], axis: number): number[] {
  return [...shape.slice(0, axis), ...indices, ...shape.slice(axis + 1)];
}

/**
 * Looks entries up along one axis: $y_{\ldots i \ldots} = x_{\ldots \mathrm{indices}_i \ldots}$; with a table of shape
 * `[vocabulary, features]` and ids it is an embedding.
 *
 * Shapes: `x [..., n, ...]`, `indices [i, j, ...]` → `[..., i, j, ..., ...]`. Keeps the dtype of `x`.
 *
 * @param indices - int64 from 0 to n - 1. The interpreter refuses others with a {@link DataError}; ONNX Runtime also fails
 *   beyond the ends but counts negative ones from the end, so do not rely on them.
 * @param axis - negative numbers count from the end. Default 0.
 * @throws {@link DtypeError} when the indices are not int64; {@link ShapeError} when the axis is outside the rank.
 * @example
 * ```ts
 * import { constantOf, evaluate, gather, trace } from "@attnlab/graph";
 * const table = constantOf("float64", [3, 2], [0, 1, 10, 11, 20, 21]);
 * evaluate(trace(() => gather(table, constantOf("int64", [2], [2, 0])), []), []).data // => Float64Array [20, 21, 0, 1]
 * ```
 */
export function gather(x: Tensor, indices: Tensor, axis = 0): Tensor {
  if (x.shape.length === 0) {
    const fix = "Give the tensor at least one axis.";
    throw new ShapeError(problem({ where: "gather", expected: "the tensor must have an axis to look up", got: showShape(x.shape), fix }));
  }
  return applyOne(gatherPrimitive, [x, indices], { axis: resolveAxis("gather", axis, x.shape.length) });
}
