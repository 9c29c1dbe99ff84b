import { checkDtype, OptionError, problem, show } from "@attnlab/check";
import type { NdArray, Primitive } from "../ir/primitive.ts";
import { applyOne, type Tensor, type TensorType } from "../ir/tensor.ts";
import { abs } from "./abs.ts";
import { FLOATS } from "./elementwise.ts";
import { emitPower } from "./emit-power.ts";
import { mul } from "./mul.ts";
import { sign } from "./sign.ts";
import { square } from "./square.ts";

type PowAbsAttributes = { readonly exponent: number };

const powAbsPrimitive: Primitive<PowAbsAttributes> = {
  name: "powAbs",
  infer: ([x]) => {
    const { dtype, shape } = x as TensorType;
    checkDtype("powAbs", dtype, FLOATS);
    return [{ dtype, shape }];
  },
  evaluate: ([x], { exponent }) => [(x as NdArray).data.map((v) => (v === 0 ? 0 : Math.abs(v) ** exponent))],
  // p |x|^{p-1} sign x; at 0 every factor is 0, so mirror maps with p < 2 get no NaN from a zero weight.
  vjp: ({ inputs, cotangents, attributes: { exponent } }) => {
    const x = inputs[0] as Tensor;
    return [mul(cotangents[0] as Tensor, mul(mul(sign(x), exponent), powAbs(x, exponent - 1)))];
  },
  lower: (context) => {
    const { inputs, outputTypes, attributes, emit, scalar } = context;
    const { dtype } = outputTypes[0] as Tensor;
    const magnitude = emit("Abs", inputs);
    const power = emitPower(context, magnitude, { exponent: attributes.exponent, dtype });
    if (attributes.exponent > 0) return [power];
    const zero = scalar(0, dtype);
    return [emit("Where", [emit("Equal", [magnitude, zero]), zero, power])];
  },
  simplify: ([x], { exponent }) => (exponent === 1 ? abs(x as Tensor) : exponent === 2 ? square(x as Tensor) : undefined),
};

/**
 * Elementwise $|x|^p$ with the value 0 at $x = 0$ for every $p$. Floats; keeps dtype and shape.
 *
 * Its gradient $p\,|x|^{p-1} \operatorname{sign} x$ is taken as 0 at 0 too, for every $p$: this is what mirror maps of $\ell_p$ norms need,
 * where zero weights meet fractional and negative exponents.
 *
 * @param exponent - $p$, any finite number.
 * @throws {@link OptionError} when the exponent is not finite; {@link DtypeError} on integers and bool.
 * @example
 * ```ts
 * import { constantOf, evaluate, powAbs, trace } from "@attnlab/graph";
 * evaluate(trace(() => powAbs(constantOf("float64", [3], [-4, 0, 9]), 1.5), []), []).data // => Float64Array [8, 0, 27]
 * ```
 */
export function powAbs(x: Tensor, exponent: number): Tensor {
  if (!Number.isFinite(exponent)) {
    const fix = "Pass for example 1.5.";
    throw new OptionError(problem({ where: "powAbs", expected: "exponent must be a finite number", got: show(exponent), fix }));
  }
  return applyOne(powAbsPrimitive, [x], { exponent });
}
