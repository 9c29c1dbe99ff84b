import { createRng } from "@attnlab/random";
import { expectClose, loadGolden } from "@attnlab/testing";
import { describe, expect, test } from "vitest";
import { createExactIndex, kMeans, type Metric, type Vectors } from "../src/index.ts";
import { createOnnxKernel } from "../src/node/index.ts";

interface Golden {
  readonly dimension: number;
  readonly k: number;
  readonly keys: readonly number[];
  readonly queries: readonly number[];
  readonly metrics: Readonly<Record<Metric, { readonly indices: readonly number[]; readonly scores: readonly number[] }>>;
  readonly groups: {
    readonly points: readonly number[];
    readonly cells: number;
    readonly labels: readonly number[];
    readonly centroids: readonly number[];
    readonly inertia: number;
  };
  readonly cloud: {
    readonly points: readonly number[];
    readonly cells: number;
    readonly lowest: number;
    readonly mean: number;
    readonly highest: number;
  };
}

const golden = loadGolden<Golden>(new URL("golden/sklearn-neighbors.json", import.meta.url));
const rows = (values: readonly number[], dimension: number): Vectors => ({
  dtype: "float32",
  shape: [values.length / dimension, dimension],
  data: Float32Array.from(values),
});

describe.each<Metric>(["euclidean", "cosine", "inner-product"])("%s", (metric) => {
  test.each([false, true])("neighbours and scores agree, ONNX Runtime: %s", async (native) => {
    await using kernel = await createOnnxKernel();
    const index = await createExactIndex(rows(golden.keys, golden.dimension), native ? { metric, kernel } : { metric });
    const { indices, scores } = await index.search(rows(golden.queries, golden.dimension), { k: golden.k });
    expect([...indices]).toEqual(golden.metrics[metric].indices);
    expectClose(scores, golden.metrics[metric].scores, { purpose: "golden" });
  });
});

test("groups far apart are found as scikit-learn finds them", async () => {
  const { points, cells, labels, centroids, inertia } = golden.groups;
  const found = await kMeans(rows(points, 3), { cells, rng: createRng(1), samplePerCell: Number.POSITIVE_INFINITY, iterations: 100 });
  // Cells are numbered by chance: translate by the first member of each.
  const name = new Map(labels.map((label, i) => [found.assignments[i], label]));
  expect([...found.assignments].map((cell) => name.get(cell))).toEqual(labels);
  for (let cell = 0; cell < cells; cell++) {
    const label = name.get(cell) as number;
    // Centroids are kept in float32.
    expectClose(found.centroids.data.subarray(3 * cell, 3 * cell + 3), centroids.slice(3 * label, 3 * label + 3), { precision: "float32" });
  }
  expectClose(found.inertia, inertia, { precision: "float32", purpose: "golden" });
});

test("without groups the inertia is as low as scikit-learn's, start by start", async () => {
  const { points, cells, lowest, mean, highest } = golden.cloud;
  let sum = 0;
  for (let seed = 0; seed < 40; seed++) {
    const { inertia } = await kMeans(rows(points, 4), {
      cells,
      rng: createRng(seed),
      samplePerCell: Number.POSITIVE_INFINITY,
      iterations: 300,
    });
    expect(inertia).toBeGreaterThan(lowest * 0.97);
    expect(inertia).toBeLessThan(highest * 1.03);
    sum += inertia;
  }
  // One start has a standard deviation of about 1.6 %; the means of 40 and of 100 starts differ by 0.3 %: four times that is allowed.
  expectClose(sum / 40, mean, { relative: 0.012, reason: "both are means over random starts" });
});
