import { tensorData } from "@attnlab/check";
import { createRng, type Rng } from "@attnlab/random";
import { expectClose } from "@attnlab/testing";
import { afterAll, describe, expect, test } from "vitest";
import { type AttentionInput, cellAttention, createAttentionKernel, exactAttention } from "../src/node/index.ts";
import { naiveAttention, randomInput } from "./naive-attention.ts";

const kernel = await createAttentionKernel();
afterAll(() => kernel.dispose());
const FLOAT32 = { precision: "float32", factor: 10, reason: "float32 sums over cells, merged" } as const;

/** Queries and keys around shared centres, values that depend on the centre. */
function clustered(rng: Rng, heads: number, n: number, width: number, noise = 0.5): AttentionInput {
  const count = Math.floor(Math.sqrt(n));
  const centers = rng.fillNormal(new Float32Array(count * width), { std: 1.6 });
  const tensor = (weight: number, flip: boolean) => {
    const data = rng.fillNormal(new Float32Array(heads * n * width), { std: noise });
    for (let row = 0; row < heads * n; row++) {
      const from = rng.integer(count) * width;
      for (let j = 0; j < width; j++) (data[row * width + j] as number) += weight * (centers[from + (flip ? width - 1 - j : j)] as number);
    }
    return tensorData("float32", [1, heads, n, width], data);
  };
  return { query: tensor(1, false), key: tensor(1, false), value: tensor(0.5, true) };
}

function relativeError(found: ArrayLike<number>, exact: ArrayLike<number>): number {
  let [difference, size] = [0, 0];
  for (let i = 0; i < exact.length; i++) {
    difference += Math.abs((found[i] as number) - (exact[i] as number));
    size += Math.abs(exact[i] as number);
  }
  return difference / size;
}

describe("cellAttention", () => {
  const input = clustered(createRng(1), 2, 4096, 32);

  test("reaches its tolerance and reports the error it has", async () => {
    const exact = await exactAttention(input, { kernel });
    for (const causal of [false, true]) {
      const wanted = causal ? await exactAttention(input, { kernel, causal }) : exact;
      const { output, heads } = await cellAttention(input, {
        rng: createRng(2),
        tolerance: 0.02,
        causal,
        probeRows: 128,
        kernel,
        ...(causal ? { cells: 45 } : {}),
      });
      const error = relativeError(output.data, wanted.output.data);
      expect(error).toBeLessThan(0.03);
      expect(error).toBeGreaterThan(1e-6);
      const reported = heads.reduce((sum, one) => sum + (one.error ?? Number.NaN), 0) / heads.length;
      expect(reported / error).toBeGreaterThan(0.3);
      expect(reported / error).toBeLessThan(3);
      for (const { dotProducts, cells, nprobe, mass } of heads) {
        expect(dotProducts).toBeLessThan((causal ? 0.5 : 0.25) * 4096 ** 2);
        expect(cells).toBe(causal ? 45 : 64);
        expect(nprobe).toBeLessThanOrEqual(8);
        expect(mass).toBeGreaterThan(0.8);
      }
    }
  });

  test("the far field and more probes lower the error", async () => {
    const exact = (await exactAttention(input, { kernel })).output.data;
    const error = async (nprobe: number, farField: boolean): Promise<number> =>
      relativeError((await cellAttention(input, { rng: createRng(2), nprobe, farField, probeRows: 0, kernel })).output.data, exact);
    const [one, four, alone] = [await error(1, true), await error(4, true), await error(1, false)];
    expect(one).toBeLessThan(alone / 2);
    expect(four).toBeLessThan(one / 2);
  });

  test("lse agrees where the output does", async () => {
    const exact = await exactAttention(input, { kernel });
    const { lse } = await cellAttention(input, { rng: createRng(2), nprobe: 16, kernel });
    expect(lse.data.reduce((sum, x, i) => sum + Math.abs(x - (exact.lse.data[i] as number)), 0) / lse.data.length).toBeLessThan(0.01);
  });

  test("all cells are exact attention, and the mask takes keys out", async () => {
    const small = randomInput(createRng(3), [2, 1], { queries: 67, keys: 131, headDim: 7, valueDim: 5 });
    const keyMask = tensorData(
      "bool",
      [2, 131],
      Uint8Array.from({ length: 262 }, (_, i) => (i % 3 === 1 ? 0 : 1)),
    );
    for (const option of [{}, { keyMask }, { causal: true }, { causal: true, keyMask }]) {
      const { output, lse } = await cellAttention(small, { ...option, cells: 5, nprobe: 5, rng: createRng(1), kernel });
      const naive = naiveAttention(small, option);
      expectClose(output.data, naive.output, FLOAT32);
      expectClose(lse.data, naive.lse, FLOAT32);
    }
  });

  test("one cell short of all is nearly exact, causal or not", async () => {
    const small = randomInput(createRng(3), [2], { queries: 211, keys: 257, headDim: 5, valueDim: 3 });
    for (const causal of [false, true]) {
      const { output } = await cellAttention(small, { causal, cells: 17, nprobe: 16, rng: createRng(1), kernel });
      const error = relativeError(output.data, naiveAttention(small, { causal }).output);
      expect(error).toBeGreaterThan(0);
      expect(error).toBeLessThan(0.02);
    }
  });

  test("the order of the keys does not matter beyond the error, nor do blocks and threads", async () => {
    const options = { nprobe: 2, probeRows: 0 };
    const all = await cellAttention(input, { ...options, rng: createRng(2), kernel });
    const two = await cellAttention(input, { ...options, rng: createRng(2), threads: 2 });
    expectClose(two.output.data, all.output.data, FLOAT32);
    const again = await cellAttention(input, { ...options, rng: createRng(2), kernel });
    expect(again.output.data).toEqual(all.output.data);
    const exact = (await exactAttention(input, { kernel })).output.data;
    const other = await cellAttention(input, { ...options, rng: createRng(3), kernel });
    expect(relativeError(other.output.data, exact)).toBeLessThan(3 * relativeError(all.output.data, exact) + 0.01);
  });
});

