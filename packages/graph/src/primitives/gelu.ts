import { checkDtype, oneOfOption, optionTable } from "@attnlab/check";
import type { NdArray, Primitive, VjpContext } from "../ir/primitive.ts";
import { apply, type Tensor, type TensorType } from "../ir/tensor.ts";
import type { LowerContext } from "../lower/context.ts";
import { add } from "./add.ts";
import { FLOATS } from "./elementwise.ts";
import { emitErf, erfOf } from "./erf.ts";
import { exp } from "./exp.ts";
import { mul } from "./mul.ts";
import { square } from "./square.ts";
import { sub } from "./sub.ts";

type GeluAttributes = { readonly approximation: "none" | "tanh" };

/** Options of {@link gelu}. */
export interface GeluOptions {
  /** `"none"` for the exact function, `"tanh"` for the approximation that GPT-2 uses. Default `"none"`. */
  readonly approximation?: "none" | "tanh";
}

const table = optionTable("gelu", {
  approximation: oneOfOption(["none", "tanh"], { doc: "Exact, or by the hyperbolic tangent.", default: "none" }),
});

// (1 + tanh u) / 2 = sigmoid(2u), with 2u = x (A + B x^2).
const A = 2 * Math.sqrt(2 / Math.PI);
const B = A * 0.044715;

/**
 * Both forms are $x\,g(x)$ with a gate $g$: the normal distribution function, or a sigmoid close to it. The gate is the second
 * output, because the gradient $g + x g'$ needs it; when nothing reads it, one fused operator does all.
 */
const geluPrimitive: Primitive<GeluAttributes> = {
  name: "gelu",
  infer: ([x]) => {
    const { dtype, shape } = x as TensorType;
    checkDtype("gelu", dtype, FLOATS);
    return [
      { dtype, shape },
      { dtype, shape },
    ];
  },
  evaluate: ([input], { approximation }) => {
    const x = (input as NdArray).data;
    const gate = x.map(
      approximation === "tanh" ? (v) => 1 / (1 + Math.exp(-v * (A + B * v * v))) : (v) => 0.5 * (1 + erfOf(v * Math.SQRT1_2)),
    );
    return [x.map((v, i) => v * (gate[i] as number)), gate];
  },
  vjp: (context) => [geluGradient(context)],
  lower: (context) => lowerGelu(context),
};

function geluGradient({ inputs, outputs, cotangents, attributes }: VjpContext<GeluAttributes>): Tensor {
  const [x, gate] = [inputs[0] as Tensor, outputs[1] as Tensor];
  const slope =
    attributes.approximation === "tanh"
      ? mul(mul(gate, sub(1, gate)), add(mul(square(x), 3 * B), A))
      : mul(exp(mul(square(x), -0.5)), 1 / Math.sqrt(2 * Math.PI));
  const [c, ofGate] = cotangents;
  const ofValue = c === undefined ? undefined : mul(c, add(gate, mul(x, slope)));
  if (ofGate === undefined) return ofValue as Tensor;
  return ofValue === undefined ? mul(ofGate, slope) : add(ofValue, mul(ofGate, slope));
}

function lowerGelu(context: LowerContext<GeluAttributes>): readonly string[] {
  const { inputs, outputTypes, attributes, contrib, emit, isUsed, scalar } = context;
  const x = inputs[0] as string;
  const { dtype, shape } = outputTypes[0] as Tensor;
  const exact = attributes.approximation === "none";
  // ONNX Runtime's fused operators exist in float32 alone, and FastGelu takes no scalars.
  if (contrib && dtype === "float32" && shape.length > 0 && !isUsed(1)) {
    return [emit(exact ? "Gelu" : "FastGelu", [x], undefined, { domain: "com.microsoft" })];
  }
  const gate = exact ? exactGate() : tanhGate();
  return [emit("Mul", [x, gate]), gate];

  function exactGate(): string {
    const erf = emitErf(context, emit("Mul", [x, scalar(Math.SQRT1_2, dtype)]));
    return emit("Mul", [emit("Add", [erf, scalar(1, dtype)]), scalar(0.5, dtype)]);
  }
  function tanhGate(): string {
    const factor = emit("Add", [emit("Mul", [emit("Mul", [x, x]), scalar(B, dtype)]), scalar(A, dtype)]);
    return emit("Sigmoid", [emit("Mul", [x, factor])]);
  }
}

/**
 * Gaussian error linear unit $x\,\Phi(x)$, where $\Phi$ is the standard normal distribution function. Floats; keeps dtype and shape.
 *
 * `approximation: "tanh"` is $\frac{x}{2} (1 + \tanh(\sqrt{2/\pi}\,(x + 0.044715\,x^3)))$ instead, as in PyTorch.
 *
 * @throws {@link OptionError} on an unknown option or approximation; {@link DtypeError} on integers and bool.
 * @example
 * ```ts
 * import { constantOf, evaluate, gelu, trace } from "@attnlab/graph";
 * evaluate(trace(() => gelu(constantOf("float64", [2], [0, 20])), []), []).data // => Float64Array [0, 20]
 * ```
 * @see Hendrycks and Gimpel 2016, eq. (2) and the approximation below it.
 */
export function gelu(x: Tensor, options: GeluOptions = {}): Tensor {
  return apply(geluPrimitive, [x], table.parse({ ...options }))[0] as Tensor;
}
