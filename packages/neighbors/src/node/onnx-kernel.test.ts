import { createRng } from "@attnlab/random";
import { expectClose } from "@attnlab/testing";
import { afterAll, describe, expect, test } from "vitest";
import type { ProductKernel, ProductTask } from "../product-kernel.ts";
import { typedArrayKernel } from "../typed-array-kernel.ts";
import { createOnnxKernel } from "./onnx-kernel.ts";

const onnx = await createOnnxKernel();
const onnx2 = await createOnnxKernel({ threads: 2 });
afterAll(async () => {
  await onnx.dispose();
  await onnx2.dispose();
});

function task(queries: number, keys: number, dimension: number, k: number): ProductTask {
  const rng = createRng(keys);
  return {
    queries: rng.fillNormal(new Float32Array(queries * dimension)),
    keys: rng.fillNormal(new Float32Array(keys * dimension)),
    bias: rng.fillNormal(new Float32Array(keys)),
    dimension,
    k,
  };
}

function naive({ queries, keys, dimension, k, bias }: ProductTask): { readonly indices: number[]; readonly scores: number[] } {
  const [indices, scores]: [number[], number[]] = [[], []];
  for (let q = 0; q < queries.length; q += dimension) {
    const all = Array.from({ length: keys.length / dimension }, (_, key) => {
      let score = bias?.[key] ?? 0;
      for (let j = 0; j < dimension; j++) score += (queries[q + j] as number) * (keys[key * dimension + j] as number);
      return { key, score };
    });
    all.sort((a, b) => b.score - a.score || a.key - b.key);
    for (const { key, score } of all.slice(0, k)) {
      indices.push(key);
      scores.push(score);
    }
  }
  return { indices, scores };
}

const KERNELS: readonly (readonly [string, ProductKernel])[] = [
  ["typed arrays", typedArrayKernel()],
  ["ONNX Runtime", onnx],
  ["ONNX Runtime on two threads", onnx2],
];

describe.each(KERNELS)("%s", (_name, kernel) => {
  // One block; several blocks of queries; two blocks of keys, of which the second holds winners too.
  test.each([
    [7, 1031, 13, 11],
    [701, 211, 5, 3],
    [11, 20011, 3, 5],
    [3, 5, 2, 5],
  ])("%d queries, %d keys, %d dimensions, k = %d", async (queries, keys, dimension, k) => {
    const one = task(queries, keys, dimension, k);
    const { bias: _none, ...plain } = one;
    for (const given of [one, plain]) {
      const { indices, scores } = await kernel.topProducts(given);
      const expected = naive(given);
      expect([...indices]).toEqual(expected.indices);
      expectClose(scores, expected.scores, { precision: kernel.unitRoundoff > 1e-12 ? "float32" : "float64" });
    }
  });

  test.each([3, 211])("all products of %d queries", async (queries) => {
    const { k: _k, ...one } = task(queries, 101, 17, 1);
    const found = await kernel.products(one);
    const all = naive({ ...one, k: 101 });
    const expected = new Float64Array(queries * 101);
    all.indices.forEach((key, i) => {
      expected[Math.floor(i / 101) * 101 + key] = all.scores[i] as number;
    });
    expectClose(found, expected, { precision: kernel.unitRoundoff > 1e-12 ? "float32" : "float64" });
  });

  test("equal scores come in the order of the keys", async () => {
    const keys = new Float32Array(3000 * 2).fill(1);
    const { indices } = await kernel.topProducts({ queries: Float32Array.from({ length: 100 }, () => 1), keys, dimension: 2, k: 3 });
    expect([...indices.subarray(0, 6)]).toEqual([0, 1, 2, 0, 1, 2]);
  });

  test("refuses rows that are not whole and a k there are no keys for", async () => {
    const [queries, keys] = [new Float32Array(6), new Float32Array(9)];
    await expect(kernel.topProducts({ queries, keys: new Float32Array(8), dimension: 3, k: 1 })).rejects.toThrow(
      "queries and keys must be rows of the dimension; got 6 and 8 numbers for dimension 3. Pass whole rows.",
    );
    await expect(kernel.topProducts({ queries, keys, dimension: 3, k: 4 })).rejects.toThrow(
      "k must be a whole number from 1 to the 3 keys; got 4. Ask for no more keys than there are.",
    );
    await expect(kernel.topProducts({ queries, keys, dimension: 3, k: 1, bias: new Float32Array(2) })).rejects.toThrow(
      "bias must have one number for each key; got 2 for 3 keys. Leave it out for none.",
    );
  });
});

test("threads change no bit", async () => {
  const one = task(513, 4099, 67, 17);
  const [a, b] = [await onnx.topProducts(one), await onnx2.topProducts(one)];
  expect(a.indices).toEqual(b.indices);
  expect(a.scores).toEqual(b.scores);
});

test.each([[{ threads: 0 }], [{ threads: "2" }], [{ cores: 2 }]])("refuses the options %o", async (options) => {
  await expect(createOnnxKernel(options as object)).rejects.toThrow(
    /^createOnnxKernel: (?:threads must be a whole number >= 1|every option)/,
  );
});
