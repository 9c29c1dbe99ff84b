import { OptionError } from "@attnlab/check";
import { expect, test } from "vitest";
import { meanSamples, medianOfMeansSamples, releasedSamples, tailSamples, walkSamples } from "./budgets.ts";

test("budgets are the smallest whole numbers of their formulas", () => {
  expect(meanSamples({ epsilon: 0.2, delta: 0.1, bound: 3 })).toBe(Math.ceil(450 * Math.log(20)));
  expect(meanSamples({ epsilon: 0.2, delta: 0.1, bound: 3, entries: 7 })).toBe(Math.ceil(450 * Math.log(140)));
  expect(medianOfMeansSamples({ epsilon: 0.5, delta: 0.01, variance: 2 })).toEqual({ groups: 37, groupSize: 32 });
  expect(medianOfMeansSamples({ epsilon: 0.5, delta: 0.01, variance: 2, entries: 20 })).toEqual({ groups: 61, groupSize: 32 });
  expect(releasedSamples({ epsilon: 0.3, delta: 0.5 })).toEqual({ groups: 3, groupSize: 3 });
  expect(releasedSamples({ epsilon: 3, delta: 0.5 })).toEqual({ groups: 3, groupSize: 1 });
  expect(walkSamples({ epsilon: 0.1, delta: 0.05, keys: 64 })).toBe(Math.ceil(200 * Math.log(2560)));
});

test("tails balance with the exact keys, and end where the result is exact", () => {
  const accuracy = { epsilon: 0.5, delta: 0.1 };
  const doubts = Math.log(40) / 0.25;
  const bernstein = tailSamples({ ...accuracy, keys: 1e6 });
  expect(bernstein.k).toBe(Math.ceil(Math.sqrt(30e6 * doubts)));
  expect(bernstein.k * bernstein.tail).toBeGreaterThanOrEqual(30e6 * doubts);
  expect(bernstein.tail).toBeGreaterThan(bernstein.k - 3);
  const hoeffding = tailSamples({ ...accuracy, keys: 1e6, bound: "hoeffding" });
  expect(hoeffding.k).toBe(Math.ceil(Math.cbrt(8e12 * doubts)));
  expect(hoeffding.k ** 2 * hoeffding.tail).toBeGreaterThanOrEqual(8e12 * doubts);
  expect(tailSamples({ ...accuracy, keys: 100, k: 30 })).toEqual({ k: 30, tail: 70 });
  expect(tailSamples({ ...accuracy, keys: 100, k: 100 })).toEqual({ k: 100, tail: 0 });
});

test("values of zero need one draw", () => {
  expect(meanSamples({ epsilon: 0.1, delta: 0.1, bound: 0 })).toBe(1);
  expect(medianOfMeansSamples({ epsilon: 0.1, delta: 0.9, variance: 0 })).toEqual({ groups: 1, groupSize: 1 });
});

test.each<[() => unknown, string]>([
  [
    () => meanSamples({ epsilon: 0, delta: 0.1, bound: 1 }),
    "meanSamples: epsilon must be a finite number > 0; got 0. Largest error allowed.",
  ],
  [() => meanSamples({ epsilon: 0.1, delta: 1, bound: 1 }), "meanSamples: delta must be a finite number > 0 and < 1; got 1."],
  [
    () => meanSamples({ epsilon: 1e-30, delta: 0.1, bound: 1 }),
    "meanSamples: epsilon must be large enough for a budget below 2^53; got a budget of",
  ],
  [() => tailSamples({ epsilon: 0.1, delta: 0.1, keys: 5, k: 6 }), "tailSamples: k must be at most keys, 5; got 6. Pass fewer exact keys."],
  [
    () => walkSamples({ epsilon: 1e-200, delta: 0.1, keys: 5 }),
    "walkSamples: epsilon must be large enough for a budget below 2^53; got a budget of Infinity.",
  ],
])("%s", (call, text) => {
  expect(call).toThrow(OptionError);
  expect(call).toThrow(text);
});
