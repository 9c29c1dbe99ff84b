import { matmul, reshape, type Tensor } from "@attnlab/graph";
import { describe, test } from "vitest";
import { attend, attentionWeights } from "../src/index.ts";
import { type AttentionSubject, attentionConformance } from "../src/testing/index.ts";
import { onnxBackend } from "./onnx-backend.ts";

const fourAxes = (mask: Tensor): Tensor => reshape(mask, [1, 1, ...mask.shape]);

const SUBJECTS: readonly AttentionSubject[] = [
  { name: "attend", attend: (query, key, value, mask) => attend(query, key, value, { mask }) },
  {
    name: "attend with the stable softmax gradient",
    attend: (query, key, value, mask) => attend(query, key, value, { mask: fourAxes(mask), softmaxGradient: "stable" }),
  },
  { name: "attentionWeights", attend: (query, key, value, mask) => matmul(attentionWeights(query, key, { mask }), value) },
];

describe.each(SUBJECTS)("$name", (subject) => {
  test.each(attentionConformance(subject, onnxBackend))("$name", async ({ run }) => {
    await run();
  });
});
