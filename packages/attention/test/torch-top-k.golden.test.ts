import { type TensorData, tensorData, toNumbers } from "@attnlab/check";
import { constantOf, evaluate, mul, sum, type Tensor, trace, valueGradAndAux } from "@attnlab/graph";
import { expectClose, loadGolden } from "@attnlab/testing";
import { describe, expect, test } from "vitest";
import { type TopKAttendOptions, topKAttend } from "../src/index.ts";
import { attentionGradTopK, type FloatTensor, topKAttention } from "../src/node/index.ts";
import { onnxBackend } from "./onnx-backend.ts";

interface Values {
  readonly shape: readonly number[];
  readonly values: readonly number[];
}

type Result = "output" | "queryGradient" | "keyGradient" | "valueGradient";

interface Case {
  readonly name: string;
  readonly inputs: { readonly query: Values; readonly key: Values; readonly value: Values };
  readonly options: { readonly k: number; readonly scale?: number; readonly causal?: boolean; readonly mask?: Values };
  readonly results: Readonly<Record<Result, Values>>;
}

const golden = loadGolden<{ readonly cases: readonly Case[] }>(new URL("golden/torch-top-k-attention.json", import.meta.url));

type Tensors = { readonly query: Tensor; readonly key: Tensor; readonly value: Tensor };

/** The loss whose gradients the script took. */
function lossOf(output: Tensor): Tensor {
  return sum(mul(output, constantOf(output.dtype, output.shape, sines(output.shape))));
}

const sines = (shape: readonly number[]): Float64Array =>
  Float64Array.from({ length: shape.reduce((a, b) => a * b, 1) }, (_, i) => Math.sin(i + 1));

const f64 = ({ shape, values }: Values): TensorData => tensorData("float64", shape, values);
const f32 = ({ shape, values }: Values): FloatTensor => tensorData("float32", shape, values);

describe("topKAttend equals PyTorch, and so do its gradients", () => {
  test.each(golden.cases)("$name", async ({ inputs, options: { mask, ...options }, results }) => {
    const args = { query: f64(inputs.query), key: f64(inputs.key), value: f64(inputs.value) };
    const visible = tensorData("bool", mask?.shape ?? [1], mask?.values ?? [1]);
    const program = trace(
      (tensors: Tensors, m: Tensor) =>
        valueGradAndAux((x: Tensors) => {
          const all: TopKAttendOptions = mask === undefined ? options : { ...options, mask: m };
          const output = topKAttend(x.query, x.key, x.value, all);
          return { loss: lossOf(output), aux: output };
        })(tensors),
      [args, visible] as const,
    );
    const { aux, grads } = evaluate(program, [args, visible]);
    expect(aux.shape).toEqual(results.output.shape);
    const feeds = program.inputs.map(({ name }) => args[name.split(".")[1] as keyof typeof args] ?? visible);
    const compiled = await onnxBackend.run(program as never, feeds);
    const names = program.outputs.map(({ name }) => name);
    const at = (part: string): TensorData => compiled[names.findIndex((name) => name.endsWith(part))] as TensorData;
    for (const all of [
      [aux, grads.query, grads.key, grads.value],
      [at("aux"), at("query"), at("key"), at("value")],
    ]) {
      (["output", "queryGradient", "keyGradient", "valueGradient"] as const).forEach((name, k) => {
        expectClose(toNumbers(all[k] as TensorData), results[name].values, { purpose: "golden" });
      });
    }
  });

  test.each(golden.cases.filter(({ inputs, options }) => inputs.query.shape.length === 4 && options.mask === undefined))(
    "topKAttention and attentionGradTopK on typed arrays agree: $name",
    async ({ inputs, options, results }) => {
      const input = { query: f32(inputs.query), key: f32(inputs.key), value: f32(inputs.value) };
      const single = { precision: "float32", purpose: "golden", factor: 10, reason: "inputs are rounded to float32 too" } as const;
      const { output } = await topKAttention(input, options);
      expectClose(toNumbers(output), results.output.values, single);
      const outputGradient = tensorData("float32", results.output.shape, sines(results.output.shape));
      const gradient = await attentionGradTopK({ ...input, outputGradient }, options);
      for (const name of ["query", "key", "value"] as const) {
        expectClose(toNumbers(gradient[name]), results[`${name}Gradient`].values, single);
      }
    },
  );
});
