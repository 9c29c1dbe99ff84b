import { expect, test } from "vitest";
import { PRIMES, spread } from "./sizes.ts";

test("sizes are different primes, so that no two axes can be swapped unnoticed", () => {
  const isPrime = (n: number): boolean => n > 1 && Array.from({ length: n - 2 }, (_, i) => n % (i + 2)).every((rest) => rest !== 0);
  expect(PRIMES.every(isPrime)).toBe(true);
  expect(new Set(PRIMES).size).toBe(PRIMES.length);
});

test("spread gives different numbers of both signs inside (-1, 1), the same ones every time", () => {
  const values = spread(1000);
  expect(new Set(values).size).toBe(1000);
  expect(Math.max(...values)).toBeLessThan(1);
  expect(Math.min(...values)).toBeGreaterThan(-1);
  // A Weyl sequence is equidistributed: its mean lies within log(n)/n of 0.
  expect(Math.abs(values.reduce((sum, v) => sum + v, 0) / 1000)).toBeLessThan(0.01);
  expect(values).toEqual(spread(1000));
});

test("an offset goes on where another sequence ended", () => {
  expect(spread(7, 3)).toEqual(spread(10).slice(3));
});
