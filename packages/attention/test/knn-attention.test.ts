import { tensorData } from "@attnlab/check";
import { createExactIndex, createInvertedFileIndex } from "@attnlab/neighbors";
import { createRng } from "@attnlab/random";
import { expectClose } from "@attnlab/testing";
import { afterAll, describe, expect, test } from "vitest";
import { type AttentionInput, createAttentionKernel, exactAttention, knnAttention, topKAttention } from "../src/node/index.ts";
import { naiveAttention, randomInput } from "./naive-attention.ts";

const kernel = await createAttentionKernel();
afterAll(() => kernel.dispose());
const sizes = { queries: 61, keys: 211, headDim: 7, valueDim: 5 };
const input = randomInput(createRng(2), [2], sizes);
const FLOAT32 = { precision: "float32", factor: 3, reason: "float32 results of sums of 200 terms" } as const;
const largest = (x: AttentionInput): number => x.value.data.reduce((most, v) => Math.max(most, Math.abs(v)), 0);

/** Ẑ and its parts for one row from the definition, given which keys are top keys. */
function rowMass(x: AttentionInput, head: number, row: number, k: number): number {
  const { keys, headDim } = sizes;
  const scores = Array.from({ length: keys }, (_, j) => {
    let sum = 0;
    for (let t = 0; t < headDim; t++) {
      sum += (x.query.data[(head * sizes.queries + row) * headDim + t] as number) * (x.key.data[(head * keys + j) * headDim + t] as number);
    }
    return Math.exp(sum / Math.sqrt(headDim));
  }).sort((a, b) => b - a);
  const sum = (values: number[]): number => values.reduce((a, b) => a + b, 0);
  return sum(scores.slice(0, k)) / sum(scores);
}

describe("top-k attention", () => {
  test.each([1, 5, 14, 100])("no row is off by more than 2 (1 - mass) max|V| for k = %d", async (k) => {
    const exact = naiveAttention(input, {}).output;
    const { output, heads } = await topKAttention(input, { k, kernel });
    let worst = 0;
    for (let head = 0; head < 2; head++) {
      for (let row = 0; row < sizes.queries; row++) {
        const bound = 2 * (1 - rowMass(input, head, row, k)) * largest(input);
        for (let j = 0; j < sizes.valueDim; j++) {
          const at = (head * sizes.queries + row) * sizes.valueDim + j;
          worst = Math.max(worst, Math.abs((output.data[at] as number) - (exact[at] as number)) / bound);
        }
      }
    }
    expect(worst).toBeLessThanOrEqual(1);
    expect(worst).toBeGreaterThan(0.01);
    expect(heads.map(({ recall, gap }) => [recall, gap])).toEqual([
      [1, 0],
      [1, 0],
    ]);
  });
});

describe("the uniform tail", () => {
  test("all other keys give exact attention", async () => {
    for (const causal of [false, true]) {
      const { output, lse } = await knnAttention(input, { k: 11, tail: 200, causal, rng: createRng(1), kernel });
      const naive = naiveAttention(input, { causal });
      expectClose(output.data, naive.output, FLOAT32);
      expectClose(lse.data, naive.lse, FLOAT32);
    }
  });

  test("the denominator is unbiased and the error falls with the root of the tail", async () => {
    const one = randomInput(createRng(5), [], { queries: 1, keys: 499, headDim: 5, valueDim: 3 });
    const exact = naiveAttention(one, {});
    const runs = 600;
    const errors: number[] = [];
    for (const tail of [16, 64]) {
      let [sum, squares, error] = [0, 0, 0];
      for (let run = 0; run < runs; run++) {
        const { output, lse } = await knnAttention(one, { k: 8, tail, rng: createRng(run), probeRows: 0, kernel });
        const ratio = Math.exp((lse.data[0] as number) - (exact.lse[0] as number));
        sum += ratio;
        squares += ratio * ratio;
        error += output.data.reduce((total, x, j) => total + (x - (exact.output[j] as number)) ** 2, 0);
      }
      const mean = sum / runs;
      const standardError = Math.sqrt((squares / runs - mean * mean) / runs);
      // Five standard errors: a chance of 6e-7 that a right estimator fails.
      expect(Math.abs(mean - 1)).toBeLessThan(5 * standardError);
      expect(standardError).toBeLessThan(0.02);
      errors.push(Math.sqrt(error / runs));
    }
    const slope = Math.log((errors[1] as number) / (errors[0] as number)) / Math.log(4);
    expect(slope).toBeGreaterThan(-0.65);
    expect(slope).toBeLessThan(-0.45);
  });

  test("k = tail = sqrt(30 n ln(4 / delta)) / epsilon keeps entries within epsilon max|V|", async () => {
    const one = randomInput(createRng(6), [], { queries: 40, keys: 4001, headDim: 3, valueDim: 2 });
    const [epsilon, delta] = [0.5, 0.1];
    const k = Math.ceil(Math.sqrt((30 * 4001 * Math.log(4 / delta)) / epsilon ** 2));
    const { output } = await knnAttention(one, { k, tail: k, rng: createRng(3), probeRows: 0, kernel });
    const exact = naiveAttention(one, {}).output;
    const outside = output.data.filter((x, i) => Math.abs(x - (exact[i] as number)) > epsilon * largest(one)).length;
    expect(outside / output.data.length).toBeLessThanOrEqual(delta);
  });

  test("an adaptive tail is left out where it only adds noise", async () => {
    // Scores of standard deviation 4: a few sampled keys say little about the others, the top keys have most of the weight.
    const rng = createRng(11);
    const random = randomInput(rng, [], { queries: 64, keys: 1024, headDim: 16, valueDim: 16 });
    const options = { k: 32, tail: 48, rng, probeRows: 64, kernel };
    const errors = async (x: AttentionInput, scale: number) => {
      const always = await knnAttention(x, { ...options, scale });
      const adaptive = await knnAttention(x, { ...options, scale, adaptiveTail: true });
      const never = await topKAttention(x, { k: 32, probeRows: 64, scale, kernel });
      const of = ({ heads }: typeof always): number => heads[0]?.error as number;
      return { always: of(always), adaptive: of(adaptive), never: of(never), kept: adaptive.heads[0]?.tailQueries as number };
    };
    const sharp = await errors(random, 1);
    expect(sharp.never).toBeLessThan(sharp.always);
    expect(sharp.adaptive).toBeLessThan(sharp.always);
    expect(sharp.kept).toBeLessThan(40);
    // Nearly uniform weights, and values that go with the keys: the top keys are far off.
    const flat = await errors({ ...random, value: random.key }, 0.05);
    expect(flat.always).toBeLessThan(flat.never);
    expect(flat.adaptive).toBeLessThan(flat.never);
    expect(flat.kept).toBeGreaterThan(sharp.kept);
  });

  test("threads, other queries and heads do not change what is drawn", async () => {
    const options = { k: 5, tail: 7, probeRows: 0 };
    const all = await knnAttention(input, { ...options, rng: createRng(9), threads: 2 });
    const first = {
      query: tensorData("float32", [1, 13, 7], input.query.data.slice(0, 13 * 7)),
      key: tensorData("float32", [1, 211, 7], input.key.data.slice(0, 211 * 7)),
      value: tensorData("float32", [1, 211, 5], input.value.data.slice(0, 211 * 5)),
    };
    const part = await knnAttention(first, { ...options, rng: createRng(9), kernel });
    expect(part.output.data).toEqual(all.output.data.slice(0, 13 * 5));
    expect((await knnAttention(first, { ...options, rng: createRng(10), kernel })).output.data).not.toEqual(part.output.data);
  });
});

