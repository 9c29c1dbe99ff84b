import { tensorData } from "@attnlab/check";
import { createRng } from "@attnlab/random";
import { expectClose } from "@attnlab/testing";
import { afterAll, describe, expect, test } from "vitest";
import { drawProjection } from "../src/node/baselines/orthogonal-features.ts";
import { type AttentionInput, createAttentionKernel, linearAttention, performerAttention } from "../src/node/index.ts";
import { naiveAttention, randomInput } from "./naive-attention.ts";

const kernel = await createAttentionKernel();
afterAll(() => kernel.dispose());
const FLOAT32 = { precision: "float32", factor: 10, reason: "logarithms of features and sums of a thousand keys in float32" } as const;

type Features = (x: Float32Array, headDim: number) => Float64Array;
const elu: Features = (x) => Float64Array.from(x, (v) => (v > 0 ? v + 1 : Math.exp(v)));

/** Quadratic attention with weights of features: a matrix of all weights, masked, one head. */
function quadratic({ query, key, value }: AttentionInput, features: Features, causal: boolean, mask?: Uint8Array) {
  const [queries, headDim] = query.shape.slice(-2) as [number, number];
  const [keys, valueDim] = value.shape.slice(-2) as [number, number];
  const [a, b] = [features(query.data, headDim), features(key.data, headDim)];
  const size = a.length / queries;
  const output = new Float64Array(queries * valueDim);
  const lse = new Float64Array(queries);
  for (let i = 0; i < queries; i++) {
    let total = 0;
    for (let k = 0; k < keys; k++) {
      if ((causal && k > i + keys - queries) || mask?.[k] === 0) continue;
      let weight = 0;
      for (let r = 0; r < size; r++) weight += (a[i * size + r] as number) * (b[k * size + r] as number);
      total += weight;
      for (let j = 0; j < valueDim; j++) (output[i * valueDim + j] as number) += weight * (value.data[k * valueDim + j] as number);
    }
    lse[i] = Math.log(total);
    for (let j = 0; j < valueDim && total > 0; j++) (output[i * valueDim + j] as number) /= total;
  }
  return { output, lse };
}

const exponential =
  (projection: Float32Array, scale: number): Features =>
  (x, headDim) => {
    const size = projection.length / headDim;
    return Float64Array.from({ length: (x.length / headDim) * size }, (_, at) => {
      const [row, r] = [Math.floor(at / size), at % size];
      let [dot, squares] = [0, 0];
      for (let j = 0; j < headDim; j++) {
        const v = Math.sqrt(scale) * (x[row * headDim + j] as number);
        dot += v * (projection[r * headDim + j] as number);
        squares += v * v;
      }
      return Math.exp(dot - squares / 2) / Math.sqrt(size);
    });
  };

const SIZES = [
  ["one block", 41, 41],
  ["several blocks", 601, 1301],
  ["as many queries as keys, in several causal blocks", 531, 531],
] as const;

describe.each(SIZES)("%s equals the masked quadratic form", (_name, queries, keys) => {
  const input = randomInput(createRng(7), [], { queries, keys, headDim: 5, valueDim: 3 });
  const mask = Uint8Array.from({ length: keys }, (_, i) => (i < 4 || i % 5 === 2 ? 0 : 1));
  const CASES = [
    [{}, false, undefined],
    [{ causal: true }, true, undefined],
    [{ keyMask: tensorData("bool", [keys], mask) }, false, mask],
    [{ causal: true, keyMask: tensorData("bool", [keys], mask) }, true, mask],
  ] as const;

  test.each(CASES)("linearAttention %o", async (options, causal, hidden) => {
    const { output, lse } = await linearAttention(input, { ...options, kernel });
    const wanted = quadratic(input, elu, causal, hidden);
    expectClose(output.data, wanted.output, FLOAT32);
    expectClose(lse.data, wanted.lse, FLOAT32);
  });

  test.each(CASES)("performerAttention %o", async (options, causal, hidden) => {
    const projection = tensorData("float32", [13, 5], createRng(8).fillNormal(new Float32Array(65)));
    const { output, lse } = await performerAttention(input, { ...options, scale: 0.4, projection, kernel });
    const wanted = quadratic(input, exponential(projection.data, 0.4), causal, hidden);
    expectClose(output.data, wanted.output, FLOAT32);
    expectClose(lse.data, wanted.lse, FLOAT32);
  });
});

test("a causal row keeps its keys next to a later key of features e^200 times as large", async () => {
  const input = randomInput(createRng(9), [], { queries: 300, keys: 300, headDim: 3, valueDim: 2 });
  const key = input.key.data.map((v, i) => (i < 150 * 3 ? v - 300 : v));
  const late = { ...input, key: { ...input.key, data: key } };
  const { output, lse } = await linearAttention(late, { causal: true, kernel });
  const wanted = quadratic(late, elu, true);
  expectClose(output.data, wanted.output, { ...FLOAT32, factor: 30, reason: "logarithms near -300 in float32" });
  expectClose(lse.data, wanted.lse, FLOAT32);
});

