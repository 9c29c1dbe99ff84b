import { checkShape, problem, type Shape, ShapeError, showShape, sizeOf } from "@attnlab/check";
import type { Tensor } from "../ir/tensor.ts";
import { mayBeDynamic } from "../trace/spec.ts";
import { add } from "./add.ts";
import { concat } from "./concat.ts";
import { constantOf } from "./constant.ts";
import { iota } from "./iota.ts";
import { reshape } from "./reshape.ts";
import { sliceAxis } from "./slice.ts";
import { checkKey, threefry2x32 } from "./threefry.ts";

/**
 * Requires a key and a shape that can be drawn.
 * @throws {@link ShapeError} or {@link DtypeError} otherwise.
 */
export function checkDraw(where: string, key: Tensor, shape: Shape): void {
  checkShape(where, shape);
  checkKey(where, key);
  if (shape.some(mayBeDynamic)) {
    const fix = "Draw only in programs of fixed sizes: leave dropout out of what you export.";
    throw new ShapeError(problem({ where, expected: "the shape must not depend on a dynamic dimension", got: "one that does", fix }));
  }
  if (sizeOf(shape) > 2 ** 30) {
    const fix = "Draw in several parts with keys of their own.";
    throw new ShapeError(problem({ where, expected: "at most 2^30 numbers can be drawn at once", got: showShape(shape), fix }));
  }
}

/**
 * Uniform random 32-bit words, as uint32. The same key gives the same words in the interpreter and in ONNX Runtime, bit for bit.
 *
 * With $h = \lceil n/2 \rceil$ for $n$ words, the block of counter $(i, i + h)$ gives words $i$ and $i + h$; for odd $n$ the last
 * counter is $(h - 1, 0)$. These are the words of JAX's `random.bits` (its default generator, `threefry_partitionable` off).
 *
 * @param key - uint32 of shape [2], from {@link randomKey}.
 * @throws {@link ShapeError} when the key or the shape is not one, depends on a dynamic dimension, or has more than 2^30 elements.
 * @example
 * ```ts
 * import { evaluate, randomBits, randomKey, trace } from "@attnlab/graph";
 * evaluate(trace(() => randomBits(randomKey(0), [2]), []), []).data // => Uint32Array [928981903, 3453687069]
 * ```
 */
export function randomBits(key: Tensor, shape: Shape): Tensor {
  checkDraw("randomBits", key, shape);
  const count = sizeOf(shape);
  const half = Math.ceil(count / 2);
  const first = iota("uint32", half);
  const second = count % 2 === 0 ? add(first, half) : concat([add(iota("uint32", half - 1), half), constantOf("uint32", [1], [0])]);
  const words = concat(threefry2x32(key, first, second));
  return reshape(sliceAxis(words, 0, 0, count), shape);
}
