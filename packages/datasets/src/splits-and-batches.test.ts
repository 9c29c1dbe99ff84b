import { createRng, type Rng } from "@attnlab/random";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { batchIndices, takeRows } from "./batches.ts";
import { stratifiedSplit } from "./stratified-split.ts";

const labelSets = fc
  .array(fc.integer({ min: 2, max: 40 }), { minLength: 1, maxLength: 5 })
  .map((counts) => counts.flatMap((n, c) => new Array<number>(n).fill(c)));

describe("stratifiedSplit", () => {
  test("is a partition that keeps the share of every class", () => {
    fc.assert(
      fc.property(
        labelSets,
        fc.integer({ min: 0, max: 1000 }),
        fc.double({ min: 0.05, max: 0.95, noNaN: true }),
        (labels, seed, testFraction) => {
          const { train, test: held } = stratifiedSplit(labels, { rng: createRng(seed), testFraction });
          expect([...train, ...held].toSorted((a, b) => a - b)).toEqual(labels.map((_, i) => i));
          for (const c of new Set(labels)) {
            const all = labels.filter((x) => x === c).length;
            const inTest = held.filter((i) => labels[i] === c).length;
            expect(inTest).toBe(Math.min(all - 1, Math.max(1, Math.round(all * testFraction))));
          }
        },
      ),
    );
  });

  test("depends on the generator's seed, not on its draws, and mixes the classes", () => {
    const labels = Array.from({ length: 100 }, (_, i) => (i < 50 ? 0 : 1));
    const rng = createRng(1);
    const first = stratifiedSplit(labels, { rng });
    rng.normal();
    expect(stratifiedSplit(labels, { rng })).toEqual(first);
    expect(stratifiedSplit(labels, { rng: createRng(2) })).not.toEqual(first);
    expect(first.test.length).toBe(20);
    // Members are chosen by chance within their class, not taken from its start.
    expect(Math.max(...first.test.filter((i) => i < 50))).toBeGreaterThan(25);
    const classes = Array.from(first.train, (i) => labels[i]);
    expect(classes).not.toEqual(classes.toSorted());
    expect(Array.from(first.train)).not.toEqual(Array.from(first.train).toSorted((a, b) => a - b));
  });

  test("bad labels and options are refused", () => {
    const rng = createRng(1);
    expect(() => stratifiedSplit([], { rng })).toThrow("stratifiedSplit: labels must not be empty; got 0 labels. Load the data first.");
    expect(() => stratifiedSplit([0, Number.NaN], { rng })).toThrow(
      "stratifiedSplit: every label must be a whole number >= 0; got NaN at 1. Number the classes from 0.",
    );
    expect(() => stratifiedSplit([0, 0, 1], { rng })).toThrow(
      "stratifiedSplit: every class must have at least 2 members; got 1 member of class 1. Add samples, or drop the class.",
    );
    expect(() => stratifiedSplit([0, 0], { rng, testFraction: 1 })).toThrow("testFraction must be a finite number > 0 and < 1; got 1.");
    const noRng = {} as Rng;
    expect(() => stratifiedSplit([0, 0], { rng: noRng })).toThrow("stratifiedSplit: rng must be a generator made by createRng; got {}.");
  });
});

describe("batchIndices", () => {
  test("without a generator the order is kept", () => {
    expect(batchIndices(7, { size: 3 }).map((b) => [...b])).toEqual([[0, 1, 2], [3, 4, 5], [6]]);
    expect(batchIndices(7, { size: 3, dropLast: true }).map((b) => [...b])).toEqual([
      [0, 1, 2],
      [3, 4, 5],
    ]);
    expect(batchIndices(2, { size: 5, dropLast: true })).toEqual([]);
  });

  test("with one, every epoch is a new permutation", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 60 }), fc.integer({ min: 1, max: 20 }), (count, size) => {
        const batches = batchIndices(count, { size, rng: createRng(5) });
        expect(batches.flatMap((b) => [...b]).toSorted((a, b) => a - b)).toEqual(Array.from({ length: count }, (_, i) => i));
        expect(batches.slice(0, -1).every((b) => b.length === size)).toBe(true);
      }),
    );
    const rng = createRng(6);
    expect(batchIndices(50, { size: 50, rng })).not.toEqual(batchIndices(50, { size: 50, rng }));
  });

  test("bad input is refused before any work", () => {
    expect(() => batchIndices(0, { size: 1 })).toThrow(
      "batchIndices: count must be a whole number >= 1; got 0. Pass the number of samples.",
    );
    expect(() => batchIndices(3, { size: 0 })).toThrow("batchIndices: size must be a whole number >= 1; got 0.");
    const seed = { size: 1, seed: 3 };
    expect(() => batchIndices(3, seed)).toThrow('every option must be known; got "seed".');
  });
});

describe("takeRows", () => {
  test("gathers rows, with repeats, and keeps the kind of array", () => {
    const values = Float32Array.from({ length: 15 }, (_, i) => i);
    expect(takeRows(values, 5, [2, 0, 2])).toEqual(Float32Array.of(10, 11, 12, 13, 14, 0, 1, 2, 3, 4, 10, 11, 12, 13, 14));
    expect(takeRows(Uint8Array.of(7, 8, 9), 1, Int32Array.of(1))).toEqual(Uint8Array.of(8));
    expect(takeRows(values, 5, [])).toEqual(new Float32Array(0));
    expect(takeRows(Buffer.of(1, 2, 3), 1, [2])).toEqual(Uint8Array.of(3));
  });

  test("bad sizes and indices are refused", () => {
    expect(() => takeRows(new Float64Array(7), 2, [0])).toThrow(
      "takeRows: values must be a whole number of rows; got 7 values and rowSize 2. Pass the number of elements of one sample.",
    );
    expect(() => takeRows(new Float64Array(6), 0, [0])).toThrow("takeRows: values must be a whole number of rows");
    expect(() => takeRows(new Float64Array(6), 2, [3])).toThrow("takeRows: every index must be a whole number from 0 to 2; got 3.");
    expect(() => takeRows(new Float64Array(6), 2, [0.5])).toThrow("got 0.5. Take indices from these rows.");
  });
});
