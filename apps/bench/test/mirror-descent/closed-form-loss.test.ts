import { tensorData } from "@attnlab/check";
import { attentionMarginData } from "@attnlab/datasets";
import { evaluate, mul, specOf, type Tensor, trace, valueAndGrad } from "@attnlab/graph";
import { attentionClassifier } from "@attnlab/models";
import { createRng } from "@attnlab/random";
import { expectClose } from "@attnlab/testing";
import { logisticLoss } from "@attnlab/train";
import { describe, expect, test } from "vitest";
import { problemOfSeed } from "../../experiments/mirror-descent/attention-problem.ts";
import { batchedData, batchedLoss } from "../../experiments/mirror-descent/batched-loss.ts";
import { lossAt, lossLimit } from "../../experiments/mirror-descent/closed-form-loss.ts";
import { svmDirection } from "../../experiments/mirror-descent/svm-direction.ts";

const SEEDS = [1, 2, 3];
const problems = SEEDS.map(problemOfSeed);
const first = problems[0] as (typeof problems)[number];
const weights = SEEDS.map((seed) => createRng(seed).fillNormal(new Float64Array(100)));
const W = weights[0] as Float64Array;

/** Loss and gradient of the attention classifier on one data set, traced and run by the interpreter. */
function traced(seed: number, at: Float64Array): { readonly loss: number; readonly gradient: Float64Array } {
  const { samples: n, tokens: T, dim: d, inputs, queries, labels, head } = attentionMarginData({ seed });
  const keyQuery = tensorData("float64", [d, d], at);
  const data = {
    tokens: tensorData("float64", [n, T, d], inputs),
    query: tensorData("float64", [n, d], queries),
    labels: tensorData("float64", [n], labels),
    head: tensorData("float64", [d], head),
  };
  const program = trace(
    (start: Tensor, { tokens, query, labels: y, head: v }: Record<keyof typeof data, Tensor>) =>
      valueAndGrad((w: Tensor) => logisticLoss(mul(attentionClassifier({ keyQuery: w, head: v }, { tokens, query }), y)))(start),
    [specOf(keyQuery), specOf(data)] as const,
  );
  const { value, grads } = evaluate(program, [keyQuery, data]);
  return { loss: (value.data as Float64Array)[0] as number, gradient: grads.data as Float64Array };
}

describe("the closed form", () => {
  test("is the loss and the traced gradient of the attention classifier", () => {
    const { excess, gradient } = lossAt(first, W, first.optimal);
    const { loss, gradient: expected } = traced(1, W);
    expectClose(excess + lossLimit(first, first.optimal), loss);
    expectClose(gradient, expected);
  });

  test("keeps every digit of L − L* and of the gradient when attention is saturated", () => {
    const svm = svmDirection(first, first.optimal, 2);
    const scale = 400;
    const { excess, gradient, selected, leastGap } = lossAt(first, svm?.W.map((w) => scale * w) ?? W, first.optimal);
    // Margins are 1 at the support tokens, so both are dominated by exp(-400): far below what a subtraction could show.
    expect(excess).toBeGreaterThan(0.01 * Math.exp(-scale));
    expect(excess).toBeLessThan(100 * Math.exp(-scale));
    expect(Math.max(...gradient.map(Math.abs))).toBeGreaterThan(0.001 * Math.exp(-scale));
    expect(Array.from(selected)).toEqual(Array.from(first.optimal));
    expect(leastGap).toBe(1);
  });

  test("is negative below the limit of a worse selection", () => {
    const worse = first.optimal.map((token) => (token + 1) % 8);
    const difference = lossLimit(first, worse) - lossLimit(first, first.optimal);
    expect(difference).toBeGreaterThan(0);
    expectClose(lossAt(first, W, first.optimal).excess - lossAt(first, W, worse).excess, difference);
  });
});

test.each(["stable", "standard"] as const)("the batched loss is the sum of the runs' losses, each with its own gradient (%s)", (form) => {
  const all = tensorData("float64", [3, 10, 10], new Float64Array(300));
  weights.forEach((own, run) => {
    (all.data as Float64Array).set(own, 100 * run);
  });
  const data = batchedData(problems);
  const program = trace(
    (start: Tensor, tensors: { tokens: Tensor; queries: Tensor; gamma: Tensor }) =>
      valueAndGrad((w: Tensor) => batchedLoss(w, tensors, form))(start),
    [specOf(all), specOf(data)] as const,
  );
  const { value, grads } = evaluate(program, [all, data]);
  const single = SEEDS.map((seed, run) => traced(seed, weights[run] as Float64Array));
  expectClose(
    value.data as Float64Array,
    single.reduce((sum, { loss }) => sum + loss, 0),
  );
  single.forEach(({ gradient }, run) => {
    expectClose((grads.data as Float64Array).subarray(100 * run, 100 * run + 100), gradient);
  });
});
