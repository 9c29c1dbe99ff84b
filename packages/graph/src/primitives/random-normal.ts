import { checkDtype, type Dtype, type Shape, sizeOf } from "@attnlab/check";
import type { Tensor } from "../ir/tensor.ts";
import { concat } from "./concat.ts";
import { cos } from "./cos.ts";
import { FLOATS } from "./elementwise.ts";
import { log } from "./log.ts";
import { mul } from "./mul.ts";
import { checkDraw } from "./random-bits.ts";
import { randomUniform } from "./random-uniform.ts";
import { reshape } from "./reshape.ts";
import { sin } from "./sin.ts";
import { sliceAxis } from "./slice.ts";
import { split } from "./split.ts";
import { sqrt } from "./sqrt.ts";
import { sub } from "./sub.ts";

/**
 * Standard normal random numbers by the Box-Muller transform: $r\cos\theta$ and $r\sin\theta$ with $r = \sqrt{-2\log(1-u_1)}$,
 * $\theta = 2\pi u_2$. Backends agree up to the rounding of these functions. The largest size is 5.8 in float32, 8.6 in float64.
 *
 * @param key - uint32 of shape [2], from {@link randomKey}.
 * @param dtype - `"float32"` or `"float64"`. Default `"float32"`.
 * @throws {@link ShapeError} when the key or the shape is not one; {@link DtypeError} on integers.
 * @example
 * ```ts
 * import { evaluate, randomKey, randomNormal, trace } from "@attnlab/graph";
 * evaluate(trace(() => randomNormal(randomKey(0), [3]), []), []).shape // => [3]
 * ```
 */
export function randomNormal(key: Tensor, shape: Shape, dtype: Dtype = "float32"): Tensor {
  checkDtype("randomNormal", dtype, FLOATS);
  checkDraw("randomNormal", key, shape);
  const count = sizeOf(shape);
  const [u1, u2] = split(randomUniform(key, [2, Math.ceil(count / 2)], dtype), 2) as [Tensor, Tensor];
  // 1 - u is never 0, and exact.
  const radius = sqrt(mul(log(sub(1, u1)), -2));
  const angle = mul(u2, 2 * Math.PI);
  const both = concat([mul(radius, cos(angle)), mul(radius, sin(angle))]);
  return reshape(sliceAxis(reshape(both, [-1]), 0, 0, count), shape);
}
