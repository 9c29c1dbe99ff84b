import { tensorData } from "@attnlab/check";
import { createRng } from "@attnlab/random";
import { expectClose } from "@attnlab/testing";
import * as fc from "fast-check";
import { afterAll, describe, expect, test } from "vitest";
import {
  type AttentionInput,
  type AttentionResult,
  type CommonAttentionOptions,
  cellAttention,
  createAttentionKernel,
  exactAttention,
  knnAttention,
  topKAttention,
} from "../src/node/index.ts";
import { naiveAttention, randomInput } from "./naive-attention.ts";

const kernel = await createAttentionKernel();
afterAll(() => kernel.dispose());
const FLOAT32 = { precision: "float32", factor: 10, reason: "float32 sums in another order" } as const;

type Attention = (input: AttentionInput, options: CommonAttentionOptions) => Promise<AttentionResult>;
const ATTENTIONS: readonly (readonly [string, Attention])[] = [
  ["exactAttention", (x, options) => exactAttention(x, { ...options, kernel })],
  ["cellAttention", (x, options) => cellAttention(x, { ...options, rng: createRng(1), kernel })],
  ["topKAttention", (x, options) => topKAttention(x, { ...options, k: 3, kernel })],
  ["knnAttention", (x, options) => knnAttention(x, { ...options, k: 2, tail: 1, rng: createRng(1), kernel })],
];

const sizes = fc.record({
  queries: fc.integer({ min: 1, max: 40 }),
  keys: fc.integer({ min: 40, max: 90 }),
  headDim: fc.integer({ min: 1, max: 9 }),
  valueDim: fc.integer({ min: 1, max: 9 }),
});

function keepKeys(input: AttentionInput, kept: readonly number[]): AttentionInput {
  const rows = (tensor: AttentionInput["key"]) => {
    const width = tensor.shape.at(-1) as number;
    const data = kept.flatMap((row) => [...tensor.data.subarray(row * width, (row + 1) * width)]);
    return tensorData("float32", [kept.length, width], data);
  };
  return { query: input.query, key: rows(input.key), value: rows(input.value) };
}