describe("cellAttention of large scores", () => {
  // The uniform entries of the papers' table: standard deviation of the scores 33 B^2 / 100 and more.
  test.each([10, 30, 50, 1e10, 1e30])("entries up to %d", async (bound) => {
    const rng = createRng(7);
    const uniform = (): ReturnType<typeof tensorData<"float32">> =>
      tensorData("float32", [1, 1, 1000, 16], rng.fillUniform(new Float32Array(16000), { low: -bound, high: bound }));
    const input = { query: uniform(), key: uniform(), value: uniform() };
    const exact = await exactAttention(input, { kernel });
    for (const causal of [false, true]) {
      const wanted = causal ? await exactAttention(input, { causal, kernel }) : exact;
      const { output } = await cellAttention(input, { rng: createRng(1), causal, cells: 32, tolerance: 0.02, kernel });
      expect(output.data.every(Number.isFinite)).toBe(true);
      expect(relativeError(output.data, wanted.output.data)).toBeLessThan(0.05);
      const rough = await cellAttention(input, { rng: createRng(1), causal, nprobe: 1, cells: 32, kernel });
      expect(rough.output.data.every(Number.isFinite)).toBe(true);
      expect(rough.lse.data.every(Number.isFinite)).toBe(bound < 1e19);
    }
  });

  test("queries whose exponentials overflow are computed exactly and counted", async () => {
    const input = clustered(createRng(4), 1, 3000, 8, 2);
    const key = input.key.data.slice();
    // One long key in a cell of short ones: its score is hundreds above the estimate.
    key.fill(60, 17 * 8, 18 * 8);
    const query = input.query.data.map(Math.abs);
    const strong = { ...input, query: { ...input.query, data: query }, key: { ...input.key, data: key } };
    const { output, heads } = await cellAttention(strong, { rng: createRng(2), cells: 2, nprobe: 1, scale: 1, kernel });
    expect(heads[0]?.fallbackQueries).toBeGreaterThan(100);
    expectClose(output.data, (await exactAttention(strong, { scale: 1, kernel })).output.data, FLOAT32);
  });
});

test("options that contradict each other are refused", async () => {
  const small = randomInput(createRng(3), [1], { queries: 5, keys: 7, headDim: 3, valueDim: 2 });
  const rng = createRng(1);
  const refused = (options: object, text: string) => expect(cellAttention(small, { rng, ...options })).rejects.toThrow(text);
  await refused({ cells: 8 }, "cellAttention: cells must be at most the number of keys, 7; got 8. Ask for fewer cells.");
  await refused({ cells: 3, nprobe: 4 }, "cellAttention: nprobe must be at most the number of cells, 3; got 4. Visit fewer cells.");
  await refused({ nprobe: 8 }, "cellAttention: nprobe must be at most the number of keys, 7; got 8. Visit fewer cells.");
  await refused(
    { nprobe: 1, tolerance: 0.1 },
    "cellAttention: nprobe must be given, or the tolerance that chooses it; got nprobe 1 and tolerance 0.1. Leave one of them out.",
  );
  await refused({ probeRows: 0 }, "cellAttention: probeRows must be at least 1 to choose nprobe; got 0. Give nprobe, or rows to check.");
  await expect(cellAttention(small, {} as { rng: Rng })).rejects.toThrow(
    "cellAttention: rng must be a generator made by createRng; got nothing",
  );
});
