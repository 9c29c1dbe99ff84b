import { checkDtype, oneOfOption, optionTable } from "@attnlab/check";
import type { NdArray, Primitive } from "../ir/primitive.ts";
import { applyOne, type Tensor, type TensorType } from "../ir/tensor.ts";
import { resolveAxis } from "./axes.ts";
import { axisView, forEachLine } from "./axis-view.ts";
import { FLOATS } from "./elementwise.ts";
import { mul } from "./mul.ts";
import { sub } from "./sub.ts";
import { sum } from "./sum.ts";
import { takeAlongAxis } from "./take-along-axis.ts";
import { topK } from "./top-k.ts";

type SoftmaxAttributes = { readonly axis: number; readonly gradient: "standard" | "stable" };

const softmaxPrimitive: Primitive<SoftmaxAttributes> = {
  name: "softmax",
  infer: ([x]) => {
    const { dtype, shape } = x as TensorType;
    checkDtype("softmax", dtype, FLOATS);
    return [{ dtype, shape }];
  },
  evaluate: ([x], { axis }) => [evaluateSoftmax(x as NdArray, axis)],
  vjp: ({ outputs, attributes, cotangents }) => [softmaxGradient(outputs[0] as Tensor, cotangents[0] as Tensor, attributes)],
  lower: ({ inputs, attributes, emit }) => [emit("Softmax", inputs, { axis: { int: attributes.axis } })],
};

function evaluateSoftmax({ data, shape }: NdArray, axis: number): Float64Array {
  const view = axisView(shape, axis);
  const out = new Float64Array(data.length);
  forEachLine(view, (start) => {
    let max = Number.NEGATIVE_INFINITY;
    for (let k = 0; k < view.size; k++) max = Math.max(max, data[start + k * view.inner] as number);
    let total = 0;
    for (let k = 0; k < view.size; k++) {
      const at = start + k * view.inner;
      out[at] = Math.exp((data[at] as number) - max);
      total += out[at] as number;
    }
    for (let k = 0; k < view.size; k++) out[start + k * view.inner] = (out[start + k * view.inner] as number) / total;
  });
  return out;
}

/**
 * $c = y\,(g - \sum_s y_s g_s)$. Adding a number to every $g_s$ changes nothing on paper; with $g - g_k$, $k$ the largest $y$, the
 * term of $k$ vanishes exactly, so nothing cancels when $1 - y_k$ is below the rounding of 1: $c_k = -y_k \sum_{s \ne k} y_s g'_s$
 * then equals $-\sum_{t \ne k} c_t$ to relative precision.
 */
function softmaxGradient(y: Tensor, g: Tensor, { axis, gradient }: SoftmaxAttributes): Tensor {
  const shifted = gradient === "stable" ? sub(g, takeAlongAxis(g, topK(y, 1, { axis }).indices, axis)) : g;
  return mul(y, sub(shifted, sum(mul(y, shifted), axis, { keepDims: true })));
}

/** Options of {@link softmax}. */
export interface SoftmaxOptions {
  /**
   * How the gradient is computed. `"stable"` keeps its relative precision when one weight is so close to 1 that the difference is
   * lost to rounding, for three more operations; `"standard"` then gives noise of the size of the rounding. Default `"standard"`.
   */
  readonly gradient?: "standard" | "stable";
}

const softmaxOptions = optionTable("softmax", {
  gradient: oneOfOption(["standard", "stable"], { doc: "How the gradient is computed when one weight is nearly 1.", default: "standard" }),
});

/**
 * Softmax along an axis: $y_t = e^{x_t - m} / \sum_s e^{x_s - m}$ with $m = \max_s x_s$. Floats; keeps dtype and shape.
 *
 * A line of only $-\infty$ gives NaN; mask with a large negative number instead.
 *
 * @param axis - negative numbers count from the end. Default -1.
 * @throws {@link ShapeError} when the axis is outside the rank; {@link DtypeError} on integers.
 * @example
 * ```ts
 * import { evaluate, softmax, specOf, trace } from "@attnlab/graph";
 * import { tensorData } from "@attnlab/check";
 * const x = tensorData("float64", [2], [0, 0]);
 * evaluate(trace((x) => softmax(x), [specOf(x)]), [x]).data // => Float64Array [0.5, 0.5]
 * ```
 */
export function softmax(x: Tensor, axis = -1, options: SoftmaxOptions = {}): Tensor {
  const { gradient } = softmaxOptions.parse(options);
  return applyOne(softmaxPrimitive, [x], { axis: resolveAxis("softmax", axis, x.shape.length), gradient });
}
