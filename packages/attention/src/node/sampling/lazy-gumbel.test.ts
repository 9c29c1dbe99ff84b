import { DataError, OptionError, ShapeError } from "@attnlab/check";
import { createRng, type Rng } from "@attnlab/random";
import { expectClose, surprise } from "@attnlab/testing";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { expectedTail } from "./expected-tail.ts";
import { createLazyGumbelSampler, type LazyGumbelDraw, lazyGumbelSample } from "./lazy-gumbel.ts";
import { outside, type SoftmaxDistribution } from "./softmax-distribution.ts";

/** The softmax of logits whose `k` largest are known, apart from those that the search is made to miss. */
function distributionOf(logits: Float64Array, k: number, missed: readonly number[] = []): SoftmaxDistribution {
  const order = Array.from(logits.keys()).sort((a, b) => (logits[b] as number) - (logits[a] as number) || a - b);
  const top = order.filter((j) => !missed.includes(j)).slice(0, k);
  const topLogits = top.map((j) => logits[j] as number);
  return { count: logits.length, logit: (j) => logits[j] as number, top, topLogits };
}

function softmax(logits: Float64Array): Float64Array {
  const maximum = Math.max(...logits);
  const weights = logits.map((y) => Math.exp(y - maximum));
  const sum = weights.reduce((a, b) => a + b);
  return weights.map((w) => w / sum);
}

const normalLogits = (n: number, std: number, seed: number): Float64Array => createRng(seed).fillNormal(new Float64Array(n), { std });

interface Tally {
  readonly counts: Float64Array;
  /** Mean of the tail, and its distance from `expectedTail` in standard errors. */
  readonly tail: number;
  readonly tailSurprise: number;
  readonly meanMaximum: number;
}

function tally(distribution: SoftmaxDistribution, draws: number, draw: (rng: Rng) => LazyGumbelDraw): Tally {
  const rng = createRng(17);
  const counts = new Float64Array(distribution.count);
  let [tail, maximum] = [0, 0];
  for (let i = 0; i < draws; i++) {
    const one = draw(rng);
    (counts[one.index] as number)++;
    tail += one.tail / draws;
    maximum += one.maximum / draws;
  }
  const { mean, variance } = expectedTail(distribution);
  return { counts, tail, tailSurprise: Math.abs(tail - mean) / Math.sqrt(variance / draws), meanMaximum: maximum };
}

describe("the draws follow the softmax, and the tail its expectation", () => {
  // Pass rule: the chance to fail at another seed is 1e-4 for the fit, 6e-7 for the tail and for the maximum.
  const draws = 20_000;
  test.each([
    [400, 20, 1],
    [400, 20, 3],
    [400, 5, 1],
    [1024, 32, 1],
    [30, 30, 1],
    [1, 1, 1],
  ])("n = %i, k = %i, logits of standard deviation %f", (n, k, std) => {
    const logits = normalLogits(n, std, n + k);
    const distribution = distributionOf(logits, k);
    const probabilities = softmax(logits);
    const logSum = Math.log(logits.reduce((sum, y) => sum + Math.exp(y), 0));
    const sampler = createLazyGumbelSampler(distribution);
    for (const draw of [(rng: Rng) => lazyGumbelSample(distribution, { rng }), sampler.draw]) {
      const { counts, tail, tailSurprise, meanMaximum } = tally(distribution, draws, draw);
      if (n > 1) expect(surprise(counts, probabilities)).toBeLessThan(3.72);
      if (k < n) expect(tailSurprise).toBeLessThan(5);
      else expect(tail).toBe(0);
      // A Gumbel number has mean 0.5772 and standard deviation pi / sqrt(6).
      expect(Math.abs(meanMaximum - logSum - 0.5772156649)).toBeLessThan((5 * Math.PI) / Math.sqrt(6 * draws));
    }
  });
});

