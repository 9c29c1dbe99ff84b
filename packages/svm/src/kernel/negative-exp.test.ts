import { expectClose } from "@attnlab/testing";
import { expect, it } from "vitest";
import { negativeExp } from "./negative-exp.ts";

it("equals Math.exp from 0 to where numbers end", () => {
  const values = Float64Array.from({ length: 7001 }, (_, k) => k / 10);
  const expected = values.map((v) => Math.exp(-v));
  negativeExp(values, 0, values.length);
  expectClose(values, expected, { relative: 2e-15, absolute: 0, reason: "a few units in the last place, however small the value" });
  expect(values[0]).toBe(1);
});

it("ends in denormal numbers and zero", () => {
  const values = Float64Array.of(720, 744, 745, 1e9, Number.MAX_VALUE);
  negativeExp(values, 0, values.length);
  expectClose(values[0] as number, Math.exp(-720), { relative: 1e-6, absolute: 0, reason: "denormal numbers have few bits" });
  expect(values[1]).toBe(Math.exp(-744));
  expect(Array.from(values.subarray(2))).toEqual([0, 0, 0]);
});

it("leaves values outside the range alone", () => {
  const values = Float64Array.of(5, 0, 5);
  negativeExp(values, 1, 2);
  expect(Array.from(values)).toEqual([5, 1, 5]);
});
