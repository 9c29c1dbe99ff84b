import { describe, expect, test } from "vitest";
import { type PlantedTokens, plantedTokenTexts } from "./planted-token-texts.ts";

/** First id past the neutral words. */
const POLAR = 202;

function rowOf(part: PlantedTokens, row: number): number[] {
  return Array.from(part.ids.subarray(row * part.length, (row + 1) * part.length));
}

describe("plantedTokenTexts", () => {
  const { vocabulary, train, test: held } = plantedTokenTexts({ seed: 0 });

  test("has the sizes of the pilot", () => {
    expect(vocabulary.length).toBe(282);
    expect([vocabulary[0], vocabulary[1], vocabulary[2], vocabulary[202], vocabulary[242]]).toEqual([
      "[PAD]",
      "[CLS]",
      "neutral0",
      "positive0",
      "negative0",
    ]);
    expect([train.count, held.count, train.length]).toEqual([1500, 1500, 17]);
  });

  test.each(["train", "test"] as const)(
    "every %s text has one polar word, at the place named optimal, of the labelled polarity",
    (name) => {
      const part = name === "train" ? train : held;
      for (let row = 0; row < part.count; row++) {
        const ids = rowOf(part, row);
        const size = ids.filter((id) => id > 1).length;
        const polar = ids.flatMap((id, i) => (id >= POLAR ? [i] : []));
        expect(polar).toEqual([part.optimal[row]]);
        expect((ids[polar[0] as number] as number) < 242 ? 1 : 0).toBe(part.labels[row]);
        expect(size).toBeGreaterThanOrEqual(6);
        expect(size).toBeLessThanOrEqual(16);
        expect(ids[0]).toBe(1);
        expect(ids.slice(1, size + 1).every((id) => id > 1 && id < 282)).toBe(true);
        expect(ids.slice(size + 1).every((id) => id === 0)).toBe(true);
        expect(Array.from(part.mask.subarray(row * part.length, (row + 1) * part.length))).toEqual(ids.map((id) => (id === 0 ? 0 : 1)));
      }
    },
  );

  test("classes are balanced, and lengths, places and words spread over their ranges", () => {
    expect(train.labels.reduce((a, b) => a + b, 0)).toBe(750);
    const sizes = Array.from({ length: train.count }, (_, row) => rowOf(train, row).filter((id) => id > 1).length);
    expect(new Set(sizes).size).toBe(11);
    expect(new Set(train.optimal).size).toBe(16);
    expect(new Set(train.ids).size).toBe(282);
    expect(Array.from(train.labels.subarray(0, 20))).not.toEqual(Array.from({ length: 20 }, (_, i) => i % 2));
  });

  test("train and test differ, seeds differ, and equal seeds agree", () => {
    expect(rowOf(train, 0)).not.toEqual(rowOf(held, 0));
    expect(plantedTokenTexts({ seed: 1 }).train.ids).not.toEqual(train.ids);
    expect(plantedTokenTexts({ seed: 0 }).train).toEqual(train);
    // The parts do not shift each other.
    expect(plantedTokenTexts({ seed: 0, train: 3 }).test).toEqual(held);
  });

  test("other sizes", () => {
    const small = plantedTokenTexts({ seed: 2, train: 9, test: 1, minLength: 1, maxLength: 1, neutral: 3, positive: 1, negative: 2 });
    expect(small.vocabulary.length).toBe(8);
    expect(small.train.length).toBe(2);
    expect(Array.from(small.train.optimal)).toEqual(new Array(9).fill(1));
  });

  test("bad sizes are refused", () => {
    expect(() => plantedTokenTexts({ seed: 0, minLength: 9, maxLength: 8 })).toThrow(
      "plantedTokenTexts: minLength must be at most maxLength; got 9 and 8. Raise maxLength or lower minLength.",
    );
    expect(() => plantedTokenTexts({ seed: 0, positive: 0 })).toThrow("plantedTokenTexts: positive must be a whole number >= 1; got 0.");
    expect(() => plantedTokenTexts({ seed: Number.NaN })).toThrow("plantedTokenTexts: seed must be a whole number >= 0; got NaN.");
  });
});
