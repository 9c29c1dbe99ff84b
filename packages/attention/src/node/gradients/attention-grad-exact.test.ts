import { DataError, OptionError, ShapeError, tensorData } from "@attnlab/check";
import { checkDirectionalGradient, checkGradient, expectClose, spread } from "@attnlab/testing";
import { describe, expect, test } from "vitest";
import { smallHead } from "../../../test/small-head.ts";
import { checkAttentionInput } from "../attention-input.ts";
import { type VisibleHead, visibleHeads } from "../visible-head.ts";
import { attentionGradExact, exactHeadGradients } from "./attention-grad-exact.ts";
import { attentionGradTopK } from "./attention-grad-top-k.ts";

const digits = { relative: 0, absolute: 6e-9, reason: "the reference has eight decimals" };

test("the small case has its digits", () => {
  const [head] = [...visibleHeads("test", smallHead, checkAttentionInput("test", smallHead), { causal: false, keyMask: undefined })];
  const { query, key, value } = exactHeadGradients(head as VisibleHead, smallHead.outputGradient.data, Math.SQRT1_2);
  expectClose(query, [-0.63934582, 0.336033, 0.86676809, -0.47314316, -0.03166943, -0.01583472, 0.18193545, -0.37870881], digits);
  expectClose(key.subarray(0, 2), [-0.29416602, 0.34486333], digits);
  expectClose(value.subarray(0, 2), [0.35632257, 0.74456812], digits);
});

const sizes = { queries: 5, keys: 7, headDim: 3, valueDim: 2 };
const parts = [sizes.queries * sizes.headDim, sizes.keys * sizes.headDim, sizes.keys * sizes.valueDim] as const;

/** The weighted sum of the outputs, by loops over float64 numbers. */
function loss(x: Float64Array, weights: Float64Array, limits: Int32Array | undefined): number {
  const { queries, keys, headDim, valueDim } = sizes;
  const [query, key, value] = [x.subarray(0, parts[0]), x.subarray(parts[0], parts[0] + parts[1]), x.subarray(parts[0] + parts[1])];
  let total = 0;
  for (let i = 0; i < queries; i++) {
    let sum = 0;
    const output = new Float64Array(valueDim);
    for (let j = 0; j < (limits?.[i] ?? keys); j++) {
      let score = 0;
      for (let t = 0; t < headDim; t++) score += (query[i * headDim + t] as number) * (key[j * headDim + t] as number);
      const weight = Math.exp(score);
      sum += weight;
      for (let t = 0; t < valueDim; t++) (output[t] as number) += weight * (value[j * valueDim + t] as number);
    }
    if (sum > 0) for (let t = 0; t < valueDim; t++) total += ((weights[i * valueDim + t] as number) * (output[t] as number)) / sum;
  }
  return total;
}

describe.each([
  ["all keys", undefined],
  ["limits", Int32Array.of(0, 1, 1, 5, 7)],
])("central differences with %s", (_, limits) => {
  const weights = spread(sizes.queries * sizes.valueDim);
  // Float32 numbers, so that the loops see the same inputs.
  const x = Float64Array.from(Float32Array.from(spread(parts[0] + parts[1] + parts[2], 3)));
  const gradient = (at: Float64Array): Float64Array => {
    const [query, key, value] = [at.slice(0, parts[0]), at.slice(parts[0], parts[0] + parts[1]), at.slice(parts[0] + parts[1])].map(
      (part) => Float32Array.from(part),
    ) as [Float32Array, Float32Array, Float32Array];
    const head: VisibleHead = { ...sizes, index: 0, query, key, value, positions: undefined, limits };
    const found = exactHeadGradients(head, weights, 1);
    return Float64Array.of(...found.query, ...found.key, ...found.value);
  };

  test("in every coordinate", () => {
    checkGradient((at) => loss(at, weights, limits), gradient, x);
  });

  test("along a direction", () => {
    checkDirectionalGradient((at) => loss(at, weights, limits), gradient, x, spread(x.length, 11));
  });
});

