import { tensorData } from "@attnlab/check";
import { createRng } from "@attnlab/random";
import { expectClose } from "@attnlab/testing";
import * as fc from "fast-check";
import { afterAll, describe, expect, test } from "vitest";
import {
  type AttentionInput,
  type AttentionResult,
  type CommonAttentionOptions,
  createAttentionKernel,
  hyperAttention,
  linearAttention,
  performerAttention,
  reformerAttention,
  routingAttention,
  verifiedAttention,
} from "../src/node/index.ts";
import { randomInput } from "./naive-attention.ts";

const kernel = await createAttentionKernel();
afterAll(() => kernel.dispose());
const FLOAT32 = { precision: "float32", factor: 3, reason: "float32 products of other shapes" } as const;

type Attention = (input: AttentionInput, options: CommonAttentionOptions) => Promise<AttentionResult>;
const rng = createRng(5);
const METHODS: readonly (readonly [string, Attention])[] = [
  ["routingAttention", (x, options) => routingAttention(x, { ...options, rng, clusters: 3 })],
  ["reformerAttention", (x, options) => reformerAttention(x, { ...options, rng, chunkSize: 5 })],
  ["performerAttention", (x, options) => performerAttention(x, { ...options, rng })],
  ["linearAttention", linearAttention],
  ["hyperAttention", (x, options) => hyperAttention(x, { ...options, rng, blockSize: 7, samples: 5 })],
  ["verifiedAttention", (x, options) => verifiedAttention(x, { ...options, rng, k: 3, sink: 1, window: 2, pilot: 4, epsilon: 0.5 })],
];
const OPTIONS = [{}, { causal: true }] as const;
const square = { queries: 41, keys: 41, headDim: 5, valueDim: 3 };

function slice(input: AttentionInput, axis: number): AttentionInput {
  const part = (x: AttentionInput["key"]) => {
    const size = x.data.length / (x.shape[0] as number);
    return tensorData("float32", [1, ...x.shape.slice(1)], x.data.slice(axis * size, (axis + 1) * size));
  };
  return { query: part(input.query), key: part(input.key), value: part(input.value) };
}

/** Tokens of one head in the order given. */
function take(x: AttentionInput["key"], rows: readonly number[]): AttentionInput["key"] {
  const width = x.shape.at(-1) as number;
  const data = rows.flatMap((row) => [...x.data.subarray(row * width, (row + 1) * width)]);
  return tensorData("float32", [rows.length, width], data);
}

