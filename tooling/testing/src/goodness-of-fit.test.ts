import { expect, test } from "vitest";
import { surprise } from "./goodness-of-fit.ts";

test("counts that match give little surprise, others much", () => {
  const even = [0.25, 0.25, 0.25, 0.25];
  expect(surprise([251, 247, 255, 247], even)).toBeLessThan(1);
  expect(surprise([350, 250, 250, 150], even)).toBeGreaterThan(3.72);
});

test("Pearson's statistic 3.84 at one degree of freedom is the point of 5%", () => {
  const count = 50 + Math.sqrt(3.841459 * 25);
  const z = surprise([count, 100 - count], [0.5, 0.5]);
  expect(Math.abs(z - 1.645)).toBeLessThan(0.05); // Wilson and Hilferty's error at one degree of freedom
});

test("a count where the law says never is infinitely surprising; rare cells are pooled", () => {
  expect(surprise([100, 1], [1, 0])).toBe(Number.POSITIVE_INFINITY);
  expect(surprise([96, 2, 2], [0.96, 0.02, 0.02])).toBeLessThan(0.1);
});
