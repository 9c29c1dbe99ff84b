import { OptionError, ShapeError } from "@attnlab/check";
import { createRng } from "@attnlab/random";
import { expect, test } from "vitest";
import { slope } from "../../../test/weight-matrix.ts";
import { meanSamples, medianOfMeansSamples } from "./budgets.ts";
import { createGroupMeans } from "./group-means.ts";
import type { SoftmaxDistribution } from "./softmax-distribution.ts";
import { softmaxExpectation } from "./softmax-expectation.ts";

const n = 200;
const logits = createRng(3).fillNormal(new Float64Array(n), { std: 1.5 });
const order = Array.from(logits.keys()).sort((a, b) => (logits[b] as number) - (logits[a] as number));
const top = order.slice(0, 14);
const distribution: SoftmaxDistribution = {
  count: n,
  logit: (j) => logits[j] as number,
  top,
  topLogits: top.map((j) => logits[j] as number),
};
const values = createRng(4).fillNormal(new Float64Array(3 * n));
const vectorOf = (j: number): Float64Array => values.subarray(3 * j, 3 * j + 3);
const weights = logits.map((y) => Math.exp(y));
const total = weights.reduce((a, b) => a + b);
const moment = (t: number, power: number): number =>
  weights.reduce((sum, w, j) => sum + (w / total) * (values[3 * j + t] as number) ** power, 0);
const truth = [0, 1, 2].map((t) => moment(t, 1));
const variance = truth.map((mean, t) => moment(t, 2) - mean ** 2);

test("the mean of many draws is right within five of its standard errors, which are right too", () => {
  const samples = 20_000;
  const { estimate, standardError } = softmaxExpectation(distribution, vectorOf, { rng: createRng(5), samples });
  for (let t = 0; t < 3; t++) {
    const expected = Math.sqrt((variance[t] as number) / samples);
    expect(Math.abs((standardError[t] as number) / expected - 1)).toBeLessThan(0.05);
    expect(Math.abs((estimate[t] as number) - (truth[t] as number)) / expected).toBeLessThan(5);
  }
});

test("the error falls as one over the square root of the draws", () => {
  const sizes = [2, 4, 8, 16];
  const rms = sizes.map((samples) => {
    const repeats = 16_384 / samples;
    let square = 0;
    for (let run = 0; run < repeats; run++) {
      const { estimate } = softmaxExpectation(distribution, vectorOf, { rng: createRng(run).split(samples), samples });
      for (let t = 0; t < 3; t++) square += ((estimate[t] as number) - (truth[t] as number)) ** 2 / (3 * repeats);
    }
    const expected = Math.sqrt(((variance[0] as number) + (variance[1] as number) + (variance[2] as number)) / 3 / samples);
    // 1024 runs of three entries: the standard error of this ratio is 1.3 to 2.2 per cent, and lower for more runs.
    expect(Math.abs(Math.sqrt(square) / expected - 1)).toBeLessThan(0.07);
    return Math.sqrt(square);
  });
  const measured = slope(sizes.map(Math.log), rms.map(Math.log));
  expect(measured).toBeGreaterThan(-0.55);
  expect(measured).toBeLessThan(-0.45);
});

test("a median of means withstands what ruins a mean", () => {
  // One draw in a hundred is a million: most groups of ten never meet it.
  const rare = { count: 2, logit: () => 0, top: [0, 1], topLogits: [Math.log(99), 0] };
  const wild = (j: number): number[] => [1e6 * j];
  let [mean, median] = [0, 0];
  for (let run = 0; run < 20; run++) {
    mean += softmaxExpectation(rare, wild, { samples: 90, rng: createRng(run) }).estimate[0] as number;
    median += softmaxExpectation(rare, wild, { samples: 90, rng: createRng(run), groups: 9 }).estimate[0] as number;
  }
  expect(median).toBe(0);
  expect(mean).toBeGreaterThan(0);
});

test("with the budgets of an accuracy, failures are rarer than delta", () => {
  const delta = 0.1;
  const epsilon = Math.sqrt(variance[0] as number);
  const first = (j: number): number[] => [values[3 * j] as number];
  const { groups, groupSize } = medianOfMeansSamples({ epsilon, delta, variance: epsilon ** 2 });
  const bound = values.reduce((a, b) => Math.max(a, Math.abs(b)), 0);
  for (const [samples, parts] of [
    [groups * groupSize, groups],
    [meanSamples({ epsilon, delta, bound }), 1],
  ] as const) {
    let failures = 0;
    for (let run = 0; run < 500; run++) {
      const { estimate } = softmaxExpectation(distribution, first, { rng: createRng(run), samples, groups: parts });
      if (Math.abs((estimate[0] as number) - (truth[0] as number)) > epsilon) failures++;
    }
    expect(failures).toBeLessThanOrEqual(500 * delta);
  }
});

test("group means take the middle of odd and of even numbers of groups", () => {
  const medianOf = (...sums: number[]): number => {
    const means = createGroupMeans(sums.length, 1);
    sums.forEach((sum, g) => {
      means.add(g, [sum], 0);
    });
    const out = new Float64Array(1);
    means.write(2, out, 0);
    return out[0] as number;
  };
  expect([medianOf(6), medianOf(2, 100, 4), medianOf(100, 2, 6, -50)]).toEqual([3, 2, 2]);
});

test("bad options and vectors", () => {
  const call = (options: object): unknown => softmaxExpectation(distribution, vectorOf, { rng: createRng(1), samples: 10, ...options });
  expect(() => call({ samples: 1 })).toThrow(
    new OptionError("softmaxExpectation: samples must be a whole number >= 2; got 1. Draws in all."),
  );
  expect(() => call({ groups: 3 })).toThrow(
    new OptionError("softmaxExpectation: samples must be a multiple of groups; got 10 samples in 3 groups. Pass samples: 12."),
  );
  let asked = 0;
  const ragged = (): number[] => (asked++ === 0 ? [1, 2] : [1]);
  expect(() => softmaxExpectation(distribution, ragged, { rng: createRng(1), samples: 3 })).toThrow(
    new ShapeError(
      "softmaxExpectation: vectorOf must return vectors of one length; got 2 and 1. Return as many numbers for every outcome.",
    ),
  );
});
