import { expect, test } from "vitest";
import { createMt19937 } from "./mt19937.ts";

test("the 10,000th word of seed 5489 is the one the C++ standard requires", () => {
  const mt = createMt19937(5489);
  for (let i = 1; i < 10_000; i++) mt.nextUint32();
  expect(mt.nextUint32()).toBe(4123659995);
});

test("a bad seed or length is refused", () => {
  expect(() => createMt19937(-1)).toThrow("createMt19937: seed must be a whole number from 0 to 2^32 - 1; got -1. Pass for example 1.");
  expect(() => createMt19937(2 ** 32)).toThrow("got 4294967296");
  expect(() => createMt19937(1.5)).toThrow("got 1.5");
  const mt = createMt19937(1);
  expect(() => mt.randn(-1)).toThrow("Mt19937.randn: length must be a whole number >= 0; got -1. Pass how many numbers to draw.");
  expect(() => mt.rand(Number.NaN)).toThrow("Mt19937.rand: length must be a whole number >= 0; got NaN.");
  expect(mt.randn(0)).toEqual(new Float32Array(0));
});
