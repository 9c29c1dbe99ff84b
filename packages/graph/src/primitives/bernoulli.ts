import { OptionError, problem, type Shape, show } from "@attnlab/check";
import { isTensor, type Tensor } from "../ir/tensor.ts";
import { filled } from "./broadcast-to.ts";
import { less, lessEqual } from "./comparison.ts";
import type { Operand } from "./operand.ts";
import { randomBits } from "./random-bits.ts";
import { randomUniform } from "./random-uniform.ts";

/**
 * Random truth values that are true with the given probability; the same in every backend.
 *
 * @param key - uint32 of shape [2], from {@link randomKey}.
 * @param probability - a number from 0 to 1, rounded to a multiple of 2^-32; or a float tensor that broadcasts to `shape`.
 * @throws {@link OptionError} when the number is outside 0 to 1; {@link ShapeError} when the key or the shape is not one.
 */
export function bernoulli(key: Tensor, probability: Operand, shape: Shape): Tensor {
  if (isTensor(probability)) return less(randomUniform(key, shape, probability.dtype), probability);
  if (!(probability >= 0 && probability <= 1)) {
    const fix = "For dropout pass the probability to keep.";
    throw new OptionError(problem({ where: "bernoulli", expected: "probability must be from 0 to 1", got: show(probability), fix }));
  }
  const threshold = Math.round(probability * 2 ** 32);
  // Whole words are compared: no conversion to floats.
  return threshold === 0 ? filled({ dtype: "bool", shape }, 0) : lessEqual(randomBits(key, shape), threshold - 1);
}
