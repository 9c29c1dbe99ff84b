import { expect, test } from "vitest";
import { judged, notRun, showNumber } from "./claim.ts";

test.each([
  [0, "0"],
  [0.0139217, "0.0139"],
  [1417.869, "1,420"],
  [-2.66, "-2.66"],
  [3.2e-7, "3.20e-7"],
  [4.5e9, "4.50e9"],
  [Number.NaN, "NaN"],
  [Number.NEGATIVE_INFINITY, "−∞"],
])("showNumber(%d) is %s", (value, text) => {
  expect(showNumber(value)).toBe(text);
});

test("judgements carry a note only when there is one", () => {
  expect(judged(true, "1")).toEqual({ verdict: "holds", measured: "1" });
  expect(judged(false, "1", "why")).toEqual({ verdict: "fails", measured: "1", note: "why" });
  expect(notRun("too small")).toEqual({ verdict: "not run", measured: "–", note: "too small" });
});
