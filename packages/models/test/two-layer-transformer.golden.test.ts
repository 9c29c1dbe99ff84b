import { type TensorData, tensorData, toNumbers } from "@attnlab/check";
import { evaluate, mean, mul, neg, softplus, trace, valueGradAndAux } from "@attnlab/graph";
import { expectClose, loadGolden } from "@attnlab/testing";
import { describe, expect, test } from "vitest";
import {
  type TwoLayerTransformerParams,
  twoLayerTransformer,
  twoLayerTransformerAttention,
  twoLayerTransformerLogits,
  twoLayerTransformerPass,
} from "../src/index.ts";
import { runOnnx } from "./run-onnx.ts";

interface Values {
  readonly shape: readonly number[];
  readonly values: readonly number[];
}

type Name = "patches" | "labels" | "query" | "key" | "value" | "outputs" | "attention" | "queryGradient" | "keyGradient" | "valueGradient";
type Case = Readonly<Record<Name, Values>> & { readonly name: string };

const golden = loadGolden<{ readonly cases: readonly Case[] }>(new URL("golden/two-layer-transformer.json", import.meta.url));
const f64 = ({ shape, values }: Values): TensorData => tensorData("float64", shape, values);

function program(one: Case, softmaxGradient: "stable" | "standard") {
  const args = [
    { query: f64(one.query), key: f64(one.key), value: f64(one.value) },
    { patches: f64(one.patches) },
    f64(one.labels),
  ] as const;
  const traced = trace((params, inputs, labels) => {
    const step = valueGradAndAux((own: TwoLayerTransformerParams) => {
      const outputs = twoLayerTransformer(own, inputs, { softmaxGradient });
      return { loss: mean(softplus(neg(mul(outputs, labels)))), aux: outputs };
    })(params);
    return {
      ...step,
      attention: twoLayerTransformerAttention(params, inputs),
      logits: twoLayerTransformerLogits(params, inputs),
      pass: twoLayerTransformerPass(params, inputs),
    };
  }, args);
  return { traced, args };
}

describe("the two-layer transformer equals the closed form", () => {
  test.each(golden.cases)("$name", async (one) => {
    const { traced, args } = program(one, "stable");
    const { aux, attention, grads, logits, pass } = evaluate(traced, args);
    const golden64 = { purpose: "golden" } as const;
    expectClose(toNumbers(aux), one.outputs.values, golden64);
    expectClose(toNumbers(pass.output), one.outputs.values, golden64);
    expectClose(toNumbers(attention), one.attention.values, golden64);
    expect(attention.shape).toEqual(one.attention.shape);
    for (const name of ["query", "key", "value"] as const) expectClose(toNumbers(grads[name]), one[`${name}Gradient`].values, golden64);
    const pairs = toNumbers(logits);
    expectClose(
      one.outputs.values.map((_, i) => (pairs[2 * i] as number) - (pairs[2 * i + 1] as number)),
      one.outputs.values,
      golden64,
    );
    const results = await runOnnx(traced, args);
    const onnx = new Map(traced.outputs.map(({ name }, i) => [name, toNumbers(results[i] as TensorData)]));
    for (const name of ["query", "key", "value"] as const)
      expectClose(onnx.get(`grads.${name}`) as Float64Array, one[`${name}Gradient`].values, golden64);
  });

  test("signs of saturated gradients are right with the product form and wrong with the textbook form", () => {
    const one = golden.cases[3] as Case;
    const wrong = (form: "stable" | "standard"): number => {
      const { traced, args } = program(one, form);
      const gradient = toNumbers(evaluate(traced, args).grads.query);
      return one.queryGradient.values.filter((g, i) => Math.sign(g) !== Math.sign(gradient[i] as number)).length;
    };
    expect(wrong("stable")).toBe(0);
    const { traced, args } = program(one, "stable");
    const small = { relative: 1e-9, absolute: 0, reason: "only the relative error matters here; scores near 100 carry an error of 1e-14" };
    expectClose(toNumbers(evaluate(traced, args).grads.query), one.queryGradient.values, small);
    expect(wrong("standard")).toBeGreaterThan(0);
  });
});
