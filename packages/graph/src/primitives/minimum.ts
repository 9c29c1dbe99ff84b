import type { Primitive } from "../ir/primitive.ts";
import { applyOne, type Tensor } from "../ir/tensor.ts";
import { less } from "./comparison.ts";
import { binaryPrimitive, type NoAttributes } from "./elementwise.ts";
import { extremumGradient } from "./extremum-gradient.ts";
import { type Operand, operands } from "./operand.ts";

const minimumPrimitive: Primitive<NoAttributes> = binaryPrimitive({
  name: "minimum",
  compute: (a, b) => Math.min(a, b),
  vjp: (context) => extremumGradient(context, less),
  onnx: "Min",
});

/**
 * Elementwise $\min(a, b)$ with broadcasting. Operands share one dtype, which the result keeps; NaN wins.
 *
 * Where the operands are equal, each gets half of the gradient.
 *
 * @throws {@link DtypeError} when the dtypes differ; {@link ShapeError} when the shapes do not broadcast.
 * @example
 * ```ts
 * import { constantOf, evaluate, minimum, trace } from "@attnlab/graph";
 * evaluate(trace(() => minimum(constantOf("float64", [2], [-1, 3]), 0), []), []).data // => Float64Array [-1, 0]
 * ```
 */
export function minimum(a: Operand, b: Operand): Tensor {
  return applyOne(minimumPrimitive, operands("minimum", a, b), {});
}
