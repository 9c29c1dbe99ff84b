import { broadcastShapes, isFloat, sameShape, sizeOf } from "@attnlab/check";
import type { Primitive } from "../ir/primitive.ts";
import { applyOne, type Tensor } from "../ir/tensor.ts";
import { constantValue, isConstant } from "./constant.ts";
import { binaryPrimitive, type NoAttributes } from "./elementwise.ts";
import { type Operand, operands } from "./operand.ts";
import { sumTo } from "./sum-to.ts";
import { wrap } from "./wrap.ts";

const mulPrimitive: Primitive<NoAttributes> = binaryPrimitive({
  name: "mul",
  // A product of two 32-bit integers exceeds 2^53; Math.imul keeps its low 32 bits exactly.
  compute: (a, b, dtype) => (dtype === "uint32" || dtype === "int32" ? wrap(Math.imul(a, b), dtype) : a * b),
  vjp: ({ inputs, cotangents, needs }) => {
    const [a, b, c] = [inputs[0] as Tensor, inputs[1] as Tensor, cotangents[0] as Tensor];
    return [needs[0] ? sumTo(mul(c, b), a.shape) : undefined, needs[1] ? sumTo(mul(c, a), b.shape) : undefined];
  },
  onnx: "Mul",
  simplify: (a, b) => {
    const shape = broadcastShapes("mul", a.shape, b.shape);
    if (isConstant(b, 1) && sameShape(a.shape, shape)) return a;
    if (isConstant(a, 1) && sameShape(b.shape, shape)) return b;
    return mergeFactors(a, b) ?? mergeFactors(b, a);
  },
});

/** $(x k) l = x (k l)$ for scalars known in advance, where their product is far from overflow and underflow. */
function mergeFactors(product: Tensor, factor: Tensor): Tensor | undefined {
  const outer = scalarFactor(factor);
  if (outer === undefined || product.node.primitive !== mulPrimitive) return undefined;
  const [a, b] = product.node.inputs as readonly [Tensor, Tensor];
  for (const [x, k] of [
    [a, b],
    [b, a],
  ] as const) {
    const merged = (scalarFactor(k) ?? Number.NaN) * outer;
    if (k.shape.length > x.shape.length || factor.shape.length > x.shape.length) continue;
    if (Math.abs(merged) > 1e-30 && Math.abs(merged) < 1e30) return mul(x, merged);
  }
  return undefined;
}

function scalarFactor(tensor: Tensor): number | undefined {
  const value = sizeOf(tensor.shape) === 1 && isFloat(tensor.dtype) ? constantValue(tensor) : undefined;
  return value === undefined ? undefined : Number(value.data[0]);
}

/** Elementwise $a \cdot b$ with broadcasting. Operands share one dtype, which the result keeps; integers wrap. */
export function mul(a: Operand, b: Operand): Tensor {
  return applyOne(mulPrimitive, operands("mul", a, b), {});
}
