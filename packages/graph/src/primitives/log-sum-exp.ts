import { checkDtype } from "@attnlab/check";
import type { NdArray, Primitive, VjpContext } from "../ir/primitive.ts";
import type { Tensor, TensorType } from "../ir/tensor.ts";
import type { LowerContext } from "../lower/context.ts";
import { add } from "./add.ts";
import { type Axes, reducedShape } from "./axes.ts";
import { equal } from "./comparison.ts";
import { div } from "./div.ts";
import { broadcastIndex, FLOATS } from "./elementwise.ts";
import { mul } from "./mul.ts";
import { checkNotEmpty, emitReduction, reduce, reduceGroups, withReducedAxes } from "./reduction.ts";
import { reshape } from "./reshape.ts";
import type { ReduceAttributes, ReduceOptions } from "./sum.ts";
import { where } from "./where.ts";

const LARGEST_FLOAT32 = (2 - 2 ** -23) * 2 ** 127;

/**
 * Three outputs, of which users see the first: the result, $e = e^{x - m}$ and its sum, with the maximum $m$ of each group. The
 * gradient $e / \sum e$ reuses them: it costs no exponential and loses no digits where $x$ is large. Both are differentiated as if
 * $m$ were a constant, which is right for what is made of them here, since $m$ cancels out.
 */
const logSumExpPrimitive: Primitive<ReduceAttributes> = {
  name: "logSumExp",
  infer: ([x], { axes, keepDims }) => {
    const { dtype, shape } = x as TensorType;
    checkDtype("logSumExp", dtype, FLOATS);
    const reduced = reducedShape(shape, axes, keepDims);
    checkNotEmpty("logSumExp", shape, reduced);
    return [
      { dtype, shape: reduced },
      { dtype, shape },
      { dtype, shape: reducedShape(shape, axes, true) },
    ];
  },
  evaluate: ([x], { axes }) => evaluateLogSumExp(x as NdArray, axes),
  vjp: (context) => [logSumExpGradient(context)],
  // ONNX Runtime's ReduceLogSumExp takes ten times as long as these parts.
  lower: (context) => lowerLogSumExp(context),
};

/** A finite maximum, so that infinities do not meet: -inf - (-inf) would be NaN. */
function finiteLevel(maximum: number): number {
  return Math.min(Math.max(maximum, -Number.MAX_VALUE), Number.MAX_VALUE);
}

function evaluateLogSumExp(x: NdArray, axes: readonly number[]): readonly Float64Array[] {
  const level = reduceGroups(x, axes, (values) => finiteLevel(values.reduce((a, b) => Math.max(a, b), Number.NEGATIVE_INFINITY)));
  const group = broadcastIndex(reducedShape(x.shape, axes, true), x.shape);
  const terms = x.data.map((v, i) => Math.exp(v - (level[group(i)] as number)));
  const totals = reduceGroups({ ...x, data: terms }, axes, (values) => values.reduce((a, b) => a + b, 0));
  return [totals.map((total, i) => (level[i] as number) + Math.log(total)), terms, totals];
}

function logSumExpGradient({ inputs, outputs, cotangents, attributes: { axes } }: VjpContext<ReduceAttributes>): Tensor {
  const { shape } = inputs[0] as Tensor;
  const [terms, total] = [outputs[1] as Tensor, outputs[2] as Tensor];
  const [ofResult, ofTerms, ofTotal] = cotangents;
  // Only a group of minus infinities sums to 0; its terms are 0, and so shall be its gradient.
  const nonZero = where(equal(total, 0), 1, total);
  const ofGroup = [ofResult === undefined ? undefined : div(withReducedAxes(ofResult, shape, axes), nonZero), ofTotal];
  const factors = [...ofGroup, ofTerms].filter((factor) => factor !== undefined);
  return mul(
    terms,
    factors.reduce((a, b) => add(a, b)),
  );
}

function lowerLogSumExp(context: LowerContext<ReduceAttributes>): readonly string[] {
  const { inputs, outputTypes, attributes, emit, int64s, scalar } = context;
  const { dtype } = outputTypes[0] as Tensor;
  const finite = dtype === "float64" ? Number.MAX_VALUE : LARGEST_FLOAT32;
  const top = emitReduction(context, "ReduceMax", { keepDims: true });
  const level = emit("Clip", [top, scalar(-finite, dtype), scalar(finite, dtype)]);
  const terms = emit("Exp", [emit("Sub", [inputs[0] as string, level])]);
  const total = emitReduction(context, "ReduceSum", { value: terms, keepDims: true });
  const result = emit("Add", [level, emit("Log", [total])]);
  return [attributes.keepDims ? result : emit("Squeeze", [result, int64s(attributes.axes)]), terms, total];
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
  const result = reduce(logSumExpPrimitive, x, axes, options);
  const reduced = result.node.attributes.axes as readonly number[];
  return reduced.every((axis) => x.shape[axis] === 1) ? reshape(x, result.shape) : result;
}
