import { OptionError, problem, type Shape, show, sizeOf } from "@attnlab/check";
import { isTensor, type Tensor } from "../ir/tensor.ts";
import { filled } from "./broadcast-to.ts";
import { less, lessEqual } from "./comparison.ts";
import { concat } from "./concat.ts";
import { mul } from "./mul.ts";
import type { Operand } from "./operand.ts";
import { checkDraw, randomBits } from "./random-bits.ts";
import { randomUniform } from "./random-uniform.ts";
import { reshape } from "./reshape.ts";
import { sliceAxis } from "./slice.ts";

/**
 * Random truth values that are true with the given probability; the same in every backend.
 *
 * Words are compared without a conversion to floats. From 1/256 to 255/256 one 32-bit word makes two values, which halves the cost of
 * dropout: the probability is then rounded to a multiple of 2^-16, outside of that range to a multiple of 2^-32.
 *
 * @param key - uint32 of shape [2], from {@link randomKey}.
 * @param probability - a number from 0 to 1, or a float tensor that broadcasts to `shape`, which is compared with uniform numbers.
 * @returns bool of the given shape.
 * @throws {@link OptionError} when the number is outside 0 to 1; {@link ShapeError} when the key or the shape is not one.
 * @example
 * ```ts
 * import { bernoulli, evaluate, randomKey, trace } from "@attnlab/graph";
 * const program = trace(() => bernoulli(randomKey(0), 0.5, [4]), []);
 * evaluate(program, []).data // => Uint8Array [1, 0, 1, 1]
 * ```
 */
export function bernoulli(key: Tensor, probability: Operand, shape: Shape): Tensor {
  checkDraw("bernoulli", key, shape);
  if (isTensor(probability)) return less(randomUniform(key, shape, probability.dtype), probability);
  if (!(probability >= 0 && probability <= 1)) {
    const fix = "For dropout pass the probability to keep.";
    throw new OptionError(problem({ where: "bernoulli", expected: "probability must be from 0 to 1", got: show(probability), fix }));
  }
  if (Math.min(probability, 1 - probability) < 2 ** -8) {
    const threshold = Math.round(probability * 2 ** 32);
    return threshold === 0 ? filled({ dtype: "bool", shape }, 0) : lessEqual(randomBits(key, shape), threshold - 1);
  }
  const count = sizeOf(shape);
  const words = randomBits(key, [Math.ceil(count / 2)]);
  // The upper half is below t exactly when the word is below t 2^16; a product brings the lower half up.
  const threshold = Math.round(probability * 2 ** 16) * 2 ** 16 - 1;
  const halves = concat([lessEqual(words, threshold), lessEqual(mul(words, 2 ** 16), threshold)]);
  return reshape(sliceAxis(halves, 0, 0, count), shape);
}