describe("a search that missed its best key", () => {
  const logits = normalLogits(300, 2, 8);
  const best = logits.indexOf(Math.max(...logits));
  const distribution = distributionOf(logits, 12, [best]);
  const truth = softmax(logits)[best] as number;
  const gap = (logits[best] as number) - Math.min(...Array.from(distribution.topLogits));
  const draws = 20_000;

  test("loses most of its probability without a gap", () => {
    const { counts } = tally(distribution, draws, createLazyGumbelSampler(distribution).draw);
    expect((counts[best] as number) / draws).toBeLessThan(truth / 2);
  });

  test("keeps it with the true gap, at the predicted cost", () => {
    const widened = { ...distribution, gap };
    const { counts, tailSurprise } = tally(widened, draws, createLazyGumbelSampler(widened).draw);
    expect(surprise(counts, softmax(logits))).toBeLessThan(3.72);
    expect(tailSurprise).toBeLessThan(5);
    expect(expectedTail(widened).mean).toBeGreaterThan(expectedTail(distribution).mean);
  });
});

describe("expectedTail", () => {
  test("has the digits of the worked case", () => {
    expectClose(expectedTail({ count: 100, logit: () => 0, top: [0, 1, 2], topLogits: [3, 2, 1] }).mean, 8.01167033, {
      relative: 0,
      absolute: 5e-9,
      reason: "the reference has eight decimals",
    });
  });

  test("is at most (n - k) / (k + 1) for an exact search, and finite for any logits", () => {
    const logit = fc.double({ min: -700, max: 700, noNaN: true });
    fc.assert(
      fc.property(
        fc.array(logit, { minLength: 1, maxLength: 20 }),
        fc.nat(100),
        fc.double({ min: 0, max: 1e6 }),
        (topLogits, rest, gap) => {
          const k = topLogits.length;
          const distribution = { count: k + rest, logit: () => -1000, top: topLogits.map((_, i) => i), topLogits };
          expect(expectedTail(distribution).mean).toBeLessThanOrEqual((rest / (k + 1)) * (1 + 1e-12));
          const wide = expectedTail({ ...distribution, gap });
          expect(wide.mean >= 0 && wide.mean <= rest && wide.variance >= 0 && Number.isFinite(wide.variance)).toBe(true);
          const { index, tail } = lazyGumbelSample({ ...distribution, gap }, { rng: createRng(rest) });
          expect(index >= 0 && index < k + rest && tail <= rest).toBe(true);
        },
      ),
    );
  });
});

test("outside counts past the members of the set", () => {
  const sorted = Int32Array.of(0, 3, 4, 9);
  expect([0, 1, 2, 3, 4, 5, 6].map((rank) => outside(sorted, rank))).toEqual([1, 2, 5, 6, 7, 8, 10]);
});

describe("bad distributions", () => {
  const good: SoftmaxDistribution = { count: 4, logit: () => 0, top: [1, 2], topLogits: [3, 2] };
  test.each<[Partial<SoftmaxDistribution>, new (text: string) => Error, string]>([
    [{ count: 0 }, OptionError, "lazyGumbelSample: count must be a whole number from 1 to 2^31 - 1; got 0. Pass the number of outcomes."],
    [{ top: [], topLogits: [] }, ShapeError, "top and topLogits must have one length from 1 to the 4 outcomes; got 0 and 0."],
    [{ top: [1] }, ShapeError, "got 1 and 2. Pass each of the best outcomes with its logit."],
    [{ top: [1, 1] }, DataError, "top must hold different whole numbers from 0 to 3; got 1. Pass every outcome once."],
    [{ top: [1, 4] }, DataError, "top must hold different whole numbers from 0 to 3; got 4."],
    [{ topLogits: [1, Number.NaN] }, DataError, "topLogits must be finite; got NaN at index 1. Repair the scores first."],
    [{ gap: -1 }, OptionError, "gap must be a finite number >= 0; got -1. Leave it out for an exact search."],
  ])("%j", (change, type, text) => {
    const call = (): unknown => lazyGumbelSample({ ...good, ...change }, { rng: createRng(1) });
    expect(call).toThrow(type);
    expect(call).toThrow(text);
    expect(() => createLazyGumbelSampler({ ...good, ...change })).toThrow(type);
  });

  test("no rng", () => {
    expect(() => lazyGumbelSample(good, {} as { rng: Rng })).toThrow(
      new OptionError(
        "lazyGumbelSample: rng must be a generator made by createRng; got nothing. Pass rng: The source of chance, for example createRng(1) of @attnlab/random.",
      ),
    );
  });
});
