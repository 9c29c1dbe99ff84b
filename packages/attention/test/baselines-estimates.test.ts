import { tensorData } from "@attnlab/check";
import { typedArrayKernel } from "@attnlab/neighbors";
import { createRng } from "@attnlab/random";
import { expectClose } from "@attnlab/testing";
import { afterAll, describe, expect, test } from "vitest";
import { angularBuckets, bucketFactors } from "../src/node/baselines/angular-buckets.ts";
import {
  type AttentionInput,
  createAttentionKernel,
  hyperAttention,
  linearAttention,
  performerAttention,
  reformerAttention,
  routingAttention,
  verifiedAttention,
} from "../src/node/index.ts";
import { naiveAttention, randomInput } from "./naive-attention.ts";

const kernel = await createAttentionKernel();
afterAll(() => kernel.dispose());
const FLOAT32 = { precision: "float32", factor: 3, reason: "float32 results of sums of 200 terms" } as const;
const sizes = { queries: 61, keys: 211, headDim: 7, valueDim: 5 };
const input = randomInput(createRng(2), [2], sizes);
const keyMask = tensorData(
  "bool",
  [211],
  Uint8Array.from({ length: 211 }, (_, i) => (i % 4 === 1 ? 0 : 1)),
);
const rng = createRng(4);

async function expectExact(attend: (options: object) => Promise<{ output: { data: Float32Array }; lse: { data: Float32Array } }>) {
  for (const options of [{}, { scale: 0.7 }, { scale: -0.3 }, { causal: true }, { keyMask }, { causal: true, keyMask }]) {
    const { output, lse } = await attend({ ...options, kernel });
    const naive = naiveAttention(input, options);
    expectClose(output.data, naive.output, FLOAT32);
    expectClose(lse.data, naive.lse, FLOAT32);
  }
}

describe("exact attention is a special case", () => {
  test("routingAttention with one cluster", () => expectExact((options) => routingAttention(input, { ...options, clusters: 1, rng })));

  test("routingAttention whose clusters take everything", () =>
    expectExact((options) => routingAttention(input, { ...options, clusters: 3, clusterSize: 500, rng })));

  test("hyperAttention with one block", () => expectExact((options) => hyperAttention(input, { ...options, rng })));

  test("hyperAttention that samples all keys", () =>
    expectExact((options) => hyperAttention(input, { ...options, blockSize: 10, samples: 211, rng })));

  test("verifiedAttention that keeps all keys, or wants no error", async () => {
    await expectExact((options) => verifiedAttention(input, { ...options, k: 211, rng }));
    await expectExact((options) => verifiedAttention(input, { ...options, k: 3, epsilon: 1e-9, rng }));
  });

  test("reformerAttention with one chunk, on unit keys without the token itself", async () => {
    const x = randomInput(createRng(3), [], { queries: 31, keys: 31, headDim: 5, valueDim: 3 });
    const unit = x.query.data.map((v, i, all) => {
      const start = i - (i % 5);
      return v / Math.hypot(...all.subarray(start, start + 5));
    });
    const { output, lse } = await reformerAttention(x, { rng, chunkSize: 31, rounds: 3, scale: 1.5, kernel });
    for (let i = 0; i < 31; i++) {
      const hidden = Uint8Array.from({ length: 31 }, (_, j) => (j === i ? 0 : 1));
      const row = naiveAttention(
        {
          query: tensorData("float32", [1, 5], x.query.data.slice(i * 5, i * 5 + 5)),
          key: tensorData("float32", [31, 5], unit),
          value: x.value,
        },
        { scale: 1.5, keyMask: tensorData("bool", [31], hidden) },
      );
      expectClose(output.data.slice(i * 3, i * 3 + 3), row.output, FLOAT32);
      expectClose(lse.data[i] as number, row.lse[0] as number, FLOAT32);
    }
  });
});

function reorder(x: AttentionInput["key"], order: ArrayLike<number>): AttentionInput["key"] {
  const width = x.shape.at(-1) as number;
  const data = Array.from(order).flatMap((row) => [...x.data.subarray(row * width, (row + 1) * width)]);
  return tensorData("float32", x.shape, data);
}

test("the order of queries and keys does not matter where no position enters", async () => {
  const x = randomInput(createRng(6), [], { ...sizes, queries: 40, keys: 90 });
  const [queries, keys] = [rng.split("queries").permutation(40), rng.split("keys").permutation(90)];
  const mixed = { query: reorder(x.query, queries), key: reorder(x.key, keys), value: reorder(x.value, keys) };
  const centroids = tensorData("float32", [4, 7], createRng(7).fillNormal(new Float32Array(28)));
  for (const attend of [
    (y: AttentionInput) => linearAttention(y, { kernel }),
    (y: AttentionInput) => performerAttention(y, { rng, kernel }),
    (y: AttentionInput) => routingAttention(y, { centroids, kernel }),
    (y: AttentionInput) => routingAttention(y, { centroids, membership: "nearest", kernel }),
    (y: AttentionInput) => verifiedAttention(y, { sink: 0, window: 0, k: 90, rng, kernel }),
  ]) {
    const [before, after] = [await attend(x), await attend(mixed)];
    expectClose(after.output.data, reorder(before.output, queries).data, FLOAT32);
  }
});

