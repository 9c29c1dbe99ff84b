import { createRng, type Rng } from "@attnlab/random";
import { afterAll, expect, test } from "vitest";
import { createInvertedFileIndex, createLshIndex, measureQuality, type NeighborIndex, type Vectors } from "../src/index.ts";
import { createHnswIndex, createOnnxKernel } from "../src/node/index.ts";

const [COUNT, DIMENSION, K, PROBES] = [4096, 64, 8, 500];
const kernel = await createOnnxKernel();
afterAll(() => kernel.dispose());

const rows = (data: Float32Array): Vectors => ({ dtype: "float32", shape: [data.length / DIMENSION, DIMENSION], data });

/** Centres with standard deviation 1.6, as many as the square root of the count, and noise of 0.5. */
function clustered(rng: Rng, count: number): Vectors {
  const centers = createRng(5).fillNormal(new Float32Array(64 * DIMENSION), { std: 1.6 });
  const data = rng.fillNormal(new Float32Array(count * DIMENSION), { std: 0.5 });
  for (let i = 0; i < count; i++) {
    const center = rng.integer(64) * DIMENSION;
    for (let j = 0; j < DIMENSION; j++) data[i * DIMENSION + j] = (data[i * DIMENSION + j] as number) + (centers[center + j] as number);
  }
  return rows(data);
}

const unstructured = (rng: Rng, count: number): Vectors => rows(rng.fillNormal(new Float32Array(count * DIMENSION)));

const INDICES: Readonly<Record<string, (keys: Vectors) => Promise<NeighborIndex>>> = {
  "inverted file": (keys) => createInvertedFileIndex(keys, { rng: createRng(2), kernel }),
  "inverted file, balanced": (keys) => createInvertedFileIndex(keys, { rng: createRng(2), balance: 1.5, kernel }),
  "LSH, cross-polytope": (keys) => createLshIndex(keys, { rng: createRng(2) }),
  "LSH, hyperplane": (keys) => createLshIndex(keys, { rng: createRng(2), family: "hyperplane" }),
  HNSW: (keys) => createHnswIndex(keys),
};

/**
 * Limits lie at least four standard errors, sqrt(p (1 - p) / 500), below the recall p measured at these seeds, taking the eight hits of a
 * query as one: a correct index would fail with other draws less than once in 10,000 runs.
 */
test.each([
  ["inverted file", 0.99, 0.26],
  ["inverted file, balanced", 0.95, 0.26],
  ["LSH, cross-polytope", 0.98, 0.52],
  ["LSH, hyperplane", 0.97, 0.46],
  ["HNSW", 0.985, 0.86],
])("%s: recall of the best 8 of 4,096 at least %d on clusters and %d without any structure", async (name, onClusters, without) => {
  const build = INDICES[name] as (keys: Vectors) => Promise<NeighborIndex>;
  for (const [make, least] of [
    [clustered, onClusters],
    [unstructured, without],
  ] as const) {
    const index = await build(make(createRng(1).split("keys"), COUNT));
    const queries = make(createRng(1).split("queries"), PROBES);
    const quality = await measureQuality(index, queries, { k: K, kernel });
    expect(quality.recall).toBeGreaterThan(least);
    expect(quality.gap === 0).toBe(quality.recall === 1);
    if (index.dotProducts.search !== undefined) expect(index.dotProducts.search).toBeLessThan(0.5 * COUNT * PROBES);
  }
});

test("more effort finds more, up to everything", async () => {
  const keys = unstructured(createRng(1).split("keys"), COUNT);
  const queries = unstructured(createRng(1).split("queries"), PROBES);
  for (const build of Object.values(INDICES).slice(0, 4)) {
    const index = await build(keys);
    const recalls = [];
    for (const effort of [1, 4, 16, 64]) recalls.push((await measureQuality(index, queries, { k: K, effort, kernel })).recall);
    for (let i = 1; i < recalls.length; i++) expect(recalls[i]).toBeGreaterThan((recalls[i - 1] as number) + 0.03);
    // 64 cells are all there are.
    if (index.kind === "inverted-file") expect(recalls.at(-1)).toBe(1);
  }
});
