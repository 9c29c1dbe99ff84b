import { type TensorData, tensorData } from "@attnlab/check";
import { expectClose, loadGolden } from "@attnlab/testing";
import { describe, it } from "vitest";
import {
  abs,
  clip,
  constant,
  cos,
  cumSum,
  div,
  einsum,
  erf,
  gelu,
  grad,
  greater,
  log,
  logSumExp,
  max,
  maximum,
  mean,
  min,
  minimum,
  mul,
  pow,
  powAbs,
  prod,
  reciprocal,
  relu,
  sigmoid,
  sin,
  softplus,
  sqrt,
  square,
  sub,
  sum,
  type Tensor,
  tanh,
  where,
} from "../src/index.ts";
import { interpret, runOnnx } from "./check-operator.ts";

interface Stored {
  readonly dtype: "float64";
  readonly shape: readonly number[];
  readonly data: readonly number[];
}
interface Case {
  readonly name: string;
  readonly inputs: readonly Stored[];
  readonly output: Stored;
  readonly weight: Stored;
  readonly gradients: readonly Stored[];
}

const golden = loadGolden<{ readonly cases: readonly Case[] }>(new URL("golden/torch-elementwise.json", import.meta.url));

const unary: Readonly<Record<string, (x: Tensor) => Tensor>> = {
  abs,
  clip: (x) => clip(x, -1, 2),
  cos,
  cumSum: (x) => cumSum(x, 1),
  erf,
  gelu: (x) => gelu(x),
  "gelu tanh": (x) => gelu(x, { approximation: "tanh" }),
  log,
  logSumExp: (x) => logSumExp(x, 1),
  max: (x) => max(x, 1),
  mean: (x) => mean(x, 1),
  min: (x) => min(x, 0),
  "pow 3": (x) => pow(x, 3),
  "powAbs 1.75": (x) => powAbs(x, 1.75),
  prod: (x) => prod(x, 1),
  "prod without zeros": (x) => prod(x, 1),
  reciprocal,
  relu,
  sigmoid,
  sin,
  softplus,
  sqrt,
  square,
  tanh,
};

const binary: Readonly<Record<string, (a: Tensor, b: Tensor) => Tensor>> = {
  div,
  maximum,
  minimum,
  pow,
  "pow of zero": pow,
  sub,
  where: (a, b) => where(greater(a, b), square(a), b),
};

function operator(name: string, inputs: readonly Tensor[]): Tensor {
  if (name.startsWith("einsum ")) return einsum(name.slice(7), ...inputs);
  const [a, b] = inputs as readonly [Tensor, Tensor];
  const one = unary[name];
  return one === undefined ? (binary[name] as (typeof binary)[string])(a, b) : one(a);
}

const load = ({ dtype, shape, data }: Stored): TensorData => tensorData(dtype, shape, data);

describe("operators against PyTorch", () => {
  it.each(golden.cases)("$name", async ({ name, inputs, output, weight, gradients }) => {
    // Everything at once: the output, and the gradient of its weighted sum with respect to every input.
    const fn = (...args: Tensor[]): readonly Tensor[] => {
      const loss = (moved: readonly Tensor[]): Tensor => {
        const value = operator(name, moved);
        return sum(mul(value, constant(tensorData(value.dtype, weight.shape, weight.data))));
      };
      return [operator(name, args), ...grad(loss)(args)];
    };
    const expected = [output, ...gradients];
    const data = inputs.map(load);
    for (const actual of [interpret(fn, data), await runOnnx(fn, data, "float64")]) {
      expected.forEach((stored, k) => {
        expectClose(actual[k] as Float64Array, stored.data, { purpose: "golden" });
      });
    }
    // Plain ONNX takes other operators than those of ONNX Runtime's own domain.
    for (const contrib of [true, false]) {
      const single = await runOnnx((...args) => operator(name, args), data, "float32", contrib);
      expectClose(single[0] as Float64Array, output.data, { precision: "float32", purpose: "golden" });
    }
  });
});