describe("the random features of performerAttention", () => {
  const one = randomInput(createRng(10), [], { queries: 1, keys: 1, headDim: 5, valueDim: 1 });
  const kernelValue = (x: AttentionInput, scale: number) =>
    Math.exp(scale * x.query.data.reduce((sum, v, j) => sum + v * (x.key.data[j] as number), 0));

  test.each([true, false])("weights are unbiased with orthogonal directions: %s", async (orthogonal) => {
    const draws = 1500;
    for (const scale of [0.3, -0.3]) {
      const exact = kernelValue(one, scale);
      let [sum, squares] = [0, 0];
      for (let seed = 0; seed < draws; seed++) {
        // With one key the normaliser is the weight.
        const { lse } = await performerAttention(one, { rng: createRng(seed), features: 5, orthogonal, scale, kernel });
        const weight = Math.exp(lse.data[0] as number);
        sum += weight;
        squares += weight * weight;
      }
      const mean = sum / draws;
      const standardError = Math.sqrt((squares / draws - mean * mean) / draws);
      expect(standardError).toBeLessThan(0.05 * exact);
      // Five standard errors: a chance of 6e-7 that a right estimator fails.
      expect(Math.abs(mean - exact)).toBeLessThan(5 * standardError);
    }
  });

  test("the error falls with the root of the number of features, and orthogonal directions lower it", async () => {
    const input = randomInput(createRng(11), [], { queries: 20, keys: 60, headDim: 8, valueDim: 4 });
    const exact = naiveAttention(input, { scale: 0.05 }).output;
    const error = async (features: number, orthogonal: boolean): Promise<number> => {
      let sum = 0;
      for (let seed = 0; seed < 40; seed++) {
        const { output } = await performerAttention(input, { rng: createRng(seed), features, orthogonal, scale: 0.05, kernel });
        sum += output.data.reduce((total, v, i) => total + (v - (exact[i] as number)) ** 2, 0);
      }
      return Math.sqrt(sum / 40);
    };
    const [few, many, loose] = [await error(32, true), await error(512, true), await error(512, false)];
    const slope = Math.log(many / few) / Math.log(16);
    expect(slope).toBeGreaterThan(-0.6);
    expect(slope).toBeLessThan(-0.4);
    expect(many).toBeLessThan(0.9 * loose);
  });

  test("directions are orthogonal within blocks of headDim, and as long as normal ones", () => {
    const rows = drawProjection(createRng(3), 3500, 7, true);
    const dot = (a: number, b: number): number =>
      rows.subarray(a * 7, a * 7 + 7).reduce((sum, v, j) => sum + v * (rows[b * 7 + j] as number), 0);
    for (let a = 0; a < 14; a++)
      for (let b = 0; b < a; b++) if (Math.floor(a / 7) === Math.floor(b / 7)) expectClose(dot(a, b), 0, FLOAT32);
    expect(Math.abs(dot(7, 6))).toBeGreaterThan(1e-3);
    const squares = Array.from({ length: 3500 }, (_, a) => dot(a, a));
    const mean = squares.reduce((a, b) => a + b) / 3500;
    // Chi-squared of 7 degrees of freedom: mean 7, variance 14.
    expect(Math.abs(mean - 7)).toBeLessThan(5 * Math.sqrt(14 / 3500));
    expect(Math.abs(squares.reduce((sum, x) => sum + (x - mean) ** 2, 0) / 3500 - 14)).toBeLessThan(3);
  });

  test("directions are orthogonal, and headDim ln headDim, unless told otherwise", async () => {
    const rng = createRng(3);
    const [none, nine, eight] = await Promise.all(
      [{}, { features: 9, orthogonal: true }, { features: 8 }].map((x) => performerAttention(one, { ...x, rng })),
    );
    expect(none?.lse.data).toEqual(nine?.lse.data);
    expect(none?.lse.data).not.toEqual(eight?.lse.data);
  });
});

test("the directions are given or drawn", async () => {
  const input = randomInput(createRng(1), [1, 2], { queries: 2, keys: 2, headDim: 3, valueDim: 1 });
  const zeros = (...shape: number[]) => tensorData("float32", shape, new Float32Array(shape.reduce((a, b) => a * b)));
  const refused = (options: object, text: string) =>
    expect(performerAttention(input, options)).rejects.toThrow(`performerAttention: ${text}`);
  await refused({}, "rng or projection must be given; got neither. Pass createRng(1) of @attnlab/random.");
  await refused({ projection: zeros(4, 3), features: 4 }, "projection must come without rng, features and orthogonal; got features.");
  await refused({ projection: zeros(4, 2) }, "projection must have the axes [any, 3], after none or all of the axes [1, 2]; got [4, 2].");
  await refused(
    { projection: zeros(2, 4, 3) },
    "projection must have the axes [any, 3], after none or all of the axes [1, 2]; got [2, 4, 3].",
  );
  await refused({ projection: zeros(0, 3) }, "projection must have the axes [any, 3]");
  await refused({ projection: tensorData("float32", [1, 3], [0, Number.NaN, 0]) }, "projection must be finite; got NaN at [0, 1].");
  await refused({ rng: createRng(1), features: 0 }, "features must be a whole number >= 1; got 0.");
  const each = tensorData("float32", [1, 2, 1, 3], [1, 0, 0, 0, 1, 0]);
  const { lse } = await performerAttention(input, { projection: each, kernel });
  const second = await performerAttention(input, { projection: tensorData("float32", [1, 3], [0, 1, 0]), kernel });
  expect(lse.data.slice(2)).toEqual(second.lse.data.slice(2));
  expect(lse.data.slice(0, 2)).not.toEqual(second.lse.data.slice(0, 2));
});
