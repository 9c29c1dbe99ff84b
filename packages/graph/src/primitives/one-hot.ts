import { checkDtype, type Dtype, problem, ShapeError, show } from "@attnlab/check";
import { type NdArray, notDifferentiable, type Primitive } from "../ir/primitive.ts";
import { applyOne, type Tensor, type TensorType } from "../ir/tensor.ts";
import { onnxElementType } from "../lower/element-type.ts";
import { checkIndexDtype } from "./indices.ts";
import { iotaName } from "./iota.ts";

type OneHotAttributes = { readonly depth: number; readonly dtype: Dtype };

const oneHotPrimitive: Primitive<OneHotAttributes> = {
  name: "oneHot",
  infer: ([indices], { depth, dtype }) => {
    checkIndexDtype("oneHot", indices as TensorType);
    checkDtype("oneHot", dtype);
    return [{ dtype, shape: [...(indices as TensorType).shape, depth] }];
  },
  evaluate: ([indices], { depth }) => {
    const { data } = indices as NdArray;
    const result = new Float64Array(data.length * depth);
    data.forEach((index, k) => {
      if (index >= 0 && index < depth) result[k * depth + index] = 1;
    });
    return [result];
  },
  vjp: notDifferentiable("indices are whole numbers"),
  // ONNX Runtime has no OneHot for float64, and comparing with 0, 1, … is as fast.
  lower: (context) => {
    const { inputs, attributes, emit, int64s } = context;
    const column = emit("Unsqueeze", [inputs[0] as string, int64s([-1])]);
    const hot = emit("Equal", [column, iotaName(context, "int64", attributes.depth)]);
    return [attributes.dtype === "bool" ? hot : emit("Cast", [hot], { to: { int: onnxElementType(attributes.dtype) } })];
  },
};

/**
 * Rows of zeros with a one where the index points: `[...] → [..., depth]`. An index outside 0 to `depth - 1` gives zeros only.
 *
 * @param indices - int64.
 * @param dtype - of the result. Default `"float32"`.
 * @throws {@link DtypeError} when the indices are not int64; {@link ShapeError} when `depth` is not a whole number >= 0.
 * @example
 * ```ts
 * import { constantOf, evaluate, oneHot, trace } from "@attnlab/graph";
 * evaluate(trace(() => oneHot(constantOf("int64", [2], [2, 0]), 3), []), []).data // => Float32Array [0, 0, 1, 1, 0, 0]
 * ```
 */
export function oneHot(indices: Tensor, depth: number, dtype: Dtype = "float32"): Tensor {
  if (!Number.isSafeInteger(depth) || depth < 0) {
    const fix = "Pass the number of classes.";
    throw new ShapeError(problem({ where: "oneHot", expected: "depth must be a whole number >= 0", got: show(depth), fix }));
  }
  return applyOne(oneHotPrimitive, [indices], { depth, dtype });
}
