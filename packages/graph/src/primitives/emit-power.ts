import type { Dtype } from "@attnlab/check";
import type { Attributes } from "../ir/tensor.ts";
import type { LowerContext } from "../lower/context.ts";

// Pow costs about ten times a product or a square root per element (ONNX Runtime 1.30, both precisions).
const LARGEST = 16;

/**
 * Emits $x^e$ for a known exponent: products and square roots for multiples of 1/4 up to 16, the operator `Pow` otherwise.
 * With a fractional exponent the base must not be negative.
 */
export function emitPower<A extends Attributes>(
  { emit, scalar }: LowerContext<A>,
  base: string,
  { exponent, dtype }: { readonly exponent: number; readonly dtype: Dtype },
): string {
  if (!Number.isInteger(4 * exponent) || exponent <= 0 || exponent > LARGEST) return emit("Pow", [base, scalar(exponent, dtype)]);
  const factors: string[] = [];
  let power = base;
  for (let n = Math.floor(exponent); n > 0; n = Math.floor(n / 2)) {
    if (n % 2 === 1) factors.push(power);
    if (n > 1) power = emit("Mul", [power, power]);
  }
  const quarters = (4 * exponent) % 4;
  if (quarters > 0) {
    const root = emit("Sqrt", [base]);
    if (quarters >= 2) factors.push(root);
    if (quarters !== 2) factors.push(emit("Sqrt", [root]));
  }
  return factors.reduce((a, b) => emit("Mul", [a, b]));
}