/** Means and five standard errors of a statistic over seeds. */
async function overSeeds(runs: number, statistic: (seed: number) => Promise<number>): Promise<{ mean: number; bound: number }> {
  let [sum, squares] = [0, 0];
  for (let seed = 0; seed < runs; seed++) {
    const x = await statistic(seed);
    sum += x;
    squares += x * x;
  }
  const mean = sum / runs;
  return { mean, bound: 5 * Math.sqrt((squares / runs - mean * mean) / runs) };
}

describe("hyperAttention", () => {
  test("the normaliser is unbiased, causal or not", async () => {
    const one = randomInput(createRng(5), [], { queries: 3, keys: 199, headDim: 5, valueDim: 2 });
    for (const causal of [false, true]) {
      const exact = naiveAttention(one, { causal }).lse;
      const { mean, bound } = await overSeeds(400, async (seed) => {
        const { lse } = await hyperAttention(one, { rng: createRng(seed), blockSize: 16, samples: 12, causal, kernel });
        return Math.exp((lse.data[1] as number) - (exact[1] as number));
      });
      // Five standard errors: a chance of 6e-7 that a right estimator fails.
      expect(Math.abs(mean - 1)).toBeLessThan(bound);
      expect(bound).toBeLessThan(0.2);
    }
  });

  test("blocks find the keys like the query, where a sample alone does not", async () => {
    const draws = createRng(8);
    const centers = draws.fillNormal(new Float32Array(32 * 16), { std: 2 });
    const around = () =>
      tensorData(
        "float32",
        [1, 1024, 16],
        draws
          .fillNormal(new Float32Array(1024 * 16))
          .map((v, i) => 0.3 * v + (centers[(Math.floor(i / 16) % 32) * 16 + (i % 16)] as number)),
      );
    const clustered = {
      query: around(),
      key: around(),
      value: randomInput(draws, [1], { queries: 1, keys: 1024, headDim: 1, valueDim: 4 }).value,
    };
    const error = async (causal: boolean, options: object): Promise<number> => {
      const exact = naiveAttention(clustered, { causal }).output;
      const { output } = await hyperAttention(clustered, { rng, causal, kernel, ...options });
      return (
        output.data.reduce((sum, v, i) => sum + Math.abs(v - (exact[i] as number)), 0) / exact.reduce((sum, v) => sum + Math.abs(v), 0)
      );
    };
    for (const causal of [false, true]) {
      const blocks = await error(causal, { blockSize: 128, samples: 64 });
      const sample = await error(causal, { blockSize: 1, samples: 192 });
      expect(blocks).toBeLessThan(0.5 * sample);
    }
  });
});

test("verifiedAttention keeps the error of its normaliser, by more samples where they are needed", async () => {
  const x = randomInput(createRng(9), [], { queries: 300, keys: 4001, headDim: 8, valueDim: 2 });
  const exact = naiveAttention(x, {}).lse;
  const sampled: number[] = [];
  for (const [epsilon, delta] of [
    [0.1, 0.1],
    [0.03, 0.1],
    [0.1, 0.01],
  ] as const) {
    const { lse, heads, dotProducts } = await verifiedAttention(x, { epsilon, delta, k: 40, pilot: 64, rng, kernel });
    const missed = lse.data.filter((y, i) => Math.abs(Math.exp(y - (exact[i] as number)) - 1) > epsilon).length / 300;
    // The size is that of the normal approximation: half as many failures again, and three standard deviations of a count of 300.
    expect(missed).toBeLessThan(1.5 * delta + 3 * Math.sqrt(delta / 300));
    expect(heads[0]?.exactQueries).toBeLessThan(150);
    expect(dotProducts.direct).toBeGreaterThan(300 * (heads[0]?.sampled as number));
    sampled.push(heads[0]?.sampled as number);
  }
  const [base, finer, surer] = sampled as [number, number, number];
  expect(finer).toBeGreaterThan(4 * base);
  expect(surer / base).toBeCloseTo((2.5758293 / 1.6448536) ** 2, 0);
});

