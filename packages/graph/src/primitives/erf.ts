import type { Primitive } from "../ir/primitive.ts";
import { type Attributes, applyOne, type Tensor } from "../ir/tensor.ts";
import type { LowerContext } from "../lower/context.ts";
import { type NoAttributes, unaryPrimitive } from "./elementwise.ts";
import { exp } from "./exp.ts";
import { mul } from "./mul.ts";
import { neg } from "./neg.ts";
import { square } from "./square.ts";

// W. J. Cody, "Rational Chebyshev approximations for the error function", Math. Comp. 23 (1969), in the nearest
// float64 numbers.
// Highest power first. erf x = x P(x^2) / Q(x^2) for |x| <= 0.46875, and erfc x = e^{-x^2} P(x) / Q(x) for 0.46875 <= x <= 4.
const SMALL = {
  split: 0.46875,
  numerator: [0.18577770618460315, 3.1611237438705655, 113.86415415105016, 377.485237685302, 3209.3775891384694],
  denominator: [1, 23.601290952344122, 244.02463793444417, 1282.6165260773723, 2844.236833439171],
};
const LARGE = {
  // erf is 1 in float64 from 5.93 on. Beyond 4 the fit loses digits of erfc, but erfc < 2e-8 has eight of them to lose.
  end: 6,
  numerator: [
    2.1531153547440383e-8, 0.5641884969886701, 8.883149794388377, 66.11919063714163, 298.6351381974001, 881.952221241769,
    1712.0476126340707, 2051.0783778260716, 1230.3393547979972,
  ],
  denominator: [
    1, 15.744926110709835, 117.6939508913125, 537.1811018620099, 1621.3895745666903, 3290.7992357334597, 4362.619090143247,
    3439.3676741437216, 1230.3393548037495,
  ],
};

/** The error function of one number, to the last digits of float64. */
export function erfOf(x: number): number {
  const size = Math.abs(x);
  if (size <= SMALL.split) return (x * horner(SMALL.numerator, x * x)) / horner(SMALL.denominator, x * x);
  const y = Math.min(size, LARGE.end);
  return Math.sign(x) * (1 - (Math.exp(-y * y) * horner(LARGE.numerator, y)) / horner(LARGE.denominator, y));
}

function horner(coefficients: readonly number[], x: number): number {
  return coefficients.reduce((sum, c) => sum * x + c, 0);
}

/** Emits erf of a value: the operator in float32, which is all that ONNX Runtime has, and {@link erfOf} node by node in float64. */
export function emitErf<A extends Attributes>({ emit, scalar, outputTypes }: LowerContext<A>, x: string): string {
  if (outputTypes[0]?.dtype !== "float64") return emit("Erf", [x]);
  const polynomial = (coefficients: readonly number[], at: string): string => {
    const [first, ...rest] = coefficients.map((c) => scalar(c, "float64"));
    return rest.reduce((sum, c, i) => {
      // A leading coefficient of 1 needs no product.
      const product = i === 0 && coefficients[0] === 1 ? at : emit("Mul", [sum, at]);
      return emit("Add", [product, c]);
    }, first as string);
  };
  const ratio = (of: { readonly numerator: readonly number[]; readonly denominator: readonly number[] }, at: string): string =>
    emit("Div", [polynomial(of.numerator, at), polynomial(of.denominator, at)]);
  const size = emit("Min", [emit("Abs", [x]), scalar(LARGE.end, "float64")]);
  const squared = emit("Mul", [size, size]);
  const tail = emit("Mul", [emit("Exp", [emit("Neg", [squared])]), ratio(LARGE, size)]);
  const large = emit("Mul", [emit("Sign", [x]), emit("Sub", [scalar(1, "float64"), tail])]);
  const small = emit("Mul", [x, ratio(SMALL, squared)]);
  return emit("Where", [emit("LessOrEqual", [size, scalar(SMALL.split, "float64")]), small, large]);
}

const erfPrimitive: Primitive<NoAttributes> = unaryPrimitive({
  name: "erf",
  compute: erfOf,
  vjp: ({ inputs, cotangents }) => [mul(cotangents[0] as Tensor, mul(exp(neg(square(inputs[0] as Tensor))), 2 / Math.sqrt(Math.PI)))],
  onnx: (context) => emitErf(context, context.inputs[0] as string),
});

/**
 * Elementwise error function $\frac{2}{\sqrt\pi} \int_0^x e^{-t^2} dt$. Floats; keeps dtype and shape.
 *
 * In float64 the relative error is below 1e-15, in the interpreter and in ONNX alike.
 *
 * @throws {@link DtypeError} on integers and bool.
 * @example
 * ```ts
 * import { constantOf, erf, evaluate, trace } from "@attnlab/graph";
 * evaluate(trace(() => erf(constantOf("float64", [2], [0, 10])), []), []).data // => Float64Array [0, 1]
 * ```
 */
export function erf(x: Tensor): Tensor {
  return applyOne(erfPrimitive, [x], {});
}
