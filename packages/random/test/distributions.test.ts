import { DataError, OptionError } from "@attnlab/check";
import { surprise } from "@attnlab/testing";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { createAliasTable, createRng, drawBinomial, drawDistinct, drawGumbel } from "../src/index.ts";

/** One test in 10,000 fails by chance at another seed. */
const LIMIT = 3.72;

function tally(draws: number, size: number, draw: () => number): Float64Array {
  const counts = new Float64Array(size);
  for (let i = 0; i < draws; i++) (counts[draw()] as number)++;
  return counts;
}

/** Binomial probabilities by their recurrence from the mode outwards, normalized. */
function binomialLaw(n: number, p: number): Float64Array {
  const law = new Float64Array(n + 1);
  const mode = Math.min(n, Math.floor((n + 1) * p));
  law[mode] = 1;
  const odds = p / (1 - p);
  for (let k = mode; k < n; k++) law[k + 1] = ((law[k] as number) * odds * (n - k)) / (k + 1);
  for (let k = mode; k > 0; k--) law[k - 1] = ((law[k] as number) * k) / (odds * (n - k + 1));
  const sum = law.reduce((a, b) => a + b);
  return law.map((x) => x / sum);
}

describe("drawBinomial has the binomial distribution", () => {
  test.each([
    [1, 0.3],
    [5, 0.5],
    [7, 0.9],
    [1000, 0.003],
    [29, 0.35],
    [100, 0.1],
    [100, 0.5],
    [400, 0.93],
    [20011, 0.02],
  ])("of %i trials of probability %f", (n, p) => {
    const rng = createRng(n);
    const counts = tally(40_000, n + 1, () => drawBinomial(rng, n, p));
    expect(surprise(counts, binomialLaw(n, p))).toBeLessThan(LIMIT);
  });

  test("certain outcomes need no luck", () => {
    const rng = createRng(1);
    expect([drawBinomial(rng, 0, 0.5), drawBinomial(rng, 9, 0), drawBinomial(rng, 9, 1), drawBinomial(rng, 2 ** 31, 1e-320)]).toEqual([
      0, 0, 9, 0,
    ]);
  });

  test("stays among the trials", () => {
    fc.assert(
      fc.property(fc.nat(), fc.integer({ min: 0, max: 2 ** 32 - 1 }), fc.double({ min: 0, max: 1, noNaN: true }), (seed, n, p) => {
        const m = drawBinomial(createRng(seed), n, p);
        expect(Number.isInteger(m) && m >= 0 && m <= n).toBe(true);
      }),
    );
  });

  test.each([
    [-1, 0.5, "drawBinomial: trials must be a whole number from 0 to 2^32 - 1; got -1. Pass the number of trials."],
    [1.5, 0.5, "drawBinomial: trials must be a whole number from 0 to 2^32 - 1; got 1.5."],
    [3, 1.1, "drawBinomial: probability must be from 0 to 1; got 1.1. Pass the chance of one success."],
    [3, Number.NaN, "drawBinomial: probability must be from 0 to 1; got NaN."],
  ])("refuses %d trials of probability %d", (n, p, text) => {
    const draw = (): number => drawBinomial(createRng(1), n, p);
    expect(draw).toThrow(OptionError);
    expect(draw).toThrow(text);
  });
});

describe("drawGumbel has the Gumbel distribution above its bound", () => {
  test.each([[Number.NEGATIVE_INFINITY], [-3], [0], [2.5], [17], [39], [41], [800]])("of %d", (above) => {
    const rng = createRng(5);
    const cells = 40;
    // The part of the probability above g, relative to that above the bound, is uniform.
    const part = (g: number): number => (above > 30 ? Math.exp(above - g) : Math.expm1(-Math.exp(-g)) / Math.expm1(-Math.exp(-above)));
    const counts = tally(40_000, cells, () => Math.min(cells - 1, Math.floor(part(drawGumbel(rng, above)) * cells)));
    expect(surprise(counts, new Float64Array(cells).fill(1 / cells))).toBeLessThan(LIMIT);
  });

  test("refuses a bound that nothing can exceed", () => {
    for (const above of [Number.NaN, Number.POSITIVE_INFINITY]) {
      expect(() => drawGumbel(createRng(1), above)).toThrow(
        new OptionError(`drawGumbel: above must be a number below infinity; got ${above}. Leave it out for no bound.`),
      );
    }
  });
});

