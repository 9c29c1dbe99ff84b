import { expect, test } from "vitest";
import { equalRanges, linearRange, logRange, tickLabel } from "./axis-range.ts";

test("linear ticks are round and cover the data", () => {
  expect(linearRange(0.013, 0.97)).toEqual({ domain: [0, 1], ticks: [0, 0.2, 0.4, 0.6, 0.8, 1] });
  expect(linearRange(-3, 7)).toEqual({ domain: [-4, 8], ticks: [-4, -2, 0, 2, 4, 6, 8] });
  expect(linearRange(13, 97, true)).toEqual({ domain: [13, 97], ticks: [20, 40, 60, 80] });
});

test("a single value still gets an axis", () => {
  const { domain, ticks } = linearRange(5, 5);
  expect(domain[0]).toBeLessThan(5);
  expect(domain[1]).toBeGreaterThan(5);
  expect(ticks.length).toBeGreaterThan(2);
});

test("logarithmic ticks are decades, fewer when there are many, finer when there are few", () => {
  expect(logRange(0.004, 30_000).ticks).toEqual([0.01, 0.1, 1, 10, 100, 1000, 10_000]);
  expect(logRange(3, 40).ticks).toEqual([5, 10, 20]);
  expect(logRange(1e-12, 1e4).ticks).toEqual([1e-12, 1e-9, 1e-6, 1e-3, 1, 1000]);
});

test.each([
  [1000, "1,000"],
  [100_000, "10⁵"],
  [0.001, "10⁻³"],
  [0.002, "0.002"],
  [-0.5, "−0.5"],
  [0, "0"],
])("tick %d reads %s", (value, text) => {
  expect(tickLabel(value)).toBe(text);
});

test("equal scales give one unit the same length on both axes", () => {
  const { x, y } = equalRanges([0, 2], [0, 3], 1.5);
  expect((x[1] - x[0]) / (y[1] - y[0])).toBeCloseTo(1.5, 12);
  expect([x[0] < 0, x[1] > 2, y[0] < 0, y[1] > 3]).toEqual([true, true, true, true]);
});
