import { DataError, OptionError, tensorData } from "@attnlab/check";
import { createExactIndex, createInvertedFileIndex } from "@attnlab/neighbors";
import { createRng } from "@attnlab/random";
import { describe, expect, test } from "vitest";
import { average, normalHead, weightMatrix } from "../../../test/weight-matrix.ts";
import type { AttentionInput } from "../attention-input.ts";
import { type GumbelAttentionOptions, gumbelAttention } from "./gumbel-attention.ts";

const rng = createRng(12);
const scale = 1 / Math.sqrt(3);

describe.each([[false], [true]])("causal %s", (causal) => {
  const tokens = 40;
  const input = normalHead(7, tokens);
  const weights = weightMatrix(input, scale, causal);
  const truth = average(weights, input.value);

  test("outputs are within five standard errors of exact attention, and their mean square is the variance", async () => {
    const samples = 1000;
    const { output, lse } = await gumbelAttention(input, { rng, samples, causal });
    let chi = 0;
    let count = 0;
    for (let i = 0; i < tokens; i++) {
      for (let t = 0; t < 2; t++) {
        const at = 2 * i + t;
        const mean = truth[at] as number;
        const second = (weights[i] as Float64Array).reduce(
          (sum, w, j) => sum + w * ((input.value.data[2 * j + t] as number) - mean) ** 2,
          0,
        );
        const z = ((output.data[at] as number) - mean) / Math.sqrt(second / samples + 1e-14);
        expect(Math.abs(z)).toBeLessThan(5);
        // The first row of causal attention has one key and no variance.
        if (second > 1e-12) {
          chi += z * z;
          count++;
        }
      }
      // Two keys or more are left to chance only where more are visible than k.
      const logits = Array.from({ length: causal ? i + 1 : tokens }, (_, j) => {
        let sum = 0;
        for (let t = 0; t < 3; t++) sum += (input.query.data[3 * i + t] as number) * (input.key.data[3 * j + t] as number);
        return sum * scale;
      });
      const exact = Math.log(logits.reduce((sum, y) => sum + Math.exp(y), 0));
      const error = logits.length <= 6 ? 1e-6 : 5 / Math.sqrt(samples);
      expect(Math.abs((lse.data[i] as number) - exact)).toBeLessThan(error);
    }
    // Mean 1, standard deviation sqrt(2 / count) = 0.16.
    expect(chi / count).toBeGreaterThan(0.4);
    expect(chi / count).toBeLessThan(1.7);
  });
});

test("the error stays within epsilon, for the mean and for the median of means", async () => {
  const input = normalHead(9, 7);
  const truth = average(weightMatrix(input, scale), input.value);
  const accuracy = { epsilon: 1, delta: 0.2 };
  for (const estimator of ["mean", "median-of-means"] as const) {
    let failures = 0;
    const runs = 20;
    for (let run = 0; run < runs; run++) {
      const { output } = await gumbelAttention(input, { rng: rng.split(run), ...accuracy, estimator });
      if (output.data.some((x, i) => Math.abs(x - (truth[i] as number)) > accuracy.epsilon)) failures++;
    }
    // The bounds are loose: with chance delta = 0.2 a run may fail, in fact none does.
    expect(failures).toBe(0);
  }
});

test("the streams belong to the queries: a part of the queries, or another index, gets the same numbers", async () => {
  const input = normalHead(3, 30);
  const all = await gumbelAttention(input, { rng, samples: 50, k: 6 });
  const some: AttentionInput = { ...input, query: tensorData("float32", [1, 1, 11, 3], input.query.data.slice(0, 33)) };
  const part = await gumbelAttention(some, { rng, samples: 50, k: 6 });
  expect(part.output.data).toEqual(all.output.data.slice(0, 22));
  const buildIndex: GumbelAttentionOptions["buildIndex"] = (keys) =>
    createInvertedFileIndex(keys, { rng: createRng(1), cells: 4, probes: 4 });
  const other = await gumbelAttention(input, { rng, samples: 50, k: 6, buildIndex });
  expect(other.output.data).toEqual(all.output.data);
  expect((await gumbelAttention(input, { rng: rng.split(1), samples: 50, k: 6 })).output.data).not.toEqual(all.output.data);
});

