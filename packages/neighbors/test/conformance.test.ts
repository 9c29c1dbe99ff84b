import { afterAll, describe, test } from "vitest";
import { createExactIndex, loadIndex } from "../src/index.ts";
import { createOnnxKernel } from "../src/node/index.ts";
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
