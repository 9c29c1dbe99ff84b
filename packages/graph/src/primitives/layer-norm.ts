import { checkDtype, integerOption, numberOption, optionTable, problem, ShapeError, sizeOf, tensorData } from "@attnlab/check";
import type { NdArray, Primitive, VjpContext } from "../ir/primitive.ts";
import { apply, type Tensor, type TensorType } from "../ir/tensor.ts";
import type { LowerContext } from "../lower/context.ts";
import { add } from "./add.ts";
import { resolveAxis } from "./axes.ts";
import { FLOATS } from "./elementwise.ts";
import { mean } from "./mean.ts";
import { mul } from "./mul.ts";
import { sub } from "./sub.ts";

type LayerNormAttributes = { readonly axis: number; readonly eps: number };

/** Outputs: the normalised values, and 1 / sqrt(variance + eps) of every group, which the gradient uses. */
const layerNormPrimitive: Primitive<LayerNormAttributes> = {
  name: "layerNorm",
  infer: ([x], { axis }) => {
    const { dtype, shape } = x as TensorType;
    checkDtype("layerNorm", dtype, FLOATS);
    return [
      { dtype, shape },
      { dtype, shape: shape.map((n, k) => (k < axis ? n : 1)) },
    ];
  },
  evaluate: ([x], attributes) => evaluateLayerNorm(x as NdArray, attributes),
  vjp: (context) => [layerNormGradient(context)],
  lower: (context) => lowerLayerNorm(context),
};

function evaluateLayerNorm({ data, shape }: NdArray, { axis, eps }: LayerNormAttributes): readonly Float64Array[] {
  const size = sizeOf(shape.slice(axis));
  const groups = sizeOf(shape.slice(0, axis));
  const out = new Float64Array(data.length);
  const inverse = new Float64Array(groups);
  for (let g = 0; g < groups; g++) {
    const group = data.subarray(g * size, (g + 1) * size);
    const mean = group.reduce((a, b) => a + b, 0) / size;
    const variance = group.reduce((a, b) => a + (b - mean) ** 2, 0) / size;
    const factor = 1 / Math.sqrt(variance + eps);
    inverse[g] = factor;
    group.forEach((value, k) => {
      out[g * size + k] = (value - mean) * factor;
    });
  }
  return [out, inverse];
}

/**
 * With $y = (x - \mu) r$ over $N$ elements: $\bar x = r(\bar y - \tfrac1N \sum \bar y - y\,\tfrac1N \sum y \bar y)$, and since
 * $\partial r / \partial x = -r^2 y / N$, a gradient of $r$ itself adds $-\bar r r^2 y / N$ (second derivatives need it).
 */
function layerNormGradient({ outputs, attributes, cotangents }: VjpContext<LayerNormAttributes>): Tensor | undefined {
  const [y, r] = [outputs[0] as Tensor, outputs[1] as Tensor];
  const [g, s] = cotangents;
  const axes = y.shape.map((_, k) => k).slice(attributes.axis);
  const share = 1 / sizeOf(y.shape.slice(attributes.axis));
  const average = (x: Tensor): Tensor => mean(x, axes, { keepDims: true });
  const viaScale = s && mul(mul(s, mul(mul(r, r), -share)), y);
  const viaValue = g && mul(r, sub(sub(g, average(g)), mul(y, average(mul(y, g)))));
  return viaScale && viaValue ? add(viaValue, viaScale) : (viaValue ?? viaScale);
}

function lowerLayerNorm(context: LowerContext<LayerNormAttributes>): readonly string[] {
  const { inputs, inputTypes, attributes, constant, emitAll, isDynamic } = context;
  const { dtype, shape } = inputTypes[0] as Tensor;
  const normalised = shape.slice(attributes.axis);
  if (normalised.some(isDynamic)) {
    const fix = "Fix their sizes; axes before them may be dynamic.";
    throw new ShapeError(problem({ where: "layerNorm", expected: "normalised axes must have fixed sizes", got: "a dynamic one", fix }));
  }
  // ONNX stores eps, and ONNX Runtime the second and third output, in float32 whatever the input is.
  if (dtype === "float64") return lowerInSteps(context);
  const scale = constant(tensorData(dtype, normalised, new Float64Array(sizeOf(normalised)).fill(1)));
  const options = { axis: { int: attributes.axis }, epsilon: { float: attributes.eps } };
  const [y, , inverse] = emitAll("LayerNormalization", [inputs[0] as string, scale], options, { outputs: 3 });
  return [y as string, inverse as string];
}

function lowerInSteps({ inputs, inputTypes, attributes, emit, int64s, scalar }: LowerContext<LayerNormAttributes>): readonly string[] {
  const x = inputs[0] as string;
  const { dtype, shape } = inputTypes[0] as Tensor;
  const axes = int64s(shape.map((_, k) => k).slice(attributes.axis));
  const mean = (name: string): string => emit("ReduceMean", [name, axes], { keepdims: { int: 1 } });
  const centred = emit("Sub", [x, mean(x)]);
  const variance = mean(emit("Mul", [centred, centred]));
  const inverse = emit("Reciprocal", [emit("Sqrt", [emit("Add", [variance, scalar(attributes.eps, dtype)])])]);
  return [emit("Mul", [centred, inverse]), inverse];
}

/** Options of {@link layerNorm}. */
export interface LayerNormOptions {
  /** First of the axes that are normalised together; it and all after it are. Negative numbers count from the end. Default -1. */
  readonly axis?: number;
  /** Added to the variance. Default 1e-5. */
  readonly eps?: number;
}

const layerNormOptions = optionTable("layerNorm", {
  axis: integerOption({ doc: "First of the axes that are normalised together; negative numbers count from the end.", default: -1 }),
  eps: numberOption({ doc: "Added to the variance.", min: 0, default: 1e-5 }),
});

/**
 * Brings trailing axes to mean 0 and variance 1: $y = (x - \mu) / \sqrt{\sigma^2 + \epsilon}$, with the biased variance. Floats;
 * keeps dtype and shape. There is no scale and no bias: multiply and add yourself.
 *
 * @throws {@link ShapeError} when the axis is outside the rank; {@link OptionError} when `eps` is negative.
 * @example
 * ```ts
 * import { constantOf, evaluate, layerNorm, trace } from "@attnlab/graph";
 * const x = constantOf("float64", [2], [1, 5]);
 * evaluate(trace(() => layerNorm(x, { eps: 0 }), []), []).data // => Float64Array [-1, 1]
 * ```
 */
export function layerNorm(x: Tensor, options: LayerNormOptions = {}): Tensor {
  const { axis, eps } = layerNormOptions.parse(options);
  return apply(layerNormPrimitive, [x], { axis: resolveAxis("layerNorm", axis, x.shape.length), eps })[0] as Tensor;
}