test("what a query draws does not depend on the other queries", async () => {
  const input = normalHead(3, 30);
  const changed = {
    ...input,
    query: tensorData(
      "float32",
      [1, 1, 30, 3],
      input.query.data.map((x, i) => (i < 3 ? -3 * x : x)),
    ),
  };
  const before = await gumbelAttention(input, { rng, samples: 50, k: 6 });
  const after = await gumbelAttention(changed, { rng, samples: 50, k: 6 });
  expect(after.output.data.slice(2)).toEqual(before.output.data.slice(2));
  expect(after.output.data.slice(0, 2)).not.toEqual(before.output.data.slice(0, 2));
});

test("heads have streams of their own, and masked keys are as good as deleted", async () => {
  const one = normalHead(3, 20);
  const twice = (x: AttentionInput["query"]) => tensorData("float32", [1, 2, ...x.shape.slice(2)], Float32Array.of(...x.data, ...x.data));
  const both = await gumbelAttention({ query: twice(one.query), key: twice(one.key), value: twice(one.value) }, { rng, samples: 20 });
  const size = both.output.data.length / 2;
  expect(both.output.data.slice(0, size)).toEqual((await gumbelAttention(one, { rng, samples: 20 })).output.data);
  expect(both.output.data.slice(size)).not.toEqual(both.output.data.slice(0, size));
  const visible = Array.from({ length: 20 }, (_, j) => (j % 3 === 0 ? 0 : 1));
  const masked = await gumbelAttention(one, { rng, samples: 20, k: 4, keyMask: tensorData("bool", [20], visible) });
  const kept = (x: AttentionInput["query"], width: number) =>
    tensorData(
      "float32",
      [1, 1, 13, width],
      x.data.filter((_, i) => visible[Math.floor(i / width)] === 1),
    );
  const deleted = await gumbelAttention({ query: one.query, key: kept(one.key, 3), value: kept(one.value, 2) }, { rng, samples: 20, k: 4 });
  expect(masked.output.data).toEqual(deleted.output.data);
  expect(masked.lse.data).toEqual(deleted.lse.data);
});

test("queries that see nothing get zeros, and nothing is ever NaN", async () => {
  const input = normalHead(3, 4);
  const hidden = await gumbelAttention(input, { rng, samples: 5, keyMask: tensorData("bool", [4], [0, 0, 0, 0]) });
  expect(hidden.output.data.every((x) => x === 0)).toBe(true);
  expect(hidden.lse.data.every((x) => x === Number.NEGATIVE_INFINITY)).toBe(true);
  const vast = tensorData("float32", [3, 1], [3e38, -3e38, 1]);
  for (const scale of [1, -1, 0]) {
    const { output, lse } = await gumbelAttention({ query: vast, key: vast, value: vast }, { rng, samples: 3, k: 1, scale, causal: true });
    expect([...output.data, ...lse.data].some(Number.isNaN)).toBe(false);
  }
});

test("a negative scale looks for the smallest products", async () => {
  const input = normalHead(5, 50);
  const truth = average(weightMatrix(input, -scale), input.value);
  const { output } = await gumbelAttention(input, { rng, samples: 1000, scale: -scale });
  expect(Math.max(...output.data.map((x, i) => Math.abs(x - (truth[i] as number))))).toBeLessThan(0.2);
});

