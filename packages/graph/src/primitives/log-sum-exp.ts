import type { Primitive } from "../ir/primitive.ts";
import type { Tensor } from "../ir/tensor.ts";
import type { LowerContext } from "../lower/context.ts";
import type { Axes } from "./axes.ts";
import { equal } from "./comparison.ts";
import { FLOATS } from "./elementwise.ts";
import { exp } from "./exp.ts";
import { mul } from "./mul.ts";
import { emitReduction, reduce, reductionPrimitive, withReducedAxes } from "./reduction.ts";
import { sub } from "./sub.ts";
import type { ReduceAttributes, ReduceOptions } from "./sum.ts";
import { where } from "./where.ts";

const LARGEST_FLOAT32 = (2 - 2 ** -23) * 2 ** 127;

const logSumExpPrimitive: Primitive<ReduceAttributes> = reductionPrimitive({
  name: "logSumExp",
  dtypes: FLOATS,
  compute: (values) => {
    const top = values.reduce((a, b) => Math.max(a, b), -Infinity);
    if (!Number.isFinite(top)) return top;
    return top + Math.log(values.reduce((sum, v) => sum + Math.exp(v - top), 0));
  },
  acceptsEmpty: false,
  vjp: ({ inputs, outputs, cotangents, attributes: { axes } }) => {
    const [x, y] = [inputs[0] as Tensor, outputs[0] as Tensor];
    // A group of minus infinities sums to log 0; any finite level gives its elements the gradient 0 instead of NaN.
    const level = where(equal(y, -Infinity), 0, y);
    const share = exp(sub(x, withReducedAxes(level, x.shape, axes)));
    return [mul(withReducedAxes(cotangents[0] as Tensor, x.shape, axes), share)];
  },
  onnx: (context) => lowerLogSumExp(context),
});

// ONNX Runtime's ReduceLogSumExp gives the same but takes ten times as long as its parts.
function lowerLogSumExp(context: LowerContext<ReduceAttributes>): string {
  const { inputs, outputTypes, attributes, emit, int64s, scalar } = context;
  const { dtype } = outputTypes[0] as Tensor;
  // A finite level keeps infinities from meeting: -inf - (-inf) would be NaN.
  const finite = dtype === "float64" ? Number.MAX_VALUE : LARGEST_FLOAT32;
  const top = emitReduction(context, "ReduceMax", { keepDims: true });
  const level = emit("Clip", [top, scalar(-finite, dtype), scalar(finite, dtype)]);
  const total = emitReduction(context, "ReduceSum", { value: emit("Exp", [emit("Sub", [inputs[0] as string, level])]), keepDims: true });
  const result = emit("Add", [level, emit("Log", [total])]);
  return attributes.keepDims ? result : emit("Squeeze", [result, int64s(attributes.axes)]);
}

/**
 * $\log \sum e^x$ over axes, computed after subtracting the maximum, so it never overflows. Floats; keeps the dtype.
 *
 * The gradient is the softmax over the axes; a group of minus infinities gives minus infinity and the gradient 0.
 *
 * @param axes - default: all, which gives a scalar.
 * @throws {@link ShapeError} when an axis is outside the rank or has no elements; {@link OptionError} on an unknown option.
 * @example
 * ```ts
 * import { constantOf, evaluate, logSumExp, trace } from "@attnlab/graph";
 * evaluate(trace(() => logSumExp(constantOf("float64", [1, 2], [1000, -1000]), 1), []), []).data // => Float64Array [1000]
 * ```
 */
export function logSumExp(x: Tensor, axes?: Axes, options: ReduceOptions = {}): Tensor {
  return reduce(logSumExpPrimitive, x, axes, options);
}
