import { type TensorData, tensorData, toNumbers } from "@attnlab/check";
import { constantOf, evaluate, expandDims, mul, sum, type Tensor, trace, valueGradAndAux } from "@attnlab/graph";
import { expectClose, loadGolden } from "@attnlab/testing";
import { describe, expect, test } from "vitest";
import { type ExpressiveAttentionOptions, expressiveAttention, expressiveAttentionWeights, resolveAttention } from "../src/index.ts";
import { onnxBackend } from "./onnx-backend.ts";

interface Values {
  readonly shape: readonly number[];
  readonly values: readonly number[];
}

interface Case {
  readonly name: string;
  readonly inputs: { readonly query: Values; readonly key: Values; readonly value: Values };
  readonly options: Omit<ExpressiveAttentionOptions, "mask"> & { readonly mask?: Values };
  readonly results: Readonly<Record<"output" | "queryGradient" | "keyGradient" | "valueGradient", Values>>;
}

const golden = loadGolden<{ readonly cases: readonly Case[] }>(new URL("golden/torch-expressive-attention.json", import.meta.url));

const f64 = ({ shape, values }: Values): TensorData => tensorData("float64", shape, values);

/** The loss whose gradients the script took. */
function sineWeighted(x: Tensor): Tensor {
  const size = x.shape.reduce((a, b) => a * b, 1);
  const weights = Array.from({ length: size }, (_, i) => Math.sin(i + 1));
  return sum(mul(x, constantOf("float64", x.shape, weights)));
}

describe("expressiveAttention equals PyTorch, and so do its gradients", () => {
  test.each(golden.cases)("$name", async ({ inputs, options, results }) => {
    const { mask, ...rest } = options;
    const args = { query: f64(inputs.query), key: f64(inputs.key), value: f64(inputs.value) };
    const visible = tensorData("bool", mask?.shape ?? [1], mask?.values ?? [1]);
    const program = trace(
      ({ query, key, value }, m) =>
        valueGradAndAux((x: { readonly query: Tensor; readonly key: Tensor; readonly value: Tensor }) => {
          const output = expressiveAttention(x.query, x.key, x.value, { ...rest, ...(mask === undefined ? {} : { mask: m }) });
          return { loss: sineWeighted(output), aux: output };
        })({ query, key, value }),
      [args, visible] as const,
    );
    const { aux, grads } = evaluate(program, [args, visible]);
    expect(aux.shape).toEqual(results.output.shape);
    expectClose(toNumbers(aux), results.output.values, { purpose: "golden" });
    expectClose(toNumbers(grads.query), results.queryGradient.values, { purpose: "golden" });
    expectClose(toNumbers(grads.key), results.keyGradient.values, { purpose: "golden" });
    expectClose(toNumbers(grads.value), results.valueGradient.values, { purpose: "golden" });
    const feeds = program.inputs.map(({ name }) => args[name.split(".")[1] as keyof typeof args] ?? visible);
    const compiled = await onnxBackend.run(program as never, feeds);
    const names = program.outputs.map(({ name }) => name);
    const at = (part: string): Float64Array => toNumbers(compiled[names.findIndex((name) => name.endsWith(part))] as TensorData);
    expectClose(at("query"), results.queryGradient.values, { purpose: "golden" });
    expectClose(at("key"), results.keyGradient.values, { purpose: "golden" });
    expectClose(at("value"), results.valueGradient.values, { purpose: "golden" });
  });

  test.each(golden.cases.slice(0, 6))("weights of $name, by name and from a function of one's own", ({ inputs, options, results }) => {
    const { mask, ...rest } = options;
    const args = [
      f64(inputs.query),
      f64(inputs.key),
      f64(inputs.value),
      tensorData("bool", mask?.shape ?? [1], mask?.values ?? [1]),
    ] as const;
    const own = resolveAttention((q, k, v, o) => expressiveAttention(q, k, v, o)).weights;
    for (const weights of [expressiveAttentionWeights, own]) {
      const program = trace((q, k, v, m) => {
        const alpha = weights(q, k, { ...rest, ...(mask === undefined ? {} : { mask: m }) });
        // α V, one column of V after the other.
        return sum(mul(expand(alpha, -1), expand(v, -3)), -2);
      }, args);
      expectClose(toNumbers(evaluate(program, args)), results.output.values, { purpose: "golden" });
    }
  });
});

function expand(x: Tensor, axis: number): Tensor {
  return axis === -1 ? expandDims(x, x.shape.length) : expandDims(x, x.shape.length - 2);
}
