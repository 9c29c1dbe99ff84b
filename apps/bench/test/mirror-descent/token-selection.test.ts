import { expectClose } from "@attnlab/testing";
import { expect, test } from "vitest";
import { minMaxScale, selectedToken, selectionScore, visibleLength } from "../../experiments/mirror-descent/token-selection.ts";

test("attention is stretched over the visible tokens only", () => {
  // The padding behind them has less attention than any token, and must not become the zero.
  expectClose(minMaxScale([0.2, 0.6, 0.3, 0, 0], 3), [0, 1, 0.25]);
  expectClose(minMaxScale([0.25, 0.25], 2), [0, 0]);
});

test("the score is the scaled attention at the deciding token", () => {
  expectClose(selectionScore([0.1, 0.5, 0.3, 0.1], 4, 2), 0.5);
  expectClose(selectionScore([0.1, 0.5, 0.3, 0.1], 4, 1), 1);
  expect(selectionScore([0.1, 0.9], 2, 3)).toBeNaN();
});

test("the selected token is the first of the greatest visible ones", () => {
  expect(selectedToken([0.1, 0.3, 0.3, 0.9], 3)).toBe(1);
  expect(visibleLength([1, 1, 1, 0, 0])).toBe(3);
  expect(visibleLength([1, 1])).toBe(2);
});