test("a bucket of several factors has the hash of each as a digit", async () => {
  const rows = Float32Array.of(1, 0.1, -0.1, 1, -1, 0.2, 0.3, -1);
  // Factor 4 hashes by both axes, factor 2 by the sign of the second alone.
  const rotations = Float32Array.of(1, 0, 0, 1, 0, 1);
  const buckets = await angularBuckets(typedArrayKernel(), rows, 2, { rotations, factors: [4, 2] });
  expect([...buckets]).toEqual([0 * 2 + 0, 1 * 2 + 0, 2 * 2 + 0, 3 * 2 + 1]);
  expect([1, 2, 5, 64, 65, 1000].map(bucketFactors)).toEqual([[2], [2], [6], [64], [8, 8], [32, 32]]);
});

describe("options", () => {
  const small = randomInput(createRng(1), [1, 2], { queries: 5, keys: 7, headDim: 3, valueDim: 2 });
  const zeros = (...shape: number[]) => tensorData("float32", shape, new Float32Array(shape.reduce((a, b) => a * b)));

  test("of routingAttention", async () => {
    const refused = (options: object, text: string) =>
      expect(routingAttention(small, options)).rejects.toThrow(`routingAttention: ${text}`);
    await refused({}, "rng or centroids must be given; got neither. Pass createRng(1) of @attnlab/random.");
    await refused({ rng, clusters: 8 }, "clusters must be at most the number of keys, 7; got 8. Ask for fewer clusters.");
    await refused({ rng, centroids: zeros(2, 3) }, "centroids must come without rng, clusters and iterations; got rng.");
    await refused({ centroids: zeros(2, 4) }, "centroids must have the axes [any, 3], after none or all of the axes [1, 2]; got [2, 4].");
    await refused({ rng, membership: "nearest", clusterSize: 2 }, 'clusterSize must go with membership "balanced"; got "nearest".');
    await refused({ rng, membership: "any" }, 'membership must be one of "balanced", "nearest"; got "any".');
  });

  test("of reformerAttention", async () => {
    const square = { ...small, query: small.key };
    const refused = (options: object, text: string, x: AttentionInput = square) =>
      expect(reformerAttention(x, options)).rejects.toThrow(`reformerAttention: ${text}`);
    await refused({ rng }, "query and key must have as many tokens; got 5 and 7. Pass the query as the key: they are shared.", small);
    await refused({}, "rng or rotations must be given; got neither.");
    await refused({ rng, buckets: 3 }, "buckets must be an even number >= 2, or a list of such factors; got 3.");
    await refused({ rng, chunkSize: 0 }, "chunkSize must be a whole number >= 1; got 0.");
    await refused({ rotations: zeros(2, 3, 1), rounds: 2 }, "rotations must come without rng, rounds and buckets; got rounds.");
    await refused(
      { rotations: zeros(2, 2, 1) },
      "rotations must have the axes [any, 3, any], after none or all of the axes [1, 2]; got [2, 2, 1].",
    );
    // The key is not used.
    const other = { ...square, key: zeros(1, 2, 7, 3) };
    expect((await reformerAttention(other, { rng, kernel })).output.data).toEqual(
      (await reformerAttention(square, { rng, kernel })).output.data,
    );
    const factors = await reformerAttention(square, { rng, buckets: [2, 4], chunkSize: 2, kernel });
    expect(factors.output.data.every(Number.isFinite)).toBe(true);
    expect(factors.output.data).not.toEqual((await reformerAttention(square, { rng, buckets: 8, chunkSize: 2, kernel })).output.data);
  });

  test("of hyperAttention and verifiedAttention", async () => {
    const hyper = (options: object, text: string) =>
      expect(hyperAttention(small, { rng, ...options })).rejects.toThrow(`hyperAttention: ${text}`);
    await hyper({ rng: undefined }, "rng must be a generator made by createRng; got nothing.");
    await hyper({ bits: 31 }, "bits must be a whole number >= 1 and <= 30; got 31.");
    await hyper({ bits: 2, directions: zeros(2, 3) }, "directions must come without bits; got bits. Leave one of them out.");
    await hyper({ directions: zeros(31, 3) }, "directions must be at most 30; got 31. Pass fewer rows.");
    await hyper({ directions: zeros(2, 2) }, "directions must have the axes [any, 3], after none or all of the axes [1, 2]; got [2, 2].");
    const verified = (options: object, text: string) =>
      expect(verifiedAttention(small, { rng, ...options })).rejects.toThrow(`verifiedAttention: ${text}`);
    await verified({ k: 8 }, "k must be at most the number of keys, 7; got 8. Pass 7 to use them all.");
    await verified({ epsilon: 0 }, "epsilon must be a finite number > 0; got 0.");
    await verified({ delta: 1 }, "delta must be a finite number > 0 and < 1; got 1.");
    await verified({ pilot: 1 }, "pilot must be a whole number >= 2; got 1.");
    await verified({ rng: undefined }, "rng must be a generator made by createRng; got nothing.");
  });
});
