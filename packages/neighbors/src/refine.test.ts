import { createRng } from "@attnlab/random";
import { expect, test } from "vitest";
import { createExactIndex, type Metric } from "./index.ts";
import { createOnnxKernel } from "./node/index.ts";
import { naiveSearch } from "./testing/naive-search.ts";
import { vectorsOf } from "./vectors.ts";

/** Keys so close together that float32 products cannot order them: many more than are taken to spare. */
function crowd(count: number, dimension: number, spread: number): Float32Array {
  const rng = createRng(7);
  const center = rng.fillNormal(new Float32Array(dimension), { std: 100 });
  return Float32Array.from({ length: count * dimension }, (_, i) => (center[i % dimension] as number) + spread * rng.normal());
}

test.each<Metric>(["inner-product", "euclidean", "cosine"])("float32 products leave the answer exact in %s", async (metric) => {
  await using kernel = await createOnnxKernel();
  const keys = vectorsOf(crowd(2003, 19, 1e-4), 19);
  const queries = vectorsOf(crowd(31, 19, 1e-3), 19);
  const found = await (await createExactIndex(keys, { metric, kernel })).search(queries, { k: 7 });
  expect([...found.indices]).toEqual([...naiveSearch(keys, queries, metric, 7).indices]);
});

test("products beyond float32 are found by the float64 search", async () => {
  await using kernel = await createOnnxKernel();
  const data = createRng(2).fillNormal(new Float32Array(3001 * 8), { std: 1e25 });
  const keys = vectorsOf(data, 8);
  const queries = vectorsOf(data.slice(0, 40 * 8), 8);
  for (const metric of ["inner-product", "euclidean", "cosine"] as const) {
    const found = await (await createExactIndex(keys, { metric, kernel })).search(queries, { k: 3 });
    const expected = naiveSearch(keys, queries, metric, 3);
    expect([...found.indices]).toEqual([...expected.indices]);
  }
});
