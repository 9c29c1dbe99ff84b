import { DataError, optionTable, problem } from "@attnlab/check";
import type { LabeledTexts } from "./labeled-texts.ts";
import type { LabeledTokens } from "./labeled-tokens.ts";
import { tokenize } from "./tokenize.ts";
import { buildVocabulary, encodeTokens, rowLengthRule, type Vocabulary, type VocabularyOptions, vocabularyRules } from "./vocabulary.ts";

/** A text classification ready to train on. */
export interface TextTask {
  readonly vocabulary: Vocabulary;
  readonly classNames: readonly string[];
  readonly train: LabeledTokens;
  readonly test: LabeledTokens;
}

/** Options of {@link encodeTextTask}. */
export interface TextTaskOptions extends VocabularyOptions {
  /** Tokens per row, `[CLS]` included. Default 128. */
  readonly length?: number;
}

const table = optionTable("encodeTextTask", { ...vocabularyRules, length: rowLengthRule });

function checkPart(name: string, part: LabeledTexts, classNames: readonly string[]): void {
  const fail = (expected: string, got: string, fix: string): never => {
    throw new DataError(problem({ where: "encodeTextTask", expected: `${name} ${expected}`, got, fix }));
  };
  if (part.texts.length === 0) fail("must not be empty", "0 texts", "Check the split.");
  if (part.texts.length !== part.labels.length) {
    fail("must have one label per text", `${part.texts.length} texts and ${part.labels.length} labels`, "Pass both from one corpus.");
  }
  const bad = part.labels.findIndex((label) => label < 0 || label >= classNames.length);
  if (bad >= 0) fail(`labels must be class numbers below ${classNames.length}`, `${part.labels[bad]} at ${bad}`, "Name every class.");
}

/**
 * Tokenizes two parts of a corpus, builds the vocabulary from the training part alone and encodes both.
 *
 * @param parts - `train` and `test`, for example from `takeTexts` with a stratified split.
 * @throws DataError when a part is empty or a label has no class.
 * @throws OptionError on an unknown or bad option.
 * @example
 * ```ts
 * import { encodeTextTask } from "@attnlab/datasets";
 * const classNames = ["ham", "spam"];
 * const train = { texts: ["Buy now!", "See you"], labels: Int32Array.of(1, 0), classNames };
 * const test = { texts: ["Buy it"], labels: Int32Array.of(1), classNames };
 * const task = encodeTextTask({ train, test }, { length: 4, minCount: 1 });
 * task.vocabulary.tokens.slice(3); // => ["!", "buy", "now", "see", "you"]
 * task.test.ids; // => Int32Array [1, 4, 2, 0]
 * ```
 */
export function encodeTextTask(parts: { readonly train: LabeledTexts; readonly test: LabeledTexts }, options?: TextTaskOptions): TextTask {
  const { length, ...vocabularyOptions } = table.parse(options);
  const { train, test } = parts;
  const { classNames } = train;
  checkPart("train", train, classNames);
  checkPart("test", test, classNames);
  const trainTokens = train.texts.map(tokenize);
  const vocabulary = buildVocabulary(trainTokens, vocabularyOptions);
  return {
    vocabulary,
    classNames,
    train: { ...encodeTokens(trainTokens, vocabulary, { length }), labels: Int32Array.from(train.labels) },
    test: { ...encodeTokens(test.texts.map(tokenize), vocabulary, { length }), labels: Int32Array.from(test.labels) },
  };
}
