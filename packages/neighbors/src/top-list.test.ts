import fc from "fast-check";
import { expect, test } from "vitest";
import { offer, sortLists, topLists } from "./top-list.ts";

test("keeps the best of any stream in any order, ties by index", () => {
  // Few different scores, so that ties are the rule.
  const stream = fc
    .uniqueArray(fc.nat(200), { minLength: 1, maxLength: 60 })
    .chain((indices) =>
      fc.tuple(fc.constant(indices), fc.array(fc.integer({ min: -3, max: 3 }), { minLength: indices.length, maxLength: indices.length })),
    );
  fc.assert(
    fc.property(stream, fc.integer({ min: 1, max: 20 }), ([indices, scores], k) => {
      const lists = topLists(3, k);
      indices.forEach((index, i) => {
        offer(lists, 1, scores[i] as number, index);
      });
      sortLists(lists);
      const expected = indices
        .map((index, i) => ({ index, score: scores[i] as number }))
        .sort((a, b) => b.score - a.score || a.index - b.index)
        .slice(0, k);
      const filled = Math.min(k, indices.length);
      expect([...lists.indices.subarray(k, k + filled)]).toEqual(expected.map(({ index }) => index));
      expect([...lists.scores.subarray(k, k + filled)]).toEqual(expected.map(({ score }) => score));
      // Places that nothing was offered for, and rows that nobody touched, stay empty.
      expect([...lists.indices.subarray(k + filled)].every((index) => index === -1)).toBe(true);
      expect([...lists.indices.subarray(0, k)].every((index) => index === -1)).toBe(true);
    }),
  );
});
