import type { VjpContext } from "../ir/primitive.ts";
import type { Tensor } from "../ir/tensor.ts";
import { equal } from "./comparison.ts";
import type { NoAttributes } from "./elementwise.ts";
import { mul } from "./mul.ts";
import { sumTo } from "./sum-to.ts";
import { where } from "./where.ts";

/** Gradients of `minimum` and `maximum`: all of it goes to the operand that wins, half to each when they are equal. */
export function extremumGradient(
  { inputs, cotangents, needs }: VjpContext<NoAttributes>,
  wins: (own: Tensor, other: Tensor) => Tensor,
): readonly (Tensor | undefined)[] {
  const [a, b, c] = [inputs[0] as Tensor, inputs[1] as Tensor, cotangents[0] as Tensor];
  const shared = where(equal(a, b), mul(c, 0.5), 0);
  const gradient = (own: Tensor, other: Tensor): Tensor => sumTo(where(wins(own, other), c, shared), own.shape);
  return [needs[0] ? gradient(a, b) : undefined, needs[1] ? gradient(b, a) : undefined];
}
