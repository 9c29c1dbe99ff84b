import { integerOption, OptionError, optionTable, problem } from "@attnlab/check";
import { createRng, type Rng } from "@attnlab/random";
import type { LabeledTokens } from "./labeled-tokens.ts";

/** Texts whose class is decided by one known token. */
export interface PlantedTokens extends LabeledTokens {
  /** Column of the one polar word of each text: `[count]`. Attention should select it. */
  readonly optimal: Int32Array;
}

/** The two parts of {@link plantedTokenTexts} and the words of the ids. */
export interface PlantedTokenTexts {
  /** Word of each id; its length is the vocabulary size. */
  readonly vocabulary: readonly string[];
  readonly train: PlantedTokens;
  readonly test: PlantedTokens;
}

/** Options of {@link plantedTokenTexts}. */
export interface PlantedTokenOptions {
  /** A whole number from 0 to 2^53 - 1. */
  readonly seed: number;
  /** Training texts. Default 1500. */
  readonly train?: number;
  /** Test texts. Default 1500. */
  readonly test?: number;
  /** Fewest words in a text. Default 6. */
  readonly minLength?: number;
  /** Most words in a text. Default 16; rows have one column more, for `[CLS]`. */
  readonly maxLength?: number;
  /** Number of neutral words. Default 200. */
  readonly neutral?: number;
  /** Number of words that make a text positive. Default 40. */
  readonly positive?: number;
  /** Number of words that make a text negative. Default 40. */
  readonly negative?: number;
}

const table = optionTable("plantedTokenTexts", {
  seed: integerOption({ doc: "Seed of the texts.", min: 0, required: true }),
  train: integerOption({ doc: "Training texts.", min: 1, default: 1500 }),
  test: integerOption({ doc: "Test texts.", min: 1, default: 1500 }),
  minLength: integerOption({ doc: "Fewest words in a text.", min: 1, default: 6 }),
  maxLength: integerOption({ doc: "Most words in a text.", min: 1, default: 16 }),
  neutral: integerOption({ doc: "Neutral words.", min: 1, default: 200 }),
  positive: integerOption({ doc: "Positive words.", min: 1, default: 40 }),
  negative: integerOption({ doc: "Negative words.", min: 1, default: 40 }),
});

const FIRST_WORD = 2;

type Sizes = Required<Omit<PlantedTokenOptions, "seed" | "train" | "test">>;

function drawTexts(rng: Rng, count: number, sizes: Sizes): PlantedTokens {
  const { minLength, maxLength, neutral, positive, negative } = sizes;
  const length = maxLength + 1;
  const ids = new Int32Array(count * length);
  const mask = new Uint8Array(count * length);
  const optimal = new Int32Array(count);
  // Half of each class (the odd one out is negative), in random order.
  const labels = rng.split("labels").shuffle(Int32Array.from({ length: count }, (_, i) => i % 2));
  const words = rng.split("words");
  for (let row = 0; row < count; row++) {
    const start = row * length;
    const size = minLength + words.integer(maxLength - minLength + 1);
    mask.fill(1, start, start + size + 1);
    ids[start] = 1;
    for (let i = 1; i <= size; i++) ids[start + i] = FIRST_WORD + words.integer(neutral);
    const place = 1 + words.integer(size);
    const first = FIRST_WORD + neutral;
    ids[start + place] = labels[row] === 1 ? first + words.integer(positive) : first + positive + words.integer(negative);
    optimal[row] = place;
  }
  return { count, length, ids, mask, labels, optimal };
}

function named(kind: string, count: number): string[] {
  return Array.from({ length: count }, (_, i) => `${kind}${i}`);
}

/**
 * Draws texts of neutral words with exactly one polar word at a random place; its polarity is the class.
 *
 * The position of the deciding word is known, so token selection can be scored. Ids in order: `[PAD]`, `[CLS]`, neutral, positive, negative
 * words; 282 with the defaults. Shapes: `ids` and `mask` `[count, maxLength + 1]`, `labels` (1 positive, 0 negative) and `optimal` `[count]`.
 *
 * @param options.seed - train and test are drawn independently from it.
 * @throws OptionError on an unknown option, a bad size, or `minLength` above `maxLength`.
 * @example
 * ```ts
 * import { plantedTokenTexts } from "@attnlab/datasets";
 * const { vocabulary, train } = plantedTokenTexts({ seed: 0 });
 * vocabulary.length; // => 282
 * train.length; // => 17
 * ```
 */
export function plantedTokenTexts(options: PlantedTokenOptions): PlantedTokenTexts {
  const { seed, train, test, ...sizes } = table.parse(options);
  if (sizes.minLength > sizes.maxLength) {
    const got = `${sizes.minLength} and ${sizes.maxLength}`;
    const fix = "Raise maxLength or lower minLength.";
    throw new OptionError(problem({ where: "plantedTokenTexts", expected: "minLength must be at most maxLength", got, fix }));
  }
  const { neutral, positive, negative } = sizes;
  const rng = createRng(seed);
  return {
    vocabulary: ["[PAD]", "[CLS]", ...named("neutral", neutral), ...named("positive", positive), ...named("negative", negative)],
    train: drawTexts(rng.split("train"), train, sizes),
    test: drawTexts(rng.split("test"), test, sizes),
  };
}
