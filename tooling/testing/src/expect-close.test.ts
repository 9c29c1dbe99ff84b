import { describe, expect, test } from "vitest";
import { expectClose } from "./expect-close.ts";
import { TOLERANCE } from "./tolerance.ts";

test("accepts numbers within the tolerance of their purpose and refuses those outside", () => {
  for (const precision of ["float64", "float32"] as const) {
    for (const purpose of ["value", "gradient", "golden"] as const) {
      const { relative, absolute } = TOLERANCE[precision][purpose];
      expectClose(1 + 0.9 * relative, 1, { precision, purpose });
      expect(() => expectClose(1 + 2 * (relative + absolute), 1, { precision, purpose })).toThrow("times the tolerance");
      expectClose(0.9 * absolute, 0, { precision, purpose });
      expect(() => expectClose(2 * absolute, 0, { precision, purpose })).toThrow("times the tolerance");
    }
  }
});

test("compares in float64 as values unless told otherwise", () => {
  expectClose(1 + 5e-13, 1);
  expect(() => expectClose(1 + 5e-12, 1)).toThrow();
});

describe("special values", () => {
  test("NaN equals NaN, infinities equal themselves, zeros of both signs are one", () => {
    expectClose(
      [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, -0],
      [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 0],
    );
  });

  test.each([
    [Number.NaN, 1],
    [1, Number.NaN],
    [Number.POSITIVE_INFINITY, 1e308],
    [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY],
    [1e308, Number.POSITIVE_INFINITY],
  ])("%d is not %d", (actual, expected) => {
    expect(() => expectClose(actual, expected)).toThrow(`got ${actual}, expected ${expected}`);
  });
});

test("names the worst element, not the first", () => {
  expect(() => expectClose([1, 2.1, 3.5], [1, 2, 3])).toThrow("element 2 of 3: got 3.5, expected 3;");
});

test("typed arrays and numbers mix", () => {
  expectClose(Float32Array.of(0.1), [0.1], { precision: "float32" });
  expectClose([2], 2);
});

test("lengths must agree", () => {
  expect(() => expectClose([1, 2], [1])).toThrow("number of elements");
});

test("a tolerance of one's own comes with a reason", () => {
  expect(() => expectClose(1, 1, { relative: 1 })).toThrow("must come with a reason");
  expect(() => expectClose(1, 1, { absolute: 1 })).toThrow("must come with a reason");
  expect(() => expectClose(1, 1, { factor: 10 })).toThrow("must come with a reason");
  expectClose(1.05, 1, { relative: 0.1, reason: "three digits are printed" });
  expectClose(1 + 5e-12, 1, { factor: 10, reason: "sum of ten terms" });
});
