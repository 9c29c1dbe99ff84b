import { describe, expect, test } from "vitest";
import {
  AttnlabError,
  DataError,
  DtypeError,
  FormatError,
  NotFoundError,
  NumericalError,
  OptionError,
  problem,
  ShapeError,
  show,
  UsageError,
} from "./errors.ts";

test.each([
  ["ShapeError", ShapeError],
  ["DtypeError", DtypeError],
  ["OptionError", OptionError],
  ["DataError", DataError],
  ["NotFoundError", NotFoundError],
  ["FormatError", FormatError],
  ["UsageError", UsageError],
  ["NumericalError", NumericalError],
])("%s says its name, is an AttnlabError and keeps its cause", (name, ErrorClass) => {
  const cause = new RangeError("inner");
  const error = new ErrorClass("what happened", { cause });
  expect(String(error)).toBe(`${name}: what happened`);
  expect(error).toBeInstanceOf(AttnlabError);
  expect(error.cause).toBe(cause);
  expect(error.stack).toContain("errors.test.ts");
});

test("a message has its four parts in order", () => {
  expect(problem({ where: "f", expected: "x must be 1", got: "2", fix: "Pass 1." })).toBe("f: x must be 1; got 2. Pass 1.");
});

describe("show", () => {
  const circular: unknown[] = [];
  circular.push(circular);

  test.each<[unknown, string]>([
    ["a", '"a"'],
    ["x".repeat(61), `"${"x".repeat(60)}…"`],
    ["x".repeat(60), `"${"x".repeat(60)}"`],
    [5n, "5n"],
    [-0, "-0"],
    [Number.NaN, "NaN"],
    [null, "null"],
    [undefined, "undefined"],
    [true, "true"],
    [Symbol("s"), "Symbol(s)"],
    [Math.max, "function max"],
    [() => 1, "a function"],
    [new Float32Array(7), "Float32Array(7)"],
    [new DataView(new ArrayBuffer(5)), "DataView(5)"],
    [[1, "a", [2]], '[1, "a", [2]]'],
    [[1, 2, 3, 4, 5, 6, 7, 8], "[1, 2, 3, 4, 5, 6, 7, 8]"],
    [Array.from({ length: 9 }, (_, i) => i), "[0, 1, 2, 3, 4, 5, 6, 7, … 9 in all]"],
    [circular, "[[[[…]]]]"],
    [{ a: 1, b: 2 }, "{ a, b }"],
    [{ a: 1, b: 1, c: 1, d: 1, e: 1, f: 1, g: 1 }, "{ a, b, c, d, e, f, … }"],
    [{}, "{}"],
    [Object.create(null), "{}"],
    [new TypeError("no"), "TypeError: no"],
  ])("%o", (value, text) => {
    expect(show(value)).toBe(text);
  });
});
