import { type TensorData, tensorData, toNumbers } from "@attnlab/check";
import { expectClose, loadGolden } from "@attnlab/testing";
import { describe, expect, it } from "vitest";
import {
  constant,
  gather,
  grad,
  layerNorm,
  logSoftmax,
  mul,
  scatterAdd,
  scatterAddAlongAxis,
  softmax,
  sort,
  sum,
  type Tensor,
  takeAlongAxis,
  topK,
} from "../src/index.ts";
import { interpret, runOnnx } from "./check-operator.ts";

interface Stored {
  readonly dtype: "float64" | "int64";
  readonly shape: readonly number[];
  readonly data: readonly number[];
}
interface Case {
  readonly name: string;
  readonly options: {
    readonly axis: number;
    readonly eps: number;
    readonly k: number;
    readonly largest: boolean;
    readonly descending: boolean;
  };
  readonly inputs: readonly Stored[];
  readonly output: Stored;
  readonly indices?: Stored;
  readonly weight: Stored;
  readonly gradients: readonly Stored[];
}

const golden = loadGolden<{ readonly cases: readonly Case[] }>(new URL("golden/torch-indexing.json", import.meta.url));

const operators: Readonly<Record<string, (options: Case["options"], ...inputs: Tensor[]) => readonly Tensor[]>> = {
  softmax: ({ axis }, x) => [softmax(x as Tensor, axis)],
  logSoftmax: ({ axis }, x) => [logSoftmax(x as Tensor, axis)],
  layerNorm: ({ axis, eps }, x) => [layerNorm(x as Tensor, { axis, eps })],
  topK: ({ k, axis, largest }, x) => pair(topK(x as Tensor, k, { axis, largest })),
  sort: ({ axis, descending }, x) => pair(sort(x as Tensor, { axis, descending })),
  gather: ({ axis }, x, i) => [gather(x as Tensor, i as Tensor, axis)],
  takeAlongAxis: ({ axis }, x, i) => [takeAlongAxis(x as Tensor, i as Tensor, axis)],
  scatterAdd: ({ axis }, x, i, u) => [scatterAdd(x as Tensor, i as Tensor, u as Tensor, axis)],
  scatterAddAlongAxis: ({ axis }, x, i, u) => [scatterAddAlongAxis(x as Tensor, i as Tensor, u as Tensor, axis)],
};

function pair({ values, indices }: { readonly values: Tensor; readonly indices: Tensor }): readonly Tensor[] {
  return [values, indices];
}

const load = ({ dtype, shape, data }: Stored): TensorData => tensorData(dtype, shape, data);

describe("operators against PyTorch", () => {
  it.each(golden.cases)("$name with $options", async ({ name, options, inputs, output, indices, weight, gradients }) => {
    const operator = operators[name] as (typeof operators)[string];
    const floats = inputs.flatMap(({ dtype }, k) => (dtype === "float64" ? [k] : []));
    // Everything at once: the output, its indices, and the gradient of the weighted sum with respect to every float input.
    const fn = (...args: Tensor[]): readonly Tensor[] => {
      const loss = (...moved: Tensor[]): Tensor => {
        const value = operator(options, ...moved)[0] as Tensor;
        return sum(mul(value, constant(tensorData(value.dtype, weight.shape, weight.data))));
      };
      const by = (k: number): Tensor => grad((x: Tensor) => loss(...args.map((arg, i) => (i === k ? x : arg))))(args[k] as Tensor);
      return [...operator(options, ...args), ...floats.map(by)];
    };
    const expected = [output, ...(indices === undefined ? [] : [indices]), ...gradients];
    const data = inputs.map(load);
    for (const actual of [interpret(fn, data), await runOnnx(fn, data, "float64")]) {
      expect(actual).toHaveLength(expected.length);
      expected.forEach((stored, k) => {
        expectClose(actual[k] as Float64Array, toNumbers(load(stored)), { purpose: "golden" });
      });
    }
    const single = await runOnnx(fn, data, "float32");
    expected.forEach((stored, k) => {
      const tolerance = { precision: "float32", purpose: "golden", factor: 10, reason: "inputs are rounded to float32 too" } as const;
      expectClose(single[k] as Float64Array, toNumbers(load(stored)), tolerance);
    });
  });
});