describe("edges", () => {
  const one = (shape: readonly number[], values: ArrayLike<number>) => tensorData("float32", shape, values);

  test("queries that see nothing have no gradient, hidden keys neither, and nothing is NaN", async () => {
    const input = {
      query: one([1, 3, 2], spread(6)),
      key: one([1, 3, 2], spread(6, 5)),
      value: one([1, 3, 1], spread(3, 2)),
      outputGradient: one([1, 3, 1], [1, 2, 3]),
    };
    const keyMask = tensorData("bool", [1, 3], [0, 1, 1]);
    for (const gradients of [
      await attentionGradExact(input, { causal: true, keyMask }),
      await attentionGradTopK(input, { causal: true, keyMask }),
    ]) {
      expect([...gradients.query.data.subarray(0, 2), ...gradients.key.data.subarray(0, 2), gradients.value.data[0]]).toEqual([
        0, 0, 0, 0, 0,
      ]);
      expect([...gradients.query.data, ...gradients.key.data, ...gradients.value.data].every(Number.isFinite)).toBe(true);
    }
    const none = await attentionGradExact(input, { keyMask: tensorData("bool", [3], [0, 0, 0]) });
    expect([...none.query.data, ...none.key.data, ...none.value.data].every((x) => x === 0)).toBe(true);
  });

  test("scores that leave float32 leave no NaN", async () => {
    const input = {
      query: one([2, 2], [1e38, -1e38, 3e38, 1]),
      key: one([2, 2], [1e38, 1e38, -3e38, 3e38]),
      value: one([2, 1], [1e30, -1e30]),
      outputGradient: one([2, 1], [1, 1]),
    };
    for (const gradients of [await attentionGradExact(input), await attentionGradTopK(input, { k: 1 })]) {
      expect([...gradients.query.data, ...gradients.key.data, ...gradients.value.data].some(Number.isNaN)).toBe(false);
    }
  });

  test("products are counted", async () => {
    const input = { ...smallHead };
    expect((await attentionGradExact(input)).dotProducts).toEqual({ build: 0, search: 0, direct: 32 });
    expect((await attentionGradExact(input, { causal: true })).dotProducts.direct).toBe(20);
    expect((await attentionGradTopK(input, { k: 2 })).dotProducts).toEqual({ build: 0, search: 16, direct: 8 });
  });

  test("the gradient through all keys is the exact one", async () => {
    const all = await attentionGradExact(smallHead);
    const top = await attentionGradTopK(smallHead, { k: 4 });
    for (const name of ["query", "key", "value"] as const) expectClose(top[name].data, all[name].data, { precision: "float32" });
  });
});

describe("bad input", () => {
  test("a gradient of another shape", async () => {
    const outputGradient = tensorData("float32", [1, 1, 2, 2], [1, 2, 3, 4]);
    await expect(attentionGradExact({ ...smallHead, outputGradient })).rejects.toThrow(
      new ShapeError("attentionGradExact: outputGradient must have the shape [1, 1, 4, 2]; got [1, 1, 2, 2]. Pass one row for each query."),
    );
  });

  test("a gradient that is not finite", async () => {
    const outputGradient = tensorData("float32", [1, 1, 4, 2], [1, 2, 3, Number.NaN, 5, 6, 7, 8]);
    await expect(attentionGradTopK({ ...smallHead, outputGradient })).rejects.toThrow(DataError);
    await expect(attentionGradTopK({ ...smallHead, outputGradient })).rejects.toThrow(
      "attentionGradTopK: outputGradient must be finite; got NaN at [0, 0, 1, 1].",
    );
  });

  test.each([
    [{ k: 5 }, "attentionGradTopK: k must be at most the number of keys, 4; got 5. Pass 4 to use them all."],
    [{ k: 0 }, "attentionGradTopK: k must be a whole number >= 1; got 0. Keys per query."],
    [{ top: 3 }, 'attentionGradTopK: every option must be known; got "top".'],
    [
      { buildIndex: 3 },
      "attentionGradTopK: buildIndex must be a function of the keys that returns an index of @attnlab/neighbors; got 3. Makes the index over the keys of one head.",
    ],
  ])("options %j", async (options, text) => {
    const call = attentionGradTopK(smallHead, options as object);
    await expect(call).rejects.toThrow(OptionError);
    await expect(call).rejects.toThrow(text);
  });
});
