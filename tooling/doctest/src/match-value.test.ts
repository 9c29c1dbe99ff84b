import { expect, test } from "vitest";
import { formatValue } from "./format-value.ts";
import { matchesExpectation } from "./match-value.ts";

class Point {
  readonly x = 1;
}

const circular: { self?: unknown } = {};
circular.self = circular;

test.each<[unknown, string]>([
  [{ a: 1, "b-c": [2, 3] }, '{ a: 1, "b-c": [2, 3] }'],
  [Float64Array.of(0.5, 1), "Float64Array [0.5, 1]"],
  [BigInt64Array.of(5n), "BigInt64Array [5n]"],
  ["a\nb", '"a\\nb"'],
  [new Map([["a", new Set([1])]]), 'Map { "a" => Set { 1 } }'],
  [new RangeError("too far"), "RangeError: too far"],
  [new Point(), "Point { x: 1 }"],
  [[null, undefined, true, -0, Number.NaN], "[null, undefined, true, 0, NaN]"],
  [Math.max, "[Function max]"],
  [[], "[]"],
  [{}, "{}"],
  [circular, "{ self: [Circular] }"],
])("prints %o", (value, text) => {
  expect(formatValue(value)).toBe(text);
});

test.each<[unknown, string]>([
  [[1, 2, 3], "[ 1,2, 3 ]"],
  [Float32Array.of(1, 2), "Float32Array(2) [1, 2]"],
  [new Map([[1, 2]]), "Map(1) { 1 => 2 }"],
  ["it's", "'it\\'s'"],
  ["two\n  lines", "two lines"],
  [1 / 3, "0.333"],
  [1 / 3, "0.33333"],
  [1.5e-7, "1.500e-7"],
  [0.9999999999999999, "1"],
  [4.9999999999999995e200, "5e200"],
  [[1, 2, 3, 4, 5], "[1, 2, …]"],
  [[1, 2, 3, 4, 5], "[1, ..., 5]"],
  [{ a: { b: 1 }, c: 2 }, "{ a: …, c: 2 }"],
])("%o agrees with %s", (value, expected) => {
  expect(matchesExpectation(value, expected)).toBe(true);
});

test.each<[unknown, string]>([
  [[1, 2, 3], "[1, 2]"],
  [[1, 2], "[1, 2, 3]"],
  [3, "3.0001"],
  [3, "4"],
  [1_000_000, "1000001"],
  [0.14, "0.1"],
  [0.334, "0.333"],
  [0.33361, "0.333"],
  ["1", "1n"],
  [1, '"1"'],
  [Float32Array.of(1), "Float64Array [1]"],
  [[1, 2, 3], "[1, …, 4]"],
  [{ a: 1 }, "{ b: 1 }"],
  [Number.NaN, "0"],
  [-1.25, "1.25"],
])("%o does not agree with %s", (value, expected) => {
  expect(matchesExpectation(value, expected)).toBe(false);
});
