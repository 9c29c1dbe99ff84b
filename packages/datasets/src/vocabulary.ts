import { DataError, integerOption, type OptionRule, optionTable, problem } from "@attnlab/check";
import type { EncodedTexts } from "./labeled-tokens.ts";

/** Fills rows up to their length. */
export const PAD_ID = 0;
/** Stands first in every row; its final state represents the text. */
export const CLS_ID = 1;
/** Stands for every token that is not in the vocabulary. */
export const UNK_ID = 2;

const SPECIAL_TOKENS = ["[PAD]", "[CLS]", "[UNK]"] as const;

/** Tokens and their ids: `[PAD]` 0, `[CLS]` 1, `[UNK]` 2, then words, most frequent first. */
export interface Vocabulary {
  /** Number of ids, special ones included. */
  readonly size: number;
  /** Token of each id. */
  readonly tokens: readonly string[];
  /** Id of each token. */
  readonly ids: ReadonlyMap<string, number>;
}

/** Options of {@link buildVocabulary}. */
export interface VocabularyOptions {
  /** Most ids, the three special ones included. Default 5000. */
  readonly maxSize?: number;
  /** Fewest occurrences of a word that is kept. Default 2. */
  readonly minCount?: number;
}

/** Rules of {@link VocabularyOptions}, shared with the functions that build a vocabulary on the way. */
export const vocabularyRules: { readonly maxSize: OptionRule<number>; readonly minCount: OptionRule<number> } = {
  maxSize: integerOption({ doc: "Most ids in the vocabulary, special ones included.", min: SPECIAL_TOKENS.length + 1, default: 5000 }),
  minCount: integerOption({ doc: "Fewest occurrences of a word that is kept.", min: 1, default: 2 }),
};

/** Rule of the row length, shared with the functions that encode on the way. */
export const rowLengthRule: OptionRule<number> = integerOption({ doc: "Tokens per row, [CLS] included.", min: 2, default: 128 });

const vocabularyTable = optionTable("buildVocabulary", vocabularyRules);
const encodeTable = optionTable("encodeTokens", { length: rowLengthRule });

/**
 * Counts the tokens of documents and keeps the frequent ones. Pass the training part only: words of the test part must stay unknown.
 *
 * Order: by count, then by code unit, so equal documents give equal ids everywhere.
 *
 * @param documents - tokens of each document, for example from `tokenize`.
 * @throws DataError when no token is left.
 * @throws OptionError on an unknown or bad option.
 * @example
 * ```ts
 * import { buildVocabulary } from "@attnlab/datasets";
 * buildVocabulary([["b", "a"], ["a"]], { minCount: 1 }).tokens; // => ["[PAD]", "[CLS]", "[UNK]", "a", "b"]
 * ```
 */
export function buildVocabulary(documents: Iterable<readonly string[]>, options?: VocabularyOptions): Vocabulary {
  const { maxSize, minCount } = vocabularyTable.parse(options);
  const counts = new Map<string, number>();
  for (const tokens of documents) for (const token of tokens) counts.set(token, (counts.get(token) ?? 0) + 1);
  for (const special of SPECIAL_TOKENS) counts.delete(special);
  const kept = [...counts]
    .filter(([, count]) => count >= minCount)
    .sort(([a, countA], [b, countB]) => countB - countA || (a < b ? -1 : 1))
    .slice(0, maxSize - SPECIAL_TOKENS.length)
    .map(([token]) => token);
  if (kept.length === 0) {
    throw new DataError(
      problem({
        where: "buildVocabulary",
        expected: `some token must occur at least ${minCount} times`,
        got: `${counts.size} different tokens, all rarer`,
        fix: "Pass more documents, or a smaller minCount.",
      }),
    );
  }
  const tokens = [...SPECIAL_TOKENS, ...kept];
  return { size: tokens.length, tokens, ids: new Map(tokens.map((token, id) => [token, id])) };
}

/**
 * Turns tokens into rows of ids: `[CLS]`, then the tokens, cut or padded with `[PAD]` to `length`.
 *
 * Shapes: `ids` and `mask` `[documents.length, length]`.
 *
 * @param documents - tokens of each document.
 * @param options.length - tokens per row, `[CLS]` included. Default 128.
 * @throws OptionError on an unknown or bad option.
 * @example
 * ```ts
 * import { buildVocabulary, encodeTokens } from "@attnlab/datasets";
 * const vocabulary = buildVocabulary([["a", "a", "b"]], { minCount: 2 });
 * encodeTokens([["a", "b"]], vocabulary, { length: 5 }).ids; // => Int32Array [1, 3, 2, 0, 0]
 * ```
 */
export function encodeTokens(
  documents: readonly (readonly string[])[],
  vocabulary: Vocabulary,
  options?: { readonly length?: number },
): EncodedTexts {
  const { length } = encodeTable.parse(options);
  const count = documents.length;
  const ids = new Int32Array(count * length);
  const mask = new Uint8Array(count * length);
  for (const [row, tokens] of documents.entries()) {
    const start = row * length;
    const used = Math.min(tokens.length, length - 1);
    ids[start] = CLS_ID;
    for (let i = 0; i < used; i++) ids[start + 1 + i] = vocabulary.ids.get(tokens[i] as string) ?? UNK_ID;
    mask.fill(1, start, start + 1 + used);
  }
  return { count, length, ids, mask };
}
