import { OptionError, problem, show } from "@attnlab/check";
import { isTensor, type Tensor } from "../ir/tensor.ts";
import { concat } from "./concat.ts";
import { constant } from "./constant.ts";
import { iota } from "./iota.ts";
import { seedWord } from "./random-key.ts";
import { reshape } from "./reshape.ts";
import { split } from "./split.ts";
import { stack } from "./stack.ts";
import { threefry, threefry2x32 } from "./threefry.ts";

// Draws use counters whose second word is below 2^31. Derived keys set its top bit, so no draw can meet them.
const FOLD_DOMAIN = 0x80000000;
const SPLIT_DOMAIN = 0xc0000000;

/**
 * Derives independent keys: `count` numbered ones, of which the first ones do not depend on `count`, or the one that a label names.
 *
 * Numbered keys are made together and cost as much as one; prefer them for many draws in one program.
 *
 * @param key - uint32 of shape [2].
 * @param into - a whole number >= 1, which gives a list of keys, or a non-empty label, which gives one key.
 * @throws {@link OptionError} when `into` is neither.
 * @example
 * ```ts
 * import { evaluate, randomKey, randomSplit, randomUniform, trace } from "@attnlab/graph";
 * const program = trace(() => randomSplit(randomKey(0), 2).map((key) => randomUniform(key, [2])), []);
 * evaluate(program, []).map(({ shape }) => shape) // => [[2], [2]]
 * ```
 */
export function randomSplit(key: Tensor, into: number): readonly Tensor[];
export function randomSplit(key: Tensor, into: string): Tensor;
export function randomSplit(key: Tensor, into: number | string): readonly Tensor[] | Tensor {
  if (typeof into === "string" && into !== "") {
    const [word0, word1] = hashLabel(into);
    // The hash spreads over both words; the top bit of the second keeps it away from draws.
    return derive(key, constant(word0, "uint32"), (word1 | FOLD_DOMAIN) >>> 0);
  }
  if (typeof into !== "number" || !Number.isSafeInteger(into) || into < 1) {
    const expected = "the second argument must be a whole number >= 1 or a non-empty label";
    throw new OptionError(problem({ where: "randomSplit", expected, got: show(into), fix: 'Pass for example 2 or "dropout".' }));
  }
  const words = threefry2x32(key, iota("uint32", into), constant(SPLIT_DOMAIN, "uint32"));
  return split(stack(words, 1), into).map((child) => reshape(child, [2]));
}

/**
 * Derives the key of a step: fresh numbers in every iteration of a loop, or in every run of a program that counts its runs.
 *
 * @param key - uint32 of shape [2].
 * @param step - a whole number from 0 to 2^32 - 1, or a scalar tensor of int64 or uint32, taken modulo 2^32.
 * @throws {@link OptionError}, {@link ShapeError} or {@link DtypeError} when `step` is not such a number.
 * @example
 * ```ts
 * import { randomFold, randomKey, trace } from "@attnlab/graph";
 * const keys = trace((step) => randomFold(randomKey(0), step), [{ dtype: "int64", shape: [] }]);
 * keys.outputs[0]?.tensor.shape // => [2]
 * ```
 */
export function randomFold(key: Tensor, step: number | Tensor): Tensor {
  if (isTensor(step)) return derive(key, seedWord("randomFold", step), FOLD_DOMAIN);
  if (!Number.isInteger(step) || step < 0 || step >= 2 ** 32) {
    const expected = "step must be a whole number from 0 to 2^32 - 1";
    throw new OptionError(problem({ where: "randomFold", expected, got: show(step), fix: "Pass the number of the step." }));
  }
  return derive(key, constant(step, "uint32"), FOLD_DOMAIN);
}

function derive(key: Tensor, word0: Tensor, word1: number): Tensor {
  return concat(threefry2x32(key, word0, constant(word1, "uint32")).map((word) => reshape(word, [1])));
}

/** 64 bits that depend on every character: UTF-16 code units, four to a block, each block encrypted under the hash so far. */
function hashLabel(label: string): readonly [number, number] {
  const unit = (i: number): number => (i < label.length ? label.charCodeAt(i) : 0);
  let hash: readonly [number, number] = threefry(0, 0, label.length, 0);
  for (let i = 0; i < label.length; i += 4) {
    hash = threefry(hash[0], hash[1], unit(i) + 65536 * unit(i + 1), unit(i + 2) + 65536 * unit(i + 3));
  }
  return hash;
}
