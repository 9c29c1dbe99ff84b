import { DataError } from "@attnlab/check";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { takeTexts } from "./labeled-texts.ts";
import { encodeTextTask } from "./text-task.ts";
import { tokenize } from "./tokenize.ts";
import { buildVocabulary, CLS_ID, encodeTokens, PAD_ID, UNK_ID } from "./vocabulary.ts";

describe("tokenize", () => {
  test.each([
    ["Hello, World", ["hello", ",", "world"]],
    ["don't DON\u2019T 'quoted'", ["don't", "don't", "'", "quoted", "'"]],
    ["3 3.14 1,000 10:30 v2", ["[NUM]", "[NUM]", "[NUM]", "[NUM]", "v", "[NUM]"]],
    ["!!! --- ?! $$", ["!", "-", "?", "!", "$"]],
    ["mail Me@Example.co.uk now", ["mail", "[EMAIL]", "now"]],
    ["see http://a.b/c?d=1, <https://x.y>", ["see", "[URL]", "<", "[URL]", ">"]],
    ["caf\u00e9 cafe\u0301 \u65e5\u672c", ["caf\u00e9", "caf\u00e9", "\u65e5\u672c"]],
    ["[CLS] [NUM]", ["[", "cls", "]", "[", "num", "]"]],
    ["", []],
    [" \n\t\u0000 ", []],
  ])("%j", (text, tokens) => {
    expect(tokenize(text)).toEqual(tokens);
  });

  test("white space between texts never joins tokens, and case does not matter", () => {
    fc.assert(
      fc.property(fc.lorem(), fc.lorem(), (a, b) => {
        expect(tokenize(`${a}\n${b}`)).toEqual([...tokenize(a), ...tokenize(b)]);
        expect(tokenize(a.toUpperCase())).toEqual(tokenize(a));
      }),
    );
  });

  test("endless words and half addresses take linear time", () => {
    const start = process.cpuUsage().user;
    expect(tokenize("a1".repeat(50_000)).length).toBe(100_000);
    expect(tokenize(`${"x".repeat(100_000)}@`).length).toBe(2);
    expect(process.cpuUsage().user - start).toBeLessThan(5e6); // microseconds; quadratic time would be minutes
  });
});

describe("buildVocabulary", () => {
  const documents = [
    ["b", "a", "c"],
    ["b", "a", "d"],
    ["b", "[PAD]", "[PAD]"],
  ];

  test("orders by count, then by code unit, after the special tokens", () => {
    const vocabulary = buildVocabulary(documents, { minCount: 1 });
    expect(vocabulary.tokens).toEqual(["[PAD]", "[CLS]", "[UNK]", "b", "a", "c", "d"]);
    expect(vocabulary.size).toBe(7);
    expect(vocabulary.tokens.map((token) => vocabulary.ids.get(token))).toEqual([0, 1, 2, 3, 4, 5, 6]);
  });

  test("keeps at most maxSize ids and at least minCount occurrences", () => {
    expect(buildVocabulary(documents, { minCount: 1, maxSize: 5 }).tokens.slice(3)).toEqual(["b", "a"]);
    expect(buildVocabulary(documents).tokens.slice(3)).toEqual(["b", "a"]);
    expect(buildVocabulary(documents, { minCount: 3 }).tokens.slice(3)).toEqual(["b"]);
  });

  test("does not depend on the order of documents", () => {
    expect(buildVocabulary(documents.toReversed(), { minCount: 1 })).toEqual(buildVocabulary(documents, { minCount: 1 }));
  });

  test("refuses to come out empty", () => {
    expect(() => buildVocabulary([["a"], ["b"]])).toThrow(DataError);
    expect(() => buildVocabulary([["a"], ["b"]])).toThrow(
      "buildVocabulary: some token must occur at least 2 times; got 2 different tokens, all rarer. Pass more documents, or a smaller minCount.",
    );
    expect(() => buildVocabulary([], { minCount: 1 })).toThrow("got 0 different tokens");
    expect(() => buildVocabulary(documents, { maxSize: 3 })).toThrow("buildVocabulary: maxSize must be a whole number >= 4; got 3.");
  });
});

describe("encodeTokens", () => {
  const vocabulary = buildVocabulary([["a", "b", "b"]], { minCount: 1 });
  test("[CLS], known and unknown tokens, padding and cutting", () => {
    const { ids, mask, count, length } = encodeTokens([["a", "z", "b"], [], ["b", "b", "b", "b", "a"]], vocabulary, { length: 5 });
    expect([count, length]).toEqual([3, 5]);
    expect(Array.from(ids)).toEqual([CLS_ID, 4, UNK_ID, 3, PAD_ID, CLS_ID, 0, 0, 0, 0, CLS_ID, 3, 3, 3, 3]);
    expect(Array.from(mask)).toEqual([1, 1, 1, 1, 0, 1, 0, 0, 0, 0, 1, 1, 1, 1, 1]);
  });

  test("refuses rows without room for a token", () => {
    expect(() => encodeTokens([["a"]], vocabulary, { length: 1 })).toThrow("encodeTokens: length must be a whole number >= 2; got 1.");
  });
});

describe("encodeTextTask", () => {
  const classNames = ["ham", "spam"];
  const corpus = {
    texts: ["buy buy now", "see you", "buy soon", "you know"],
    labels: Int32Array.of(1, 0, 1, 0),
    classNames,
  };
  const train = takeTexts(corpus, [0, 1]);
  const held = takeTexts(corpus, Int32Array.of(3, 2));

  test("words of the test part stay unknown", () => {
    const task = encodeTextTask({ train, test: held }, { length: 4, minCount: 1 });
    expect(task.vocabulary.tokens.slice(3)).toEqual(["buy", "now", "see", "you"]);
    expect(Array.from(task.test.ids)).toEqual([1, 6, UNK_ID, 0, 1, 3, UNK_ID, 0]);
    expect(Array.from(task.train.labels)).toEqual([1, 0]);
    expect(Array.from(task.test.labels)).toEqual([0, 1]);
    expect(task.classNames).toBe(classNames);
  });

  test("bad parts are refused", () => {
    const empty = takeTexts(corpus, []);
    expect(() => encodeTextTask({ train: empty, test: held })).toThrow(
      "encodeTextTask: train must not be empty; got 0 texts. Check the split.",
    );
    expect(() => encodeTextTask({ train, test: { ...held, labels: Int32Array.of(0, 2) } })).toThrow(
      "encodeTextTask: test labels must be class numbers below 2; got 2 at 1. Name every class.",
    );
    expect(() => encodeTextTask({ train: { ...train, labels: Int32Array.of(0) }, test: held })).toThrow(
      "encodeTextTask: train must have one label per text; got 2 texts and 1 labels. Pass both from one corpus.",
    );
    const misspelt = { maxLength: 3 };
    expect(() => encodeTextTask({ train, test: held }, misspelt as object)).toThrow('every option must be known; got "maxLength".');
    expect(() => takeTexts(corpus, [4])).toThrow(
      "takeTexts: every index must be a whole number from 0 to 3; got 4. Take indices from a split of this corpus.",
    );
  });
});
