import { createRng } from "@attnlab/random";
import { afterAll, describe, test } from "vitest";
import { createExactIndex, createInvertedFileIndex, createLshIndex, loadIndex } from "../src/index.ts";
import { createHnswIndex, createOnnxKernel, loadHnswIndex } from "../src/node/index.ts";
import { type IndexSubject, indexConformance } from "../src/testing/index.ts";

const kernel = await createOnnxKernel();
const kernel2 = await createOnnxKernel({ threads: 2 });

const SUBJECTS: readonly IndexSubject[] = [
  { name: "exact", build: (keys, metric) => createExactIndex(keys, { metric }), load: loadIndex, recall: 1, fullEffort: 1 },
  {
    name: "exact on ONNX Runtime",
    build: (keys, metric) => createExactIndex(keys, { metric, kernel }),
    load: (bytes) => loadIndex(bytes, { kernel: kernel2 }),
    recall: 1,
    fullEffort: 1,
  },
  {
    name: "inverted file",
    build: (keys, metric) => createInvertedFileIndex(keys, { metric, rng: createRng(1) }),
    load: loadIndex,
    recall: 0.95,
    fullEffort: 1000,
  },
  {
    name: "balanced inverted file on ONNX Runtime",
    build: (keys, metric) => createInvertedFileIndex(keys, { metric, rng: createRng(1), balance: 1.5, init: "random", kernel }),
    load: (bytes) => loadIndex(bytes, { kernel: kernel2 }),
    recall: 0.9,
    fullEffort: 1000,
  },
  {
    name: "LSH, cross-polytope",
    build: (keys, metric) => createLshIndex(keys, { metric, rng: createRng(1) }),
    load: loadIndex,
    recall: 0.9,
  },
  {
    name: "LSH, hyperplane",
    build: (keys, metric) => createLshIndex(keys, { metric, rng: createRng(1), family: "hyperplane", tables: 16 }),
    load: loadIndex,
    recall: 0.9,
  },
  {
    name: "HNSW",
    build: (keys, metric) => createHnswIndex(keys, { metric }),
    load: loadHnswIndex,
    recall: 0.95,
    forgets: "usearch does not save the generator of its levels",
  },
];

afterAll(async () => {
  await kernel.dispose();
  await kernel2.dispose();
});

describe.each(SUBJECTS)("$name", (subject) => {
  test.each(indexConformance(subject))("$name", async ({ run }) => {
    await run();
  });
});
