import { DataError, OptionError, ShapeError, tensorData } from "@attnlab/check";
import { createRng } from "@attnlab/random";
import { expectClose } from "@attnlab/testing";
import { describe, expect, test } from "vitest";
import { normalHead, slope, transposeProduct, weightMatrix } from "../../../test/weight-matrix.ts";
import { type WalkInput, type WalkOptions, walkTransposeProduct } from "./walk-transpose-product.ts";

const tokens = 48;
const scale = 1 / Math.sqrt(3);
const head = normalHead(21, tokens, { std: 1.3 });
const rng = createRng(8);

function withVector(width: number): WalkInput {
  const vector = tensorData("float32", [1, 1, tokens, width], rng.split("x").fillNormal(new Float32Array(tokens * width), { mean: 0.3 }));
  return { query: head.query, key: head.key, vector };
}

const squared = (x: ArrayLike<number>): number => Array.from(x).reduce((sum, v) => sum + v * v, 0);
const difference = (a: ArrayLike<number>, b: ArrayLike<number>): number[] => Array.from(a, (v, i) => v - (b[i] as number));

/** Mean, per entry, and the mean square error of many estimates. */
async function repeat(input: WalkInput, truth: Float64Array, runs: number, options: Partial<WalkOptions>) {
  const mean = new Float64Array(truth.length);
  const square = new Float64Array(truth.length);
  for (let run = 0; run < runs; run++) {
    const { product } = await walkTransposeProduct(input, { walks: 64, ...options, rng: rng.split(run) });
    for (let i = 0; i < truth.length; i++) {
      const error = (product.data[i] as number) - (truth[i] as number);
      (mean[i] as number) += error / runs;
      (square[i] as number) += error ** 2 / runs;
    }
  }
  return { mean, square };
}

const runs = 200;

describe.each([["sign"], ["shift"], ["matrix"]] as const)("the %s version", (estimator) => {
  test.each([[false], [true]])("is unbiased, causal %s: its mean is off by no more than chance", async (causal) => {
    const input = withVector(2);
    const truth = transposeProduct(weightMatrix(input, scale, causal), input.vector);
    const { mean, square } = await repeat(input, truth, runs, { estimator, causal });
    // The squared length of the mean error over its expectation: mean 1, standard deviation near 0.2 (some 50 entries carry it).
    expect((squared(mean) * runs) / square.reduce((a, b) => a + b)).toBeLessThan(2);
  });
});

test("the squared error of the sign version is what the theory says, and smaller than that of the shift version", async () => {
  const input = withVector(1);
  const truth = transposeProduct(weightMatrix(input, scale), input.vector);
  const length = input.vector.data.reduce((sum, x) => sum + Math.abs(x), 0);
  const predicted = (length ** 2 - squared(truth)) / 64;
  const total = async (estimator: "sign" | "shift"): Promise<number> =>
    (await repeat(input, truth, 400, { estimator })).square.reduce((a, b) => a + b);
  const sign = await total("sign");
  // 400 runs: the standard error of the ratio is near 1 per cent.
  expect(Math.abs(sign / predicted - 1)).toBeLessThan(0.05);
  expect((await total("shift")) / sign).toBeGreaterThan(3);
});

test("the largest error falls as one over the square root of the walks, and stays below its bound", async () => {
  const input = withVector(1);
  const truth = transposeProduct(weightMatrix(input, scale), input.vector);
  const length = input.vector.data.reduce((sum, x) => sum + Math.abs(x), 0);
  const walks = [64, 256, 1024, 4096];
  const errors: number[] = [];
  for (const count of walks) {
    let error = 0;
    for (let run = 0; run < 20; run++) {
      const { product } = await walkTransposeProduct(input, { walks: count, rng: rng.split(run).split(count) });
      const largest = Math.max(...difference(product.data, truth).map(Math.abs)) / length;
      expect(largest).toBeLessThan(Math.sqrt((2 / count) * Math.log((2 * tokens) / 1e-4)));
      error += largest / 20;
    }
    errors.push(error);
  }
  const measured = slope(walks.map(Math.log), errors.map(Math.log));
  expect(measured).toBeGreaterThan(-0.58);
  expect(measured).toBeLessThan(-0.42);
});