test("counts its work, below quadratic", async () => {
  const input = normalHead(5, 100);
  const { dotProducts, samples, groups } = await gumbelAttention(input, { rng, samples: 1, buildIndex: (keys) => createExactIndex(keys) });
  expect(dotProducts.search).toBe(10_000);
  expect(dotProducts.direct).toBeGreaterThan(100);
  // At most (n - k) / (k + 1) on average, 8.2 with k = 10.
  expect(dotProducts.direct / 100).toBeLessThan(10);
  expect([samples, groups]).toEqual([1, 1]);
  const made = await createExactIndex(tensorData("float32", [100, 3], input.key.data));
  await made.search(made.vectors, { k: 1 });
  const again = await gumbelAttention(input, { rng, samples: 1, buildIndex: async () => made });
  expect(again.dotProducts).toEqual(dotProducts);
  const released = await gumbelAttention(input, { rng, epsilon: 0.2, delta: 0.01, preset: "released" });
  expect([released.samples, released.groups]).toEqual([20, 4]);
});

describe("bad options", () => {
  const input = normalHead(5, 4);
  test.each([
    [{}, "either samples or epsilon must be given; got neither. Pass samples for a number of draws, epsilon for an accuracy."],
    [{ samples: 5, epsilon: 1 }, "either samples or epsilon must be given; got both."],
    [{ samples: 5, preset: "released" }, 'preset "released" must go with epsilon and a median of means; got no epsilon.'],
    [{ epsilon: 1, preset: "released", estimator: "mean" }, 'got estimator "mean". Leave preset out for the numbers of the bounds.'],
    [{ samples: 6, groups: 3 }, 'groups must go with samples and estimator "median-of-means"; got estimator mean. Leave groups out.'],
    [{ epsilon: 1, groups: 3, estimator: "median-of-means" }, "got no samples."],
    [
      { samples: 7, groups: 3, estimator: "median-of-means" },
      "samples must be a multiple of groups; got 7 samples in 3 groups. Pass samples: 9.",
    ],
    [{ samples: 7, k: 5 }, "k must be at most the number of keys, 4; got 5. Pass 4 to use them all."],
    [{ samples: 7, gap: -1 }, "gap must be a finite number >= 0; got -1."],
    [{ samples: 7, tail: 1 }, 'every option must be known; got "tail".'],
    [{ samples: 7, rng: 3 }, "rng must be a generator made by createRng; got 3."],
  ])("%j", async (options, text) => {
    const call = gumbelAttention(input, { rng, ...options } as GumbelAttentionOptions);
    await expect(call).rejects.toThrow(OptionError);
    await expect(call).rejects.toThrow(`gumbelAttention: ${text.startsWith("got") ? "" : text}`);
    await expect(call).rejects.toThrow(text);
  });

  test("an index of other keys, or of another metric", async () => {
    const other = { rng, samples: 2, k: 2 };
    const few = tensorData("float32", [2, 3], [1, 2, 3, 4, 5, 6]);
    await expect(gumbelAttention(input, { ...other, buildIndex: () => createExactIndex(few) })).rejects.toThrow(
      "gumbelAttention: buildIndex must return an inner-product index of the 4 keys of dimension 3 it is given; got 2 keys of dimension 3 by inner-product.",
    );
    const shifted = (keys: typeof few) =>
      createExactIndex(
        tensorData(
          "float32",
          keys.shape,
          keys.data.map((x, i) => (i === 5 ? 0 : x)),
        ),
      );
    await expect(gumbelAttention(input, { ...other, buildIndex: shifted })).rejects.toThrow(
      "gumbelAttention: buildIndex must return an index of the keys it is given; got another vector in place of key 1.",
    );
    const cosine = gumbelAttention(input, { ...other, buildIndex: (keys) => createExactIndex(keys, { metric: "cosine" }) });
    await expect(cosine).rejects.toThrow('by cosine. Build it as (keys) => createExactIndex(keys), with metric "inner-product".');
  });

  test("input that is not finite", async () => {
    const query = tensorData(
      "float32",
      [1, 1, 4, 3],
      Float32Array.from({ length: 12 }, (_, i) => (i === 4 ? Number.NaN : i)),
    );
    await expect(gumbelAttention({ ...input, query }, { rng, samples: 2 })).rejects.toThrow(DataError);
    await expect(gumbelAttention({ ...input, query }, { rng, samples: 2 })).rejects.toThrow(
      "gumbelAttention: query must be finite; got NaN at [0, 0, 1, 1].",
    );
  });
});
