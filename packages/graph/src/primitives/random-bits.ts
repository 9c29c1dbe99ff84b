import { checkShape, problem, type Shape, ShapeError, showShape, sizeOf } from "@attnlab/check";
import type { Tensor } from "../ir/tensor.ts";
import { add } from "./add.ts";
import { concat } from "./concat.ts";
import { constantOf } from "./constant.ts";
import { iota } from "./iota.ts";
import { reshape } from "./reshape.ts";
import { sliceAxis } from "./slice.ts";
import { checkKey, threefry2x32 } from "./threefry.ts";

/**
 * Uniform random 32-bit words, as uint32. The same key gives the same words in the interpreter and in ONNX Runtime, bit for bit.
 *
 * With $h = \lceil n/2 \rceil$ for $n$ words, the block of counter $(i, i + h)$ gives words $i$ and $i + h$; for odd $n$ the last
 * counter is $(h - 1, 0)$. These are the words of JAX's `random.bits` (its default generator, `threefry_partitionable` off).
 *
 * @param key - uint32 of shape [2], from {@link randomKey}.
 * @throws {@link ShapeError} when the key or the shape is not one, or more than 2^31 words are asked for.
 */
export function randomBits(key: Tensor, shape: Shape): Tensor {
  checkShape("randomBits", shape);
  checkKey("randomBits", key);
  const count = sizeOf(shape);
  if (count > 2 ** 31) {
    const fix = "Draw in several parts with keys of their own.";
    throw new ShapeError(problem({ where: "randomBits", expected: "at most 2^31 words can be drawn at once", got: showShape(shape), fix }));
  }
  const half = Math.ceil(count / 2);
  const first = iota("uint32", half);
  const second = count % 2 === 0 ? add(first, half) : concat([add(iota("uint32", half - 1), half), constantOf("uint32", [1], [0])]);
  const words = concat(threefry2x32(key, first, second));
  return reshape(sliceAxis(words, 0, 0, count), shape);
}