test("one column: the matrix version is the sign version, of other draws", async () => {
  const input = withVector(1);
  const options = { walks: 100, rng };
  const matrix = await walkTransposeProduct(input, options);
  const sign = await walkTransposeProduct(input, { ...options, estimator: "sign" });
  const length = input.vector.data.reduce((sum, x) => sum + Math.abs(x), 0);
  // Every walk moves plus or minus the same amount.
  for (const { product } of [matrix, sign]) {
    const steps = Array.from(product.data, (x) => (x * 100) / length);
    expectClose(steps, steps.map(Math.round), { relative: 0, absolute: 1e-4, reason: "float32 numbers up to 100" });
  }
  expect(matrix.product.data).not.toEqual(sign.product.data);
});

test("where the walks of a query go does not depend on the other queries", async () => {
  const vector = tensorData(
    "float32",
    [1, 1, tokens, 2],
    Array.from({ length: 2 * tokens }, (_, i) => (i === 0 || i === 11 ? 1 : 0)),
  );
  const changed = tensorData(
    "float32",
    [1, 1, tokens, 3],
    head.query.data.map((x, i) => (i < 3 ? -x : x)),
  );
  const columns = async (query: typeof changed): Promise<number[][]> => {
    const { product } = await walkTransposeProduct({ query, key: head.key, vector }, { walks: 60, rng });
    return [0, 1].map((c) => [...product.data.filter((_, i) => i % 2 === c)]);
  };
  const [before, after] = [await columns(head.query), await columns(changed)];
  expect(after[1]).toEqual(before[1]);
  expect(after[0]).not.toEqual(before[0]);
});

test("only visited queries are searched, hidden keys get nothing, zeros cost nothing", async () => {
  const input = withVector(3);
  const visible = Array.from({ length: tokens }, (_, j) => (j % 4 === 1 ? 0 : 1));
  const masked = await walkTransposeProduct(input, { walks: 5, rng, keyMask: tensorData("bool", [tokens], visible) });
  expect(masked.dotProducts.search).toBeLessThanOrEqual(5 * 36);
  masked.product.data.forEach((x, i) => {
    if (visible[Math.floor(i / 3)] === 0) expect(x).toBe(0);
  });
  const vector = tensorData("float32", [1, 1, tokens, 1], new Float32Array(tokens));
  for (const estimator of ["sign", "matrix"] as const) {
    const { product, dotProducts } = await walkTransposeProduct({ ...input, vector }, { walks: 5, rng, estimator });
    expect(product.data.every((x) => x === 0)).toBe(true);
    expect(dotProducts).toEqual({ build: 0, search: 0, direct: 0 });
  }
});

describe("bad input", () => {
  const input = withVector(1);
  test("a vector that does not fit, or is not finite", async () => {
    const short = tensorData("float32", [1, 1, 3, 1], [1, 2, 3]);
    await expect(walkTransposeProduct({ ...input, vector: short }, { rng, walks: 1 })).rejects.toThrow(
      new ShapeError("walkTransposeProduct: vector must have the shape [1, 1, 48, 1]; got [1, 1, 3, 1]. Pass one row for each query."),
    );
    const bad = tensorData("float32", [1, 1, tokens, 1], new Float32Array(tokens).fill(Number.POSITIVE_INFINITY));
    await expect(walkTransposeProduct({ ...input, vector: bad }, { rng, walks: 1 })).rejects.toThrow(DataError);
  });

  test.each([
    [{}, "walkTransposeProduct: walks must be a whole number >= 1 and <= 4294967295; got nothing. Pass walks: Walks."],
    [{ walks: 3, estimator: "signed" }, 'walkTransposeProduct: estimator must be one of "matrix", "sign", "shift"; got "signed".'],
    [{ walks: 3, k: 49 }, "walkTransposeProduct: k must be at most the number of keys, 48; got 49."],
  ])("%j", async (options, text) => {
    const call = walkTransposeProduct(input, { rng, ...options } as WalkOptions);
    await expect(call).rejects.toThrow(OptionError);
    await expect(call).rejects.toThrow(text);
  });
});
