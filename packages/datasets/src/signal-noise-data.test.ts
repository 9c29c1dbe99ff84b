import { OptionError } from "@attnlab/check";
import { createRng } from "@attnlab/random";
import { expectClose } from "@attnlab/testing";
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { signalNoiseData } from "./signal-noise-data.ts";

const data = signalNoiseData({ rng: createRng(3), samples: 7, dim: 53, sparsity: 5, noiseScale: 2, signalScale: 1.5 });

describe("signalNoiseData", () => {
  test("has a signal patch y mu and a sparse noise patch without the signal's coordinate", () => {
    expect(new Set(data.labels)).toEqual(new Set([1, -1]));
    expect(Array.from(data.signal)).toEqual([1.5, ...new Array<number>(52).fill(0)]);
    for (let i = 0; i < 7; i++) {
      const [first, second] = [data.patches.slice(2 * i * 53, (2 * i + 1) * 53), data.patches.slice((2 * i + 1) * 53, (2 * i + 2) * 53)];
      expect(Array.from(first, (x) => x + 0)).toEqual(Array.from(data.signal, (x) => (x === 0 ? 0 : (data.labels[i] as number) * x)));
      expect(second).toEqual(data.noise.slice(i * 53, (i + 1) * 53));
      const support = Array.from(second.keys()).filter((k) => second[k] !== 0);
      expect(support).toEqual(Array.from(data.supports.slice(i * 5, (i + 1) * 5)));
      expect(support.includes(0)).toBe(false);
    }
    expectClose(data.signalToNoise, 1.5 / (2 * Math.sqrt(5)));
  });

  test("more samples begin with the same ones, and other seeds are others", () => {
    const options = { dim: 53, sparsity: 5, noiseScale: 2, signalScale: 1.5 };
    const more = signalNoiseData({ rng: createRng(3), samples: 11, ...options });
    expect(more.patches.slice(0, data.patches.length)).toEqual(data.patches);
    expect(signalNoiseData({ rng: createRng(4), samples: 7, ...options }).patches).not.toEqual(data.patches);
  });

  test("noise has the standard deviation asked for, and supports are uniform", () => {
    const many = signalNoiseData({ rng: createRng(5), samples: 2_000, dim: 21, sparsity: 4, noiseScale: 3 });
    const values = many.noise.filter((x) => x !== 0);
    const count = values.length;
    expect(count).toBe(8_000);
    expect(Math.abs(values.reduce((s, x) => s + x, 0) / count)).toBeLessThan(4 * (3 / Math.sqrt(count))); // four standard errors
    expect(Math.abs(Math.sqrt(values.reduce((s, x) => s + x * x, 0) / count) / 3 - 1)).toBeLessThan(4 / Math.sqrt(2 * count));
    const times = Array.from({ length: 20 }, (_, k) => many.supports.filter((c) => c === k + 1).length);
    // Each coordinate is in a support with probability 4 / 20: mean 400, standard deviation 17.9; four and a half of them.
    for (const one of times) expect(Math.abs(one - 400)).toBeLessThan(80);
    const positive = many.labels.filter((y) => y > 0).length;
    expect(Math.abs(positive - 1_000)).toBeLessThan(90);
  });

  test("disjoint supports share no coordinate, up to the last one there is", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 9 }),
        fc.integer({ min: 1, max: 7 }),
        fc.integer({ min: 0, max: 3 }),
        (samples, sparsity, spare) => {
          const dim = samples * sparsity + 1 + spare;
          const { supports } = signalNoiseData({ rng: createRng(1), samples, sparsity, dim, supports: "disjoint" });
          expect(new Set(supports).size).toBe(samples * sparsity);
          expect(Math.min(...supports)).toBeGreaterThanOrEqual(1);
          expect(Math.max(...supports)).toBeLessThan(dim);
        },
      ),
    );
  });

  test("shuffled patches hold the same numbers and say where the signal is", () => {
    const options = { samples: 29, dim: 11, sparsity: 3 };
    const plain = signalNoiseData({ rng: createRng(6), ...options });
    const shuffled = signalNoiseData({ rng: createRng(6), ...options, shufflePatches: true });
    expect(new Set(shuffled.signalPatch)).toEqual(new Set([0, 1]));
    expect(new Set(plain.signalPatch)).toEqual(new Set([0]));
    for (let i = 0; i < 29; i++) {
      const at = (2 * i + (shuffled.signalPatch[i] as number)) * 11;
      expect(shuffled.patches.slice(at, at + 11)).toEqual(plain.patches.slice(2 * i * 11, (2 * i + 1) * 11));
    }
    expect(shuffled.noise).toEqual(plain.noise);
  });

  test("the defaults are configuration R", () => {
    const { samples, dim, supports, signalToNoise } = signalNoiseData({ rng: createRng(1) });
    expect([samples, dim, supports.length]).toEqual([20, 2000, 800]);
    expectClose(signalToNoise, 1 / (2 * Math.sqrt(40)));
  });

  test.each([
    [{ samples: 0 }, "samples must be a whole number >= 1; got 0."],
    [{ dim: 1 }, "dim must be a whole number >= 2; got 1."],
    [{ noiseScale: 0 }, "noiseScale must be a finite number > 0; got 0."],
    [{ supports: "far" as "random" }, 'supports must be one of "random", "disjoint"; got "far".'],
    [{ dim: 5, sparsity: 5 }, "sparsity must be at most dim - 1; got 5 and 4. Raise dim or lower sparsity."],
    [
      { dim: 9, samples: 3, sparsity: 3, supports: "disjoint" as const },
      "samples * sparsity must be at most dim - 1; got 9 and 8. Raise dim or lower sparsity.",
    ],
    [{ size: 3 }, 'every option must be known; got "size".'],
  ])("refuses %j", (options, text) => {
    const draw = (): unknown => signalNoiseData({ rng: createRng(1), ...options });
    expect(draw).toThrow(OptionError);
    expect(draw).toThrow(`signalNoiseData: ${text}`);
  });

  test("needs a generator", () => {
    expect(() => signalNoiseData({} as never)).toThrow("signalNoiseData: rng must be a generator made by createRng; got nothing.");
  });
});