describe.each(ATTENTIONS)("%s", (name, attend) => {
  test("masking a key is deleting it", async () => {
    await fc.assert(
      fc.asyncProperty(sizes, fc.integer({ min: 0, max: 1e6 }), async (size, seed) => {
        const rng = createRng(seed);
        const input = randomInput(rng, [], size);
        const mask = Uint8Array.from({ length: size.keys }, (_, i) => (i < 3 || rng.uniform() < 0.6 ? 1 : 0));
        const kept = [...mask.keys()].filter((i) => mask[i] === 1);
        const masked = await attend(input, { keyMask: tensorData("bool", [size.keys], mask) });
        const deleted = await attend(keepKeys(input, kept), {});
        expect(masked.output.data).toEqual(deleted.output.data);
        expect(masked.lse.data).toEqual(deleted.lse.data);
      }),
      { numRuns: 15 },
    );
  });

  test("queries and heads do not meet: a part of the problem has a part of the answer", async () => {
    const size = { queries: 37, keys: 41, headDim: 5, valueDim: 3 };
    const input = randomInput(createRng(1), [2], size);
    const all = await attend(input, {});
    const first = {
      query: tensorData("float32", [1, 11, 5], input.query.data.slice(0, 55)),
      key: tensorData("float32", [1, 41, 5], input.key.data.slice(0, 205)),
      value: tensorData("float32", [1, 41, 3], input.value.data.slice(0, 123)),
    };
    expectClose((await attend(first, {})).output.data, all.output.data.slice(0, 33), FLOAT32);
  });

  test("hiding every key gives zeros", async () => {
    const input = randomInput(createRng(1), [2], { queries: 5, keys: 7, headDim: 3, valueDim: 2 });
    const keyMask = tensorData("bool", [2, 7], [0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 0]);
    for (const causal of [false, true]) {
      const { output, lse } = await attend(input, { keyMask, causal });
      expect([...output.data.slice(0, 10)]).toEqual(new Array(10).fill(0));
      expect([...lse.data.slice(0, 5)]).toEqual(new Array(5).fill(Number.NEGATIVE_INFINITY));
      expect(output.data.slice(10).every((x) => x !== 0)).toBe(true);
    }
  });

  test("bad input is refused", async () => {
    const good = randomInput(createRng(1), [1, 2], { queries: 5, keys: 7, headDim: 3, valueDim: 2 });
    const zeros = (...shape: number[]) => tensorData("float32", shape, new Float32Array(shape.reduce((a, b) => a * b)));
    const refused = (input: object, text: string, options: object = {}) =>
      expect(attend({ ...good, ...input }, options)).rejects.toThrow(`${name}: ${text}`);
    const poisoned = good.key.data.slice();
    poisoned[3 * 7 + 2] = Number.NaN;
    await refused({ key: tensorData("float32", [1, 2, 7, 3], poisoned) }, "key must be finite; got NaN at [0, 1, 0, 2]. Remove or repair");
    await refused({ query: zeros(1, 2, 5, 4) }, "query.headDim must equal key.headDim; got 4 and 3. Project both to one width.");
    await refused({ value: zeros(1, 2, 6, 2) }, "key and value must have as many tokens; got 7 and 6. Pass the same tokens to both.");
    await refused(
      { query: zeros(1, 1, 5, 3) },
      "query and key must have the same axes before the last two; got [1, 1, 5, 3] and [1, 2, 7, 3].",
    );
    await refused({ query: zeros(1, 2, 0, 3) }, "query must not be empty; got [1, 2, 0, 3]. Leave the call out");
    await refused({ key: zeros(1, 2, 0, 3), value: zeros(1, 2, 0, 2) }, "key must not be empty; got [1, 2, 0, 3].");
    await refused(
      { query: tensorData("float64", [1, 2, 5, 3], new Float64Array(30)) },
      'query must be a float32 tensor; got "float64" with',
    );
    await refused({ query: zeros(3) }, "query must have the shape [batch, heads, tokens, width]; got [3].");
    await refused({ query: { ...good.query, shape: [1, 2, 6, 3] } }, "query must hold as many values as its shape says; got 30 values");
    await refused({ query: zeros(1, 2, 9, 3) }, "keys must be at least queries when causal; got 9 queries and 7 keys.", { causal: true });
    await refused({}, "keyMask must have the last axis 7, after none or the first of the axes [1, 2]; got [6] with", {
      keyMask: tensorData("bool", [6], new Uint8Array(6)),
    });
    await refused({}, "scale must be a finite number; got NaN.", { scale: Number.NaN });
  });
});

test("k and tail above the number of keys are refused, and a tail without a generator", async () => {
  const input = randomInput(createRng(1), [1], { queries: 5, keys: 7, headDim: 3, valueDim: 2 });
  const rng = createRng(1);
  await expect(topKAttention(input, { k: 8 })).rejects.toThrow("topKAttention: k must be at most the number of keys, 7; got 8.");
  await expect(knnAttention(input, { k: 3, tail: 5, rng })).rejects.toThrow(
    "knnAttention: k + tail must be at most the number of keys, 7; got 3 + 5. Draw at most 4.",
  );
  await expect(knnAttention(input, { k: 3, tail: 2 })).rejects.toThrow("knnAttention: rng must be given with a tail; got nothing.");
  await expect(knnAttention(input, { k: 3, tail: 1, rng, adaptiveTail: true })).rejects.toThrow(
    "tail must be at least 2 when it is adaptive",
  );
  await expect(exactAttention(input, { kernel, threads: 2 })).rejects.toThrow(
    "exactAttention: threads must be those of the kernel; got threads 2 and a kernel of 1. Give threads to createAttentionKernel.",
  );
});

test("the order of the keys changes exact attention by rounding only", async () => {
  await fc.assert(
    fc.asyncProperty(sizes, fc.integer({ min: 0, max: 1e6 }), async (size, seed) => {
      const rng = createRng(seed);
      const input = randomInput(rng, [], size);
      const shuffled = keepKeys(input, [...rng.permutation(size.keys)]);
      const { output, lse } = await exactAttention(shuffled, { kernel });
      const naive = naiveAttention(input, {});
      expectClose(output.data, naive.output, FLOAT32);
      expectClose(lse.data, naive.lse, FLOAT32);
    }),
    { numRuns: 15 },
  );
});
