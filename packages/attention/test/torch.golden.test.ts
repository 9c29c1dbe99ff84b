import { type TensorData, tensorData, toNumbers } from "@attnlab/check";
import { constantOf, evaluate, mul, sum, type Tensor, trace, valueGradAndAux } from "@attnlab/graph";
import { expectClose, loadGolden } from "@attnlab/testing";
import { describe, expect, test } from "vitest";
import { attend, type MultiHeadAttentionParams, multiHeadAttention } from "../src/index.ts";

interface Values {
  readonly shape: readonly number[];
  readonly values: readonly number[];
}

interface Case {
  readonly name: string;
  readonly inputs: { readonly query: Values; readonly key: Values; readonly value: Values };
  readonly options: { readonly scale?: number; readonly causal?: boolean; readonly mask?: Values };
  readonly results: Readonly<Record<"output" | "queryGradient" | "keyGradient" | "valueGradient", Values>>;
}

const golden = loadGolden<{
  readonly cases: readonly Case[];
  readonly multiHead: {
    readonly heads: number;
    readonly visible: readonly number[];
    readonly inputs: Readonly<Record<"x" | "inWeight" | "inBias" | "outWeight" | "outBias", Values>>;
    readonly results: Readonly<Record<"output" | "xGradient" | "inWeightGradient" | "outWeightGradient" | "outBiasGradient", Values>>;
  };
}>(new URL("golden/torch-attention.json", import.meta.url));

const f64 = ({ shape, values }: Values): TensorData => tensorData("float64", shape, values);

/** The loss whose gradients the script took. */
function sineWeighted(x: Tensor): Tensor {
  const size = x.shape.reduce((a, b) => a * b, 1);
  return sum(
    mul(
      x,
      constantOf(
        "float64",
        x.shape,
        Array.from({ length: size }, (_, i) => Math.sin(i + 1)),
      ),
    ),
  );
}

describe("attend equals PyTorch, and so do its gradients", () => {
  test.each(golden.cases)("$name", ({ inputs, options, results }) => {
    const { mask, ...rest } = options;
    const args = { query: f64(inputs.query), key: f64(inputs.key), value: f64(inputs.value) };
    const visible = tensorData("bool", mask?.shape ?? [1], mask?.values ?? [1]);
    for (const softmaxGradient of ["standard", "stable"] as const) {
      const program = trace(
        ({ query, key, value }, m) =>
          valueGradAndAux((x: { readonly query: Tensor; readonly key: Tensor; readonly value: Tensor }) => {
            const output = attend(x.query, x.key, x.value, { ...rest, softmaxGradient, ...(mask === undefined ? {} : { mask: m }) });
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
    }
  });
});

/** Rows `from` to `from + rows` of PyTorch's `[outputs, inputs]`, as our `[inputs, outputs]`. */
function transposed({ shape, values }: Values, from: number, rows: number): TensorData {
  const columns = shape[1] as number;
  return tensorData(
    "float64",
    [columns, rows],
    Float64Array.from({ length: rows * columns }, (_, i) => values[(from + (i % rows)) * columns + Math.floor(i / rows)] as number),
  );
}

test("multiHeadAttention equals torch.nn.MultiheadAttention with padding, and so do its gradients", () => {
  const { heads, inputs, results, visible } = golden.multiHead;
  const part = (k: number) => ({
    weight: transposed(inputs.inWeight, 12 * k, 12),
    bias: tensorData("float64", [12], inputs.inBias.values.slice(12 * k, 12 * k + 12)),
  });
  const output = { weight: transposed(inputs.outWeight, 0, 12), bias: f64(inputs.outBias) };
  const args = { x: f64(inputs.x), params: { query: part(0), key: part(1), value: part(2), output } };
  const mask = tensorData("bool", [2, 1, 1, 5], visible);
  const program = trace(
    (all, m) =>
      valueGradAndAux(({ x, params }: { readonly x: Tensor; readonly params: MultiHeadAttentionParams }) => {
        const result = multiHeadAttention(params, x, { numHeads: heads, mask: m });
        return { loss: sineWeighted(result), aux: result };
      })(all),
    [args, mask] as const,
  );
  const { aux, grads } = evaluate(program, [args, mask]) as {
    readonly aux: TensorData;
    readonly grads: { readonly x: TensorData; readonly params: MultiHeadAttentionParams<TensorData> };
  };
  expectClose(toNumbers(aux), results.output.values, { purpose: "golden" });
  expectClose(toNumbers(grads.x), results.xGradient.values, { purpose: "golden" });
  const { query, key, value, output: out } = grads.params;
  [query, key, value].forEach(({ weight }, k) => {
    expectClose(toNumbers(weight), toNumbers(transposed(results.inWeightGradient, 12 * k, 12)), { purpose: "golden" });
  });
  expectClose(toNumbers(out.weight), toNumbers(transposed(results.outWeightGradient, 0, 12)), { purpose: "golden" });
  expectClose(toNumbers(out.bias as TensorData), results.outBiasGradient.values, { purpose: "golden" });
});
