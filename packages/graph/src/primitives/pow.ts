import type { Primitive } from "../ir/primitive.ts";
import { applyOne, type Tensor } from "../ir/tensor.ts";
import { filled } from "./broadcast-to.ts";
import { equal } from "./comparison.ts";
import { constantValue, isConstant } from "./constant.ts";
import { binaryPrimitive, FLOATS, type NoAttributes } from "./elementwise.ts";
import { emitPower } from "./emit-power.ts";
import { log } from "./log.ts";
import { mul } from "./mul.ts";
import { type Operand, operands } from "./operand.ts";
import { reciprocal } from "./reciprocal.ts";
import { sqrt } from "./sqrt.ts";
import { square } from "./square.ts";
import { sub } from "./sub.ts";
import { sumTo } from "./sum-to.ts";
import { where } from "./where.ts";

const powPrimitive: Primitive<NoAttributes> = binaryPrimitive({
  name: "pow",
  dtypes: FLOATS,
  // IEEE 754 says that 1 to any power, and -1 to an infinite one, is 1; JavaScript gives NaN there.
  compute: (x, e) => (x === 1 || (x === -1 && Math.abs(e) === Infinity) ? 1 : x ** e),
  vjp: ({ inputs, outputs, cotangents, needs }) => {
    const [x, e, y, c] = [inputs[0] as Tensor, inputs[1] as Tensor, outputs[0] as Tensor, cotangents[0] as Tensor];
    return [
      needs[0] ? sumTo(mul(c, slope(x, e)), x.shape) : undefined,
      // 0^e stays 0 for e > 0, and 0^0 is taken as a constant, although log 0 is infinite.
      needs[1] ? sumTo(mul(c, mul(y, log(where(equal(x, 0), 1, x)))), e.shape) : undefined,
    ];
  },
  onnx: (context) => {
    const [x, e] = context.inputTypes as readonly [Tensor, Tensor];
    const exponent = e.shape.length === 0 ? Number(constantValue(e)?.data[0]) : Number.NaN;
    // Roots of negative numbers follow the operator, products do not care.
    if (!Number.isInteger(exponent)) return context.emit("Pow", context.inputs);
    return emitPower(context, context.inputs[0] as string, { exponent, dtype: x.dtype });
  },
  simplify: (x, e) => {
    if (e.shape.length > x.shape.length || !e.shape.every((n) => n === 1)) return undefined;
    if (isConstant(e, 1)) return x;
    if (isConstant(e, 0)) return filled(x, 1);
    if (isConstant(e, 2)) return square(x);
    if (isConstant(e, -1)) return reciprocal(x);
    return isConstant(e, 0.5) ? sqrt(x) : undefined;
  },
});

/** $e\,x^{e-1}$, which is zero for $e = 0$ even at $x = 0$, where the power is infinite. */
function slope(x: Tensor, e: Tensor): Tensor {
  const value = mul(e, pow(x, sub(e, 1)));
  const known = constantValue(e);
  const nonZero =
    known !== undefined && (known.data as ArrayLike<number | bigint>).length > 0 && !Array.prototype.includes.call(known.data, 0);
  return nonZero ? value : where(equal(e, 0), 0, value);
}

/**
 * Elementwise $x^e$ with broadcasting. Floats of one dtype, which the result keeps.
 *
 * A negative base has a power only for whole exponents and gives NaN for others (for $|x|^p$ take `powAbs`). $0^0 = 1$. The gradient
 * with respect to the exponent is NaN where the base is negative, and 0 where it is 0.
 *
 * @param exponent - a number is a constant; 0.5, 1, 2 and -1 become cheaper operations.
 * @throws {@link DtypeError} on integers or when the dtypes differ; {@link ShapeError} when the shapes do not broadcast.
 * @example
 * ```ts
 * import { constantOf, evaluate, pow, trace } from "@attnlab/graph";
 * evaluate(trace(() => pow(constantOf("float64", [2], [-2, 3]), 3), []), []).data // => Float64Array [-8, 27]
 * ```
 */
export function pow(x: Tensor, exponent: Operand): Tensor {
  return applyOne(powPrimitive, operands("pow", x, exponent), {});
}
