import type { Primitive } from "../ir/primitive.ts";
import type { Tensor } from "../ir/tensor.ts";
import type { Axes } from "./axes.ts";
import { SIGNED } from "./elementwise.ts";
import { reduce, reductionPrimitive } from "./reduction.ts";
import type { ReduceAttributes, ReduceOptions } from "./sum.ts";
import { tiesGradient } from "./ties-gradient.ts";

const minPrimitive: Primitive<ReduceAttributes> = reductionPrimitive({
  name: "min",
  dtypes: SIGNED,
  compute: (values) => values.reduce((a, b) => Math.min(a, b)),
  acceptsEmpty: false,
  vjp: (context) => tiesGradient(context),
  onnx: "ReduceMin",
});

/**
 * The smallest element over axes. Floats and signed integers; keeps the dtype.
 *
 * Elements that tie for the smallest share the gradient equally. Beside NaN the result in ONNX Runtime is unspecified.
 *
 * @param axes - default: all, which gives a scalar.
 * @throws {@link ShapeError} when an axis is outside the rank or has no elements; {@link OptionError} on an unknown option.
 * @example
 * ```ts
 * import { constantOf, evaluate, min, trace } from "@attnlab/graph";
 * evaluate(trace(() => min(constantOf("float64", [2, 2], [1, 2, 3, 6]), 1), []), []).data // => Float64Array [1, 3]
 * ```
 */
export function min(x: Tensor, axes?: Axes, options: ReduceOptions = {}): Tensor {
  return reduce(minPrimitive, x, axes, options);
}
