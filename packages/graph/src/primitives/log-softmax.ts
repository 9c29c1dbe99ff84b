import { checkDtype } from "@attnlab/check";
import type { NdArray, Primitive } from "../ir/primitive.ts";
import { applyOne, type Tensor, type TensorType } from "../ir/tensor.ts";
import { resolveAxis } from "./axes.ts";
import { axisView, forEachLine } from "./axis-view.ts";
import { FLOATS } from "./elementwise.ts";
import { exp } from "./exp.ts";
import { mul } from "./mul.ts";
import { sub } from "./sub.ts";
import { sum } from "./sum.ts";

type LogSoftmaxAttributes = { readonly axis: number };

const logSoftmaxPrimitive: Primitive<LogSoftmaxAttributes> = {
  name: "logSoftmax",
  infer: ([x]) => {
    const { dtype, shape } = x as TensorType;
    checkDtype("logSoftmax", dtype, FLOATS);
    return [{ dtype, shape }];
  },
  evaluate: ([x], { axis }) => {
    const { data, shape } = x as NdArray;
    const view = axisView(shape, axis);
    const out = new Float64Array(data.length);
    forEachLine(view, (start) => {
      let max = Number.NEGATIVE_INFINITY;
      for (let k = 0; k < view.size; k++) max = Math.max(max, data[start + k * view.inner] as number);
      let total = 0;
      for (let k = 0; k < view.size; k++) total += Math.exp((data[start + k * view.inner] as number) - max);
      const log = Math.log(total);
      for (let k = 0; k < view.size; k++) out[start + k * view.inner] = (data[start + k * view.inner] as number) - max - log;
    });
    return [out];
  },
  // c = g - exp(y) sum(g)
  vjp: ({ outputs, attributes: { axis }, cotangents }) => {
    const g = cotangents[0] as Tensor;
    return [sub(g, mul(exp(outputs[0] as Tensor), sum(g, axis, { keepDims: true })))];
  },
  lower: ({ inputs, attributes, emit }) => [emit("LogSoftmax", inputs, { axis: { int: attributes.axis } })],
};

/**
 * Logarithm of the softmax along an axis: $x_t - m - \log\sum_s e^{x_s - m}$ with $m = \max_s x_s$, exact where the softmax itself
 * underflows. Floats; keeps dtype and shape.
 *
 * @param axis - negative numbers count from the end. Default -1.
 * @throws {@link ShapeError} when the axis is outside the rank; {@link DtypeError} on integers.
 * @example
 * ```ts
 * import { constantOf, evaluate, logSoftmax, trace } from "@attnlab/graph";
 * evaluate(trace(() => logSoftmax(constantOf("float64", [2], [0, -1e5])), []), []).data // => Float64Array [0, -100000]
 * ```
 */
export function logSoftmax(x: Tensor, axis = -1): Tensor {
  return applyOne(logSoftmaxPrimitive, [x], { axis: resolveAxis("logSoftmax", axis, x.shape.length) });
}