describe("indices", () => {
  test("an approximate index reports recall, gap and mass", async () => {
    const rng = createRng(1);
    const buildIndex = (keys: typeof input.key) => createInvertedFileIndex(keys, { cells: 40, rng: rng.split("index") });
    const one = await knnAttention(input, { k: 20, buildIndex, effort: 1, kernel });
    const all = await knnAttention(input, { k: 20, buildIndex, effort: 40, kernel });
    expect(one.heads[0]?.recall).toBeLessThan(0.8);
    expect(one.heads[0]?.gap).toBeGreaterThan(0.1);
    expect(all.heads[0]).toMatchObject({ recall: 1, gap: 0 });
    expect(all.heads[0]?.mass).toBeGreaterThan(one.heads[0]?.mass ?? 1);
    expect(one.dotProducts.search).toBeLessThan(all.dotProducts.search ?? 0);
  });

  test("indices made before give the same rows", async () => {
    const keysOf = (head: number) => tensorData("float32", [211, 7], input.key.data.slice(head * 211 * 7, (head + 1) * 211 * 7));
    const indices = [await createExactIndex(keysOf(0)), await createExactIndex(keysOf(1))];
    const { output } = await knnAttention(input, { k: 9, indices });
    expect(output.data).toEqual((await topKAttention(input, { k: 9 })).output.data);
    const swapped = [indices[1] as (typeof indices)[1], indices[0] as (typeof indices)[0]];
    await expect(knnAttention(input, { k: 9, indices: swapped })).rejects.toThrow(
      "knnAttention: index 0 must hold the keys that are attended; got another vector in place of key 0. Build it of the keys that are attended.",
    );
    await expect(knnAttention(input, { k: 9, indices: indices.slice(1) })).rejects.toThrow(
      "indices must be one for each of the 2 heads; got 1",
    );
    await expect(knnAttention(input, { k: 9, indices, causal: true })).rejects.toThrow(
      "indices must come without causal, keyMask and buildIndex; got causal",
    );
    const cosine = [await createExactIndex(keysOf(0), { metric: "cosine" }), indices[1] as (typeof indices)[1]];
    await expect(knnAttention(input, { k: 9, indices: cosine })).rejects.toThrow('indices must be by inner product; got "cosine"');
    const short = [await createExactIndex(tensorData("float32", [3, 7], new Float32Array(21))), indices[1] as (typeof indices)[1]];
    await expect(knnAttention(input, { k: 9, indices: short })).rejects.toThrow(
      "index 0 must hold the 211 keys of dimension 7; got 3 of dimension 7",
    );
  });

  test("causal queries see earlier keys only, through a growing index", async () => {
    const square = randomInput(createRng(8), [1], { queries: 67, keys: 67, headDim: 5, valueDim: 3 });
    const { output } = await knnAttention(square, { k: 6, causal: true, kernel });
    const later = { ...square, value: { ...square.value, data: square.value.data.map((v, i) => (i >= 40 * 3 ? v + 100 : v)) } };
    const changed = await knnAttention(later, { k: 6, causal: true, kernel });
    expect(changed.output.data.slice(0, 120)).toEqual(output.data.slice(0, 120));
    expectClose(output.data.slice(0, 18), naiveAttention(square, { causal: true }).output.slice(0, 18), FLOAT32);
  });
});

test("large scores stay finite", async () => {
  const scaled = { ...input, query: { ...input.query, data: input.query.data.map((x) => Math.fround(x * 1e20)) } };
  const { output } = await knnAttention(scaled, { k: 5, tail: 20, rng: createRng(1), kernel });
  expect(output.data.every(Number.isFinite)).toBe(true);
  const exact = await exactAttention(scaled, { kernel });
  expectClose(output.data, exact.output.data, FLOAT32);
});
