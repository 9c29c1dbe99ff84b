import { matmul, reshape, type Tensor } from "@attnlab/graph";
import { describe, test } from "vitest";
import {
  attend,
  attentionWeights,
  expressiveAttention,
  expressiveAttentionWeights,
  resolveAttention,
  topKAttend,
  topKAttentionWeights,
} from "../src/index.ts";
import { type AttentionSubject, attentionConformance } from "../src/testing/index.ts";
import { softmaxWeights } from "../src/testing/naive-attention.ts";
import { onnxBackend } from "./onnx-backend.ts";

const fourAxes = (mask: Tensor): Tensor => reshape(mask, [1, 1, ...mask.shape]);

const normalized =
  (weight: (score: number) => number) =>
  (scores: readonly number[]): readonly number[] => {
    const weights = scores.map(weight);
    const total = weights.reduce((a, b) => a + b, 0);
    return weights.map((one) => one / total);
  };
const rational = (power: number): ((scores: readonly number[]) => readonly number[]) => normalized((z) => 1 / (1 + Math.abs(z) ** -power));

/** Softmax over the largest scores. */
const largest =
  (k: number) =>
  (scores: readonly number[]): readonly number[] => {
    const smallest = scores.toSorted((a, b) => b - a)[Math.min(k, scores.length) - 1] as number;
    return softmaxWeights(scores.map((score) => (score >= smallest ? score : Number.NEGATIVE_INFINITY)));
  };

const SUBJECTS: readonly AttentionSubject[] = [
  { name: "attend", attend: (query, key, value, mask) => attend(query, key, value, { mask }) },
  {
    name: "attend with the stable softmax gradient",
    attend: (query, key, value, mask) => attend(query, key, value, { mask: fourAxes(mask), softmaxGradient: "stable" }),
  },
  { name: "attentionWeights", attend: (query, key, value, mask) => matmul(attentionWeights(query, key, { mask }), value) },
  {
    name: "expressiveAttention",
    attend: (query, key, value, mask) => expressiveAttention(query, key, value, { mask }),
    weights: rational(2),
  },
  {
    name: "expressiveAttentionWeights",
    attend: (query, key, value, mask) => matmul(expressiveAttentionWeights(query, key, { mask: fourAxes(mask) }), value),
    weights: rational(2),
  },
  {
    name: "expressiveAttention of the power 1",
    attend: (query, key, value, mask) => expressiveAttention(query, key, value, { mask, power: 1 }),
    weights: rational(1),
  },
  {
    name: "expressiveAttention of the power 4",
    attend: (query, key, value, mask) => expressiveAttention(query, key, value, { mask, power: 4 }),
    weights: rational(4),
  },
  {
    name: "expressiveAttention of squares",
    attend: (query, key, value, mask) => expressiveAttention(query, key, value, { mask, saturating: false }),
    weights: normalized((z) => z * z),
  },
  {
    name: "topKAttend with every key",
    attend: (query, key, value, mask) => topKAttend(query, key, value, { mask, k: 7 }),
  },
  ...[6, 3, 1].map(
    (k): AttentionSubject => ({
      name: `topKAttend with k = ${k}`,
      attend: (query, key, value, mask) => topKAttend(query, key, value, { mask, k, softmaxGradient: k === 3 ? "stable" : "standard" }),
      weights: largest(k),
    }),
  ),
  {
    name: "topKAttend with k from the number of keys",
    attend: (query, key, value, mask) => topKAttend(query, key, value, { mask }),
    // 7 keys, or 5 when two are deleted.
    weights: largest(2),
  },
  {
    name: "topKAttentionWeights",
    attend: (query, key, value, mask) => matmul(topKAttentionWeights(query, key, { mask: fourAxes(mask), k: 2 }), value),
    weights: largest(2),
  },
  {
    name: "the weights of an attention of one's own",
    attend: (query, key, value, mask) => matmul(resolveAttention((q, k, v, o) => attend(q, k, v, o)).weights(query, key, { mask }), value),
  },
];

describe.each(SUBJECTS)("$name", (subject) => {
  test.each(attentionConformance(subject, onnxBackend))("$name", async ({ run }) => {
    await run();
  });
});
