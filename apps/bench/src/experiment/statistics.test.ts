import { expectClose } from "@attnlab/testing";
import { expect, test } from "vitest";
import { curveOf, summarize } from "./statistics.ts";

test("summarize gives the population deviation and the median of both parities", () => {
  const { count, mean, deviation, min, max, median } = summarize([7, 1, 4, 4]);
  expect([count, mean, min, max, median]).toEqual([4, 4, 1, 7, 4]);
  expectClose(deviation, Math.sqrt(18 / 4));
  expect(summarize([5, 2, 9]).median).toBe(5);
});

test("an empty list has no mean: comparisons with it are false, so no claim can hold by accident", () => {
  const { mean, max, min } = summarize([]);
  expect([mean, max, min]).toEqual([Number.NaN, Number.NaN, Number.NaN]);
});

test("curveOf averages by step, in step order", () => {
  const row = (step: number, seed: number, value: number) => ({ run: 0, params: {}, seed, series: "", step, metric: "m", value });
  expect(curveOf([row(10, 1, 2), row(1, 1, 5), row(10, 2, 4)])).toEqual([
    { x: 1, y: 5, low: 5, high: 5 },
    { x: 10, y: 3, low: 2, high: 4 },
  ]);
});