describe("drawDistinct", () => {
  test("draws every set equally often", () => {
    const rng = createRng(3);
    const sets = new Map<string, number>();
    for (let a = 0; a < 7; a++) for (let b = a + 1; b < 7; b++) for (let c = b + 1; c < 7; c++) sets.set(`${a},${b},${c}`, 0);
    for (let i = 0; i < 35_000; i++) {
      const name = drawDistinct(rng, 3, 7).toSorted().join();
      sets.set(name, (sets.get(name) ?? Number.NaN) + 1);
    }
    expect(surprise([...sets.values()], new Float64Array(35).fill(1 / 35))).toBeLessThan(LIMIT);
  });

  test("never repeats a number", () => {
    fc.assert(
      fc.property(fc.nat(), fc.integer({ min: 0, max: 2 ** 32 - 1 }), fc.integer({ min: 0, max: 50 }), (seed, bound, wanted) => {
        const count = Math.min(bound, wanted);
        const drawn = drawDistinct(createRng(seed), count, bound);
        expect(new Set(drawn).size).toBe(count);
        expect(drawn.every((x) => x < bound)).toBe(true);
      }),
    );
  });

  test.each([
    [4, 3, "drawDistinct: count must be a whole number from 0 to bound, 3; got 4. Ask for no more than there are."],
    [0.5, 3, "drawDistinct: count must be a whole number from 0 to bound, 3; got 0.5."],
    [1, -1, "drawDistinct: bound must be a whole number from 0 to 2^32 - 1; got -1. Pass the number of outcomes."],
  ])("refuses %d of %d", (count, bound, text) => {
    const draw = (): unknown => drawDistinct(createRng(1), count, bound);
    expect(draw).toThrow(OptionError);
    expect(draw).toThrow(text);
  });
});

describe("createAliasTable", () => {
  test.each([[[1]], [[1, 1, 1]], [[0, 3, 0, 1]], [[1e-3, 5, 0.2, 0.2, 9, 1e300 / 1e300]], [[1e308, 1e308, 5e307]], [[5e-324, 1e-323]]])(
    "draws %j in proportion",
    (weights) => {
      const table = createAliasTable(weights);
      const rng = createRng(11);
      const largest = Math.max(...weights);
      const sum = weights.reduce((a, w) => a + w / largest, 0);
      const counts = tally(40_000, table.size, () => table.draw(rng));
      if (weights.length > 1) {
        expect(
          surprise(
            counts,
            weights.map((w) => w / largest / sum),
          ),
        ).toBeLessThan(LIMIT);
      }
      weights.forEach((w, i) => {
        if (w === 0) expect(counts[i]).toBe(0);
      });
    },
  );

  test.each([
    [[1, -1], "createAliasTable: weights must be finite and not negative; got -1 at index 1. Shift or clip them first."],
    [[Number.NaN], "createAliasTable: weights must be finite and not negative; got NaN at index 0."],
    [[], "createAliasTable: a weight must be positive; got no weights. Pass at least one positive weight."],
    [[0, 0], "createAliasTable: a weight must be positive; got only zeros."],
  ])("refuses %j", (weights, text) => {
    expect(() => createAliasTable(weights)).toThrow(DataError);
    expect(() => createAliasTable(weights)).toThrow(text);
  });
});

test("every draw has the bytes it always had", () => {
  const rng = createRng(2024);
  const table = createAliasTable([1, 2, 3, 4]);
  expect(Array.from({ length: 6 }, () => drawBinomial(rng, 1000, 0.3))).toMatchInlineSnapshot(`
    [
      298,
      298,
      287,
      293,
      308,
      266,
    ]
  `);
  expect(Array.from({ length: 6 }, () => drawBinomial(rng, 1000, 0.003))).toMatchInlineSnapshot(`
    [
      2,
      1,
      3,
      4,
      5,
      2,
    ]
  `);
  expect(Array.from({ length: 8 }, () => table.draw(rng))).toMatchInlineSnapshot(`
    [
      3,
      3,
      3,
      1,
      3,
      0,
      2,
      1,
    ]
  `);
  expect(drawDistinct(rng, 5, 1000)).toMatchInlineSnapshot(`
    Uint32Array [
      275,
      917,
      997,
      809,
      130,
    ]
  `);
  expect([drawGumbel(rng), drawGumbel(rng, 3)]).toMatchInlineSnapshot(`
    [
      -0.2640585914494465,
      3.0577140520053816,
    ]
  `);
});
