import { type Shape, sizeOf } from "@attnlab/check";
import type { Primitive } from "../ir/primitive.ts";
import type { Tensor } from "../ir/tensor.ts";
import { mayBeDynamic } from "../trace/spec.ts";
import type { Axes } from "./axes.ts";
import { broadcastTo, filled } from "./broadcast-to.ts";
import { div } from "./div.ts";
import { FLOATS } from "./elementwise.ts";
import { mul } from "./mul.ts";
import { reduce, reductionPrimitive, withReducedAxes } from "./reduction.ts";
import { type ReduceAttributes, type ReduceOptions, sum } from "./sum.ts";

const meanPrimitive: Primitive<ReduceAttributes> = reductionPrimitive({
  name: "mean",
  dtypes: FLOATS,
  compute: (values) => values.reduce((a, b) => a + b, 0) / values.length,
  acceptsEmpty: false,
  vjp: ({ inputs, cotangents, attributes: { axes } }) => {
    const { shape } = inputs[0] as Tensor;
    const share = divideBySize(
      cotangents[0] as Tensor,
      axes.map((axis) => shape[axis] as number),
    );
    return [broadcastTo(withReducedAxes(share, shape, axes), shape)];
  },
  onnx: "ReduceMean",
});

function divideBySize(x: Tensor, sizes: Shape): Tensor {
  if (!sizes.some(mayBeDynamic)) return mul(x, 1 / sizeOf(sizes));
  // The size is known only when the model runs: count there.
  return div(x, sum(filled({ dtype: x.dtype, shape: sizes }, 1)));
}

/**
 * Mean over axes. Floats; keeps the dtype.
 *
 * @param axes - default: all, which gives a scalar.
 * @throws {@link DtypeError} on integers, whose mean is no integer: convert them with `cast` first.
 * @throws {@link ShapeError} when an axis is outside the rank or there is nothing to average; {@link OptionError} on an unknown option.
 * @example
 * ```ts
 * import { constantOf, evaluate, mean, trace } from "@attnlab/graph";
 * evaluate(trace(() => mean(constantOf("float64", [2, 2], [1, 2, 3, 6]), 1), []), []).data // => Float64Array [1.5, 4.5]
 * ```
 */
export function mean(x: Tensor, axes?: Axes, options: ReduceOptions = {}): Tensor {
  return reduce(meanPrimitive, x, axes, options);
}
