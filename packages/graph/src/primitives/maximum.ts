import type { Primitive } from "../ir/primitive.ts";
import { applyOne, type Tensor } from "../ir/tensor.ts";
import { greater } from "./comparison.ts";
import { binaryPrimitive, type NoAttributes } from "./elementwise.ts";
import { extremumGradient } from "./extremum-gradient.ts";
import { type Operand, operands } from "./operand.ts";

const maximumPrimitive: Primitive<NoAttributes> = binaryPrimitive({
  name: "maximum",
  compute: (a, b) => Math.max(a, b),
  vjp: (context) => extremumGradient(context, greater),
  onnx: "Max",
});

/**
 * Elementwise $\max(a, b)$ with broadcasting. Operands share one dtype, which the result keeps; NaN wins.
 *
 * Where the operands are equal, each gets half of the gradient.
 *
 * @throws {@link DtypeError} when the dtypes differ; {@link ShapeError} when the shapes do not broadcast.
 * @example
 * ```ts
 * import { constantOf, evaluate, maximum, trace } from "@attnlab/graph";
 * evaluate(trace(() => maximum(constantOf("float64", [2], [-1, 3]), 0), []), []).data // => Float64Array [0, 3]
 * ```
 */
export function maximum(a: Operand, b: Operand): Tensor {
  return applyOne(maximumPrimitive, operands("maximum", a, b), {});
}
