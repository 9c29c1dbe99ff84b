import { checkDtype, type Dtype, type Shape } from "@attnlab/check";
import type { Tensor } from "../ir/tensor.ts";
import { add } from "./add.ts";
import { bitShiftRight } from "./bit-shift-right.ts";
import { cast } from "./cast.ts";
import { FLOATS } from "./elementwise.ts";
import { mul } from "./mul.ts";
import { checkDraw, randomBits } from "./random-bits.ts";
import { reshape } from "./reshape.ts";
import { split } from "./split.ts";

/**
 * Uniform random numbers in [0, 1): 24 bits in float32, 53 bits (of two words) in float64; exact, so the same in every backend.
 *
 * @param key - uint32 of shape [2], from {@link randomKey}.
 * @param dtype - `"float32"` or `"float64"`. Default `"float32"`.
 * @throws {@link ShapeError} when the key or the shape is not one; {@link DtypeError} on integers.
 * @example
 * ```ts
 * import { evaluate, randomKey, randomUniform, trace } from "@attnlab/graph";
 * evaluate(trace(() => randomUniform(randomKey(0), [2], "float64"), []), []).shape // => [2]
 * ```
 */
export function randomUniform(key: Tensor, shape: Shape, dtype: Dtype = "float32"): Tensor {
  checkDtype("randomUniform", dtype, FLOATS);
  checkDraw("randomUniform", key, shape);
  if (dtype === "float32") return mul(cast(bitShiftRight(randomBits(key, shape), 8), dtype), 2 ** -24);
  const [high, low] = split(randomBits(key, [2, ...shape]), 2) as [Tensor, Tensor];
  const top = mul(cast(bitShiftRight(high, 5), dtype), 2 ** -27);
  return reshape(add(top, mul(cast(bitShiftRight(low, 6), dtype), 2 ** -53)), shape);
}