describe.each(METHODS)("%s", (name, attend) => {
  test("masking a token is deleting it, for all queries that are left", async () => {
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 0, max: 1e6 }), fc.boolean(), async (seed, causal) => {
        const draws = createRng(seed);
        const input = randomInput(draws, [], square);
        const mask = Uint8Array.from({ length: 41 }, (_, i) => (i < 3 || draws.uniform() < 0.7 ? 1 : 0));
        const kept = [...mask.keys()].filter((i) => mask[i] === 1);
        // Routing and HyperAttention also look at the queries, which a mask leaves.
        const looks = name === "routingAttention" || name === "hyperAttention" || name === "verifiedAttention";
        if (looks && causal) return;
        const query = looks ? input.query : take(input.query, kept);
        const masked = await attend(input, { keyMask: tensorData("bool", [41], mask), causal, kernel });
        const deleted = await attend({ query, key: take(input.key, kept), value: take(input.value, kept) }, { causal, kernel });
        const rows = looks ? masked.output : take(masked.output, kept);
        expectClose(rows.data, deleted.output.data, FLOAT32);
      }),
      { numRuns: 12 },
    );
  });

  test("heads do not meet, and have streams of their own", async () => {
    for (const options of OPTIONS) {
      const input = randomInput(createRng(1), [2], square);
      const all = await attend(input, { ...options, kernel });
      const first = await attend(slice(input, 0), { ...options, kernel });
      expect(first.output.data).toEqual(all.output.data.slice(0, 41 * 3));
      const other = randomInput(createRng(2), [2], square);
      const mixed = (a: AttentionInput["key"], b: AttentionInput["key"]) =>
        tensorData("float32", a.shape, [...a.data.slice(0, a.data.length / 2), ...b.data.slice(b.data.length / 2)]);
      const changed = await attend(
        { query: mixed(other.query, input.query), key: mixed(other.key, input.key), value: mixed(other.value, input.value) },
        { ...options, kernel },
      );
      expect(changed.output.data.slice(41 * 3)).toEqual(all.output.data.slice(41 * 3));
      expect(changed.output.data.slice(0, 41 * 3)).not.toEqual(all.output.data.slice(0, 41 * 3));
    }
  });

  test("threads change nothing", async () => {
    const input = randomInput(createRng(3), [1, 2], { ...square, queries: 83, keys: 83 });
    for (const options of OPTIONS) {
      const one = await attend(input, { ...options, threads: 1 });
      const two = await attend(input, { ...options, threads: 2 });
      expect(two.output.data).toEqual(one.output.data);
      expect(two.lse.data).toEqual(one.lse.data);
    }
  });

  test("a causal row takes no value of a later token", async () => {
    const input = randomInput(createRng(4), [1], square);
    const later = { ...input, value: { ...input.value, data: input.value.data.map((x, i) => (i >= 23 * 3 ? x + 50 : x)) } };
    const [before, after] = [await attend(input, { causal: true, kernel }), await attend(later, { causal: true, kernel })];
    expect(after.output.data.slice(0, 69)).toEqual(before.output.data.slice(0, 69));
    expect(after.output.data.slice(69)).not.toEqual(before.output.data.slice(69));
  });

  test("rows that see nothing are zero, with minus infinity in lse", async () => {
    const input = randomInput(createRng(1), [2], square);
    const data = Uint8Array.from({ length: 82 }, (_, i) => (i > 41 + 4 ? 1 : 0));
    const { output, lse } = await attend(input, { keyMask: tensorData("bool", [2, 41], data), causal: true, kernel });
    expect([...output.data.slice(0, 46 * 3)]).toEqual(new Array(46 * 3).fill(0));
    expect([...lse.data.slice(0, 46)]).toEqual(new Array(46).fill(Number.NEGATIVE_INFINITY));
    expect(output.data.slice(-3).every((x) => x !== 0)).toBe(true);
  });

  test.each([0, 1e-30, 30, 1e4, 1e19, 3e37])("tokens of size %d give finite rows within the values", async (size) => {
    const input = randomInput(createRng(6), [1], square);
    const scaled = (x: AttentionInput["key"]) => ({ ...x, data: x.data.map((v) => Math.fround(v * size)) });
    for (const options of OPTIONS) {
      const { output, lse } = await attend(
        { query: scaled(input.query), key: scaled(input.key), value: scaled(input.value) },
        { ...options, kernel },
      );
      const most = scaled(input.value).data.reduce((largest, v) => Math.max(largest, Math.abs(v)), 0);
      expect(output.data.every((v) => Math.abs(v) <= most * (1 + 1e-6))).toBe(true);
      expect(lse.data.some(Number.isNaN)).toBe(false);
    }
  });

  test("bad input is refused", async () => {
    const good = randomInput(createRng(1), [1, 2], { queries: 7, keys: 7, headDim: 3, valueDim: 2 });
    const zeros = (...shape: number[]) => tensorData("float32", shape, new Float32Array(shape.reduce((a, b) => a * b)));
    const refused = (input: object, text: string, options: object = {}) =>
      expect(attend({ ...good, ...input }, options)).rejects.toThrow(`${name}: ${text}`);
    const poisoned = good.key.data.slice();
    poisoned[3 * 7 + 2] = Number.NaN;
    await refused({ key: tensorData("float32", [1, 2, 7, 3], poisoned) }, "key must be finite; got NaN at [0, 1, 0, 2]. Remove or repair");
    await refused({ query: zeros(1, 2, 7, 4) }, "query.headDim must equal key.headDim; got 4 and 3. Project both to one width.");
    await refused({ value: zeros(1, 2, 6, 2) }, "key and value must have as many tokens; got 7 and 6. Pass the same tokens to both.");
    await refused({ query: zeros(1, 2, 0, 3) }, "query must not be empty; got [1, 2, 0, 3]. Leave the call out");
    await refused({ key: zeros(1, 2, 0, 3), value: zeros(1, 2, 0, 2) }, "key must not be empty; got [1, 2, 0, 3].");
    await refused(
      { query: tensorData("float64", [1, 2, 7, 3], new Float64Array(42)) },
      'query must be a float32 tensor; got "float64" with',
    );
    await refused({}, "keyMask must have the last axis 7, after none or the first of the axes [1, 2]; got [6] with", {
      keyMask: tensorData("bool", [6], new Uint8Array(6)),
    });
    await refused({}, "scale must be a finite number; got NaN.", { scale: Number.NaN });
    await refused({}, 'every option must be known; got "nprobe". Known options: scale, causal, keyMask, kernel, threads', { nprobe: 3 });
    await refused({}, "threads must be those of the kernel; got threads 2 and a kernel of 1.", { kernel, threads: 2 });
  });
});
