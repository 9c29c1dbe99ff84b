import { OptionError, problem, show } from "@attnlab/check";
import { threefryInto } from "./threefry.ts";

// Draws use counters whose second word stays below 2^21; the top bit marks the first block of a label, so no draw can meet it.
const LABEL_DOMAIN = 0x80000000;
const STRING_LABEL = 1;
const INTEGER_LABEL = 2;
const NEGATIVE_LABEL = 3;

/**
 * The key of the child generator that `label` names under `key`.
 *
 * The label is absorbed block by block, each block encrypted under the key so far. The first block holds the kind and the length,
 * so no label is the beginning of another one, and 7 and "7" differ.
 *
 * @throws {@link OptionError} when `label` is neither a non-empty string nor a safe integer.
 */
export function splitKey(key: Uint32Array, label: string | number): Uint32Array {
  const child = new Uint32Array(2);
  const absorb = (from: Uint32Array, word0: number, word1: number): void =>
    threefryInto(child, from[0] as number, from[1] as number, word0, word1);
  if (typeof label === "string" && label !== "") {
    absorb(key, label.length, LABEL_DOMAIN + STRING_LABEL);
    // UTF-16 code units, four to a block: exact for every string, lone surrogates included.
    const unit = (i: number): number => (i < label.length ? label.charCodeAt(i) : 0);
    for (let i = 0; i < label.length; i += 4) absorb(child, unit(i) + 65536 * unit(i + 1), unit(i + 2) + 65536 * unit(i + 3));
  } else if (Number.isSafeInteger(label)) {
    const size = Math.abs(label as number);
    absorb(key, 2, LABEL_DOMAIN + ((label as number) < 0 ? NEGATIVE_LABEL : INTEGER_LABEL));
    absorb(child, size % 2 ** 32, Math.floor(size / 2 ** 32));
  } else {
    throw new OptionError(
      problem({
        where: "Rng.split",
        expected: "label must be a non-empty string or a safe integer",
        got: show(label),
        fix: 'Name what the child is for, for example rng.split("weights") or rng.split(3).',
      }),
    );
  }
  return child;
}
