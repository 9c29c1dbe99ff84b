import { type Dtype, type TensorData, tensorData } from "@attnlab/check";
import type { OnnxDim, OnnxModel, OnnxNode, OnnxValueInfo } from "@attnlab/onnx";

/** Models of a few nodes for the tests of sessions. */

export function value(name: string, dtype: Dtype, shape: readonly OnnxDim[]): OnnxValueInfo {
  return { name, dtype, shape };
}

export function modelOf(nodes: readonly OnnxNode[], inputs: readonly OnnxValueInfo[], outputs: readonly OnnxValueInfo[]): OnnxModel {
  return { opsets: { "": 21 }, graph: { name: "small", nodes, initializers: [], inputs, outputs } };
}

/** `sum = a + b` and `product = a * b` on `[rows, 3]`. */
export const arithmetic: OnnxModel = modelOf(
  [
    { op: "Add", inputs: ["a", "b"], outputs: ["sum"] },
    { op: "Mul", inputs: ["a", "b"], outputs: ["product"] },
  ],
  [value("a", "float64", ["rows", 3]), value("b", "float64", ["rows", 3])],
  [value("sum", "float64", ["rows", 3]), value("product", "float64", ["rows", 3])],
);

export const feeds = {
  a: tensorData("float64", [2, 3], [1, 2, 3, 4, 5, 6]),
  b: tensorData("float64", [2, 3], [7, 8, 9, 10, 11, 12]),
};

/** Returns its input of one dtype unchanged. */
export function identity(dtype: Dtype): OnnxModel {
  return modelOf([{ op: "Identity", inputs: ["x"], outputs: ["y"] }], [value("x", dtype, [5])], [value("y", dtype, [5])]);
}

/** Values of each dtype that a conversion on the way would change. */
export const EXTREMES: readonly TensorData[] = [
  tensorData("float32", [5], [0.1, -0, Number.NaN, Number.NEGATIVE_INFINITY, 3.4e38]),
  tensorData("float64", [5], [0.1, -0, Number.NaN, Number.NEGATIVE_INFINITY, 1.7e308]),
  tensorData("int32", [5], [0, 1, -1, 2 ** 31 - 1, -(2 ** 31)]),
  tensorData("int64", [5], BigInt64Array.of(0n, 1n, -1n, 2n ** 63n - 1n, -(2n ** 63n))),
  tensorData("uint32", [5], [0, 1, 2, 2 ** 31, 2 ** 32 - 1]),
  tensorData("bool", [5], [0, 1, 1, 0, 1]),
];
