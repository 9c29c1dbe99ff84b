import { checkDtype, OptionError, problem, ShapeError, show, showShape } from "@attnlab/check";
import { isTensor, type Tensor } from "../ir/tensor.ts";
import { cast } from "./cast.ts";
import { concat } from "./concat.ts";
import { constantOf } from "./constant.ts";
import { reshape } from "./reshape.ts";

/**
 * Makes a random key, a uint32 tensor of shape [2], from a seed. Equal seeds give equal numbers in every backend.
 *
 * Use a key once: draw from it, or derive others with {@link randomSplit} and {@link randomFold}.
 *
 * @param seed - a whole number from 0 to 2^53 - 1, or a scalar tensor of int64 or uint32, taken modulo 2^32.
 * @throws {@link OptionError} when a number is not such a seed; {@link ShapeError} or {@link DtypeError} when a tensor is not.
 * @example
 * ```ts
 * import { evaluate, randomKey, trace } from "@attnlab/graph";
 * evaluate(trace(() => randomKey(7), []), []).data // => Uint32Array [0, 7]
 * ```
 */
export function randomKey(seed: number | Tensor): Tensor {
  if (isTensor(seed)) return concat([constantOf("uint32", [1], [0]), reshape(seedWord("randomKey", seed), [1])]);
  if (!Number.isSafeInteger(seed) || seed < 0) {
    const expected = "seed must be a whole number from 0 to 2^53 - 1";
    throw new OptionError(problem({ where: "randomKey", expected, got: show(seed), fix: "Pass for example randomKey(0)." }));
  }
  return constantOf("uint32", [2], [Math.floor(seed / 2 ** 32), seed % 2 ** 32]);
}

/** A scalar int64 or uint32 tensor as a uint32 word. */
export function seedWord(where: string, value: Tensor): Tensor {
  checkDtype(where, value.dtype, ["int64", "uint32"]);
  if (value.shape.length > 0) {
    const fix = "Reshape it to [].";
    throw new ShapeError(problem({ where, expected: "the number must be a scalar", got: showShape(value.shape), fix }));
  }
  return cast(value, "uint32");
}
