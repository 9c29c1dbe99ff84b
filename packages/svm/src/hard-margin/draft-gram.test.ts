import { createRng } from "@attnlab/random";
import { expectClose } from "@attnlab/testing";
import { describe, expect, test } from "vitest";
import { draftGram } from "./draft-gram.ts";
import { gramOfPacked, packRows } from "./row-products.ts";

describe("draftGram", () => {
  // Counts that fill panels of eight, leave less than half of one and more than half of one.
  const sizes = [
    [136, 131],
    [131, 127],
    [134, 137],
  ] as const;
  test.each(sizes)("is the Gram matrix of %i rows of %i numbers to the digits of single precision", (count, dim) => {
    const rng = createRng(count);
    const rows = rng.fillNormal(new Float64Array(count * dim));
    const root = rng.fillNormal(new Float64Array(dim)).map(Math.abs);
    const gram = new Float64Array(count * count).fill(Number.NaN);
    for (const weights of [undefined, root]) {
      expect(draftGram(rows, count, dim, weights, gram)).toBe(true);
      const exact = gramOfPacked(packRows(rows, count, dim, weights));
      const absolute = 1e-6 * exact.reduce((most, v) => Math.max(most, Math.abs(v)), 0);
      expectClose(gram, exact, { precision: "float32", absolute, reason: "sums of rounded products, small where terms cancel" });
    }
  });

  test("leaves small problems to doubles", () => {
    expect(draftGram(new Float64Array(42 * 100), 42, 100, undefined, new Float64Array(42 * 42))).toBe(false);
  });
});
