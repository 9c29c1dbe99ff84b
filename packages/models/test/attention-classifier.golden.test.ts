import { type TensorData, tensorData, toNumbers } from "@attnlab/check";
import { evaluate, mean, mul, neg, softplus, sum, type Tensor, trace, valueGradAndAux } from "@attnlab/graph";
import { expectClose, loadGolden } from "@attnlab/testing";
import { describe, expect, test } from "vitest";
import { type AttentionClassifierParams, attentionClassifier, attentionClassifierWeights } from "../src/index.ts";
import { runOnnx } from "./run-onnx.ts";

interface Values {
  readonly shape: readonly number[];
  readonly values: readonly number[];
}

type Name = "tokens" | "query" | "labels" | "keyQuery" | "head" | "outputs" | "weights" | "keyQueryGradient" | "headGradient";
type Case = Readonly<Record<Name, Values>> & { readonly name: string };

const golden = loadGolden<{ readonly cases: readonly Case[] }>(new URL("golden/attention-classifier.json", import.meta.url));

const f64 = ({ shape, values }: Values): TensorData => tensorData("float64", shape, values);
/** One run of a batch of runs. */
const run = ({ shape, values }: Values, r: number): Values => {
  const size = shape.slice(1).reduce((a, b) => a * b, 1);
  return { shape: shape.slice(1), values: values.slice(r * size, (r + 1) * size) };
};

function program(one: Case, softmaxGradient: "stable" | "standard") {
  const args = [
    { keyQuery: f64(one.keyQuery), head: f64(one.head) },
    { tokens: f64(one.tokens), query: f64(one.query) },
    f64(one.labels),
  ] as const;
  const traced = trace((params, inputs, labels) => {
    const step = valueGradAndAux((own: AttentionClassifierParams) => {
      const outputs = attentionClassifier(own, inputs, { softmaxGradient });
      // The sum over runs of mean logistic losses: each run keeps its own gradient.
      return { loss: sum(mean(softplus(neg(mul(outputs, labels))), -1)), aux: outputs };
    })(params);
    return { ...step, weights: attentionClassifierWeights(params, inputs) };
  }, args);
  return { traced, args };
}

/** The largest relative error of a tensor in the Euclidean norm of each run. */
function relativeError(actual: ArrayLike<number>, expected: readonly number[], runs: number): number {
  const size = expected.length / runs;
  return Math.max(
    ...Array.from({ length: runs }, (_, r) => {
      const part = expected.slice(r * size, (r + 1) * size);
      const off = Math.hypot(...part.map((v, i) => v - (actual[r * size + i] as number)));
      return off / Math.hypot(...part);
    }),
  );
}

describe("the attention classifier equals the closed form", () => {
  test.each(golden.cases)("$name, three runs at once", (one) => {
    const { traced, args } = program(one, "stable");
    const { aux, weights, grads } = evaluate(traced, args);
    expect(aux.shape).toEqual([3, 5]);
    expectClose(toNumbers(aux), one.outputs.values, { purpose: "golden" });
    expectClose(toNumbers(weights), one.weights.values, { purpose: "golden" });
    expectClose(toNumbers(grads.head), one.headGradient.values, { purpose: "golden" });
    expect(relativeError(toNumbers(grads.keyQuery), one.keyQueryGradient.values, 3)).toBeLessThan(1e-11);
  });

  test.each(golden.cases)("$name, ONNX Runtime", async (one) => {
    const { traced, args } = program(one, "stable");
    const results = await runOnnx(traced, args);
    const gradient = traced.outputs.findIndex(({ name }) => name === "grads.keyQuery");
    expect(relativeError(toNumbers(results[gradient] as TensorData), one.keyQueryGradient.values, 3)).toBeLessThan(1e-11);
  });

  test("one run alone is the run in the batch", () => {
    const one = golden.cases[0] as Case;
    const args = [
      { keyQuery: f64(run(one.keyQuery, 1)), head: f64(run(one.head, 1)) },
      { tokens: f64(run(one.tokens, 1)), query: f64(run(one.query, 1)) },
    ] as const;
    const alone = evaluate(
      trace((params, inputs) => attentionClassifier(params, inputs), args),
      args,
    );
    expectClose(toNumbers(alone), run(one.outputs, 1).values, { purpose: "golden" });
  });

  test("the standard gradient loses hard attention, which is what the stable one is for", () => {
    const hard = golden.cases[1] as Case;
    const { traced, args } = program(hard, "standard");
    expect(relativeError(toNumbers(evaluate(traced, args).grads.keyQuery), hard.keyQueryGradient.values, 3)).toBeGreaterThan(1e-6);
  });
});

test("sizes that do not fit are refused", () => {
  const spec = (...shape: readonly number[]) => ({ dtype: "float64", shape }) as const;
  const call = (keyQuery: readonly number[], query: readonly number[]) => () =>
    trace(
      (params: { readonly keyQuery: Tensor; readonly head: Tensor }, inputs: { readonly tokens: Tensor; readonly query: Tensor }) =>
        attentionClassifier(params, inputs),
      [
        { keyQuery: spec(...keyQuery), head: spec(4) },
        { tokens: spec(5, 7, 4), query: spec(...query) },
      ],
    );
  const text =
    "attentionClassifier: tokens [...runs, samples, tokens, dim], query [...runs, samples, dim] and keyQuery [...runs, dim, dim] must fit; got";
  expect(call([4, 3], [5, 4])).toThrow(`${text} [5, 7, 4], [5, 4] and [4, 3]. Give all of them the same leading axes.`);
  expect(call([4, 4], [6, 4])).toThrow(`${text} [5, 7, 4], [6, 4] and [4, 4].`);
});
