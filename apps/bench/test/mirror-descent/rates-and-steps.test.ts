import { expectClose } from "@attnlab/testing";
import { expect, test } from "vitest";
import { relativeError, valueAt, worstOf } from "../../experiments/mirror-descent/closeness.ts";
import { paperSteps } from "../../experiments/mirror-descent/paper.ts";
import { candidateRate } from "../../experiments/mirror-descent/rate.ts";
import { evenSteps, logSteps } from "../../experiments/mirror-descent/recorded-steps.ts";

test("the candidate rate has its three forms", () => {
  const k = Math.exp(Math.E ** 2); // log k = e^2, loglog k = 2
  expectClose(candidateRate(1.75, k), Math.E ** -1.5);
  expectClose(candidateRate(2, k), 4 / Math.E ** 2);
  expectClose(candidateRate(3, k), 2 / Math.E ** 2);
});

test("even steps contain both ends and the marks that are not beyond", () => {
  expect([...evenSteps(10, 2, [3, 11])].sort((a, b) => a - b)).toEqual([0, 3, 5, 10]);
});

test("logarithmic steps are multiples of the unit and contain the powers of ten and the end", () => {
  const steps = [...logSteps(5_000, 100, 3)].sort((a, b) => a - b);
  expect(steps).toEqual([100, 200, 500, 1_000, 2_200, 4_600, 5_000]);
});

test("the lengths of the published runs, and one for every other exponent", () => {
  expect([1.75, 2, 3, 1.5, 4].map(paperSteps)).toEqual([1_500, 2_000, 20_000, 1_500, 20_000]);
});

test("comparisons with missing or doubled rows never hold", () => {
  const row = { run: 0, params: {}, seed: 1, series: "", step: 5, metric: "m", value: 2 };
  expect(valueAt([row], { metric: "m", step: 5 })).toBe(2);
  expect(valueAt([row], { metric: "m", step: 6 })).toBeNaN();
  expect(valueAt([row, row], { metric: "m" })).toBeNaN();
  expect(worstOf([1, Number.NaN, 3])).toBeNaN();
  expect(worstOf([1, 4, 3])).toBe(4);
  expectClose(relativeError(3, -4), 7 / 4);
});
