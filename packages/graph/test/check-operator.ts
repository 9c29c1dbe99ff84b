import { type Dtype, sizeOf, type TensorData, tensorData, toNumbers } from "@attnlab/check";
import { encodeModel } from "@attnlab/onnx";
import { createSession } from "@attnlab/runtime/node";
import { checkDirectionalGradient, checkGradient, expectClose, spread } from "@attnlab/testing";
import {
  add,
  constantOf,
  evaluate,
  flatten,
  grad,
  lower,
  mul,
  type Program,
  sum,
  type Tensor,
  type TensorSpec,
  trace,
} from "../src/index.ts";

/** An operator under test: a traced function of the given inputs. */
export interface OperatorCase {
  readonly fn: (...args: Tensor[]) => Tensor | readonly Tensor[];
  readonly inputs: readonly TensorData[];
  /** Float inputs to differentiate by. Default: every float64 input; `[]` for operators without a gradient. */
  readonly wrt?: readonly number[];
  /** Differentiate twice. Default `true`. */
  readonly secondOrder?: boolean;
  /** Run the ONNX form too. Default `true`. */
  readonly onnx?: boolean;
  /** Why and how much wider than the table the tolerance is, for long reductions or steep functions. */
  readonly tolerance?: { readonly factor: number; readonly reason: string };
}

/** Deterministic float64 data in (-scale, scale). */
export function data64(shape: readonly number[], offset = 0, scale = 1): TensorData {
  return tensorData(
    "float64",
    shape,
    spread(sizeOf(shape), offset).map((v) => v * scale),
  );
}

function traceAll(fn: OperatorCase["fn"], inputs: readonly TensorData[]): Program<Tensor | readonly Tensor[]> {
  return trace((args: readonly Tensor[]) => fn(...args), [inputs.map(({ dtype, shape }): TensorSpec => ({ dtype, shape }))]);
}

/** Runs a traced function in the float64 interpreter. */
export function interpret(fn: OperatorCase["fn"], inputs: readonly TensorData[]): readonly Float64Array[] {
  const program = traceAll(fn, inputs);
  return flatten<TensorData>(evaluate(program, inputs)).map(({ leaf }) => toNumbers(leaf));
}

/** Runs a traced function in ONNX Runtime, with floats in the given dtype. */
export async function runOnnx(
  fn: OperatorCase["fn"],
  inputs: readonly TensorData[],
  dtype: Dtype,
  contrib = true,
): Promise<readonly Float64Array[]> {
  const feeds = inputs.map((input) => (input.dtype === "float64" ? tensorData(dtype, input.shape, input.data) : input));
  const program = traceAll(fn, feeds);
  await using session = await createSession(encodeModel(lower(program, { contrib })));
  const named = Object.fromEntries(program.inputs.map(({ name }, i) => [name, feeds[i] as TensorData]));
  const needed = Object.fromEntries(session.inputs.map(({ name }) => [name, named[name] as TensorData]));
  const results = await session.run(needed);
  return program.outputs.map(({ name }) => toNumbers(results[name] as TensorData));
}

/** The whole contract of an operator: interpreter = ONNX in both precisions, gradient and second gradient = differences. */
export async function checkOperator({ fn, inputs, wrt, secondOrder = true, onnx = true, tolerance }: OperatorCase): Promise<void> {
  if (onnx) {
    const expected = interpret(fn, inputs);
    for (const dtype of ["float64", "float32"] as const) {
      // The reference sees the same float32-rounded inputs, so only the arithmetic differs.
      const rounded = dtype === "float64" ? inputs : inputs.map(roundToFloat32);
      const reference = dtype === "float64" ? expected : interpret(fn, rounded);
      const actual = await runOnnx(fn, inputs, dtype);
      reference.forEach((values, k) => {
        expectClose(actual[k] as Float64Array, values, { precision: dtype, ...tolerance });
      });
    }
  }
  const indices = wrt ?? inputs.flatMap((input, i) => (input.dtype === "float64" ? [i] : []));
  for (const index of indices) {
    const scalar = weightedSum(fn);
    checkOneGradient(scalar, inputs, index);
    if (!secondOrder) continue;
    const gradientNorm = (...args: Tensor[]): Tensor => weighted(gradientBy(scalar, args, index), 0.37);
    checkOneGradient(gradientNorm, inputs, index);
    if (onnx) {
      const both = (...args: Tensor[]): readonly Tensor[] => [gradientBy(scalar, args, index), gradientBy(gradientNorm, args, index)];
      const reference = interpret(both, inputs);
      const actual = await runOnnx(both, inputs, "float64");
      reference.forEach((values, k) => {
        expectClose(actual[k] as Float64Array, values, { factor: 100, reason: "two derivatives add rounding", ...tolerance });
      });
    }
  }
}

function roundToFloat32(input: TensorData): TensorData {
  return input.dtype === "float64" ? tensorData("float64", input.shape, Float64Array.from(input.data, Math.fround)) : input;
}

/** A scalar that depends on every float output with different weights. */
function weightedSum(fn: OperatorCase["fn"]): (...args: Tensor[]) => Tensor {
  return (...args) => {
    const result = fn(...args);
    const outputs = ("dtype" in result ? [result] : result).filter(({ dtype }) => dtype === "float64");
    return outputs.map((output, k) => weighted(output, k)).reduce((a, b) => add(a, b));
  };
}

function weighted(x: Tensor, offset: number): Tensor {
  const weights = spread(sizeOf(x.shape), 13 * offset + 5);
  return sum(mul(x, constantOf("float64", x.shape, weights)));
}

function gradientBy(scalar: (...args: Tensor[]) => Tensor, args: readonly Tensor[], index: number): Tensor {
  return grad((x: Tensor) => scalar(...args.map((arg, i) => (i === index ? x : arg))))(args[index] as Tensor);
}

function checkOneGradient(scalar: (...args: Tensor[]) => Tensor, inputs: readonly TensorData[], index: number): void {
  const at = inputs[index] as TensorData;
  const withInput = (x: Float64Array): readonly TensorData[] =>
    inputs.map((input, i) => (i === index ? tensorData("float64", at.shape, x) : input));
  const value = (x: Float64Array): number => (interpret(scalar, withInput(x))[0] as Float64Array)[0] as number;
  const gradient = (x: Float64Array): Float64Array =>
    interpret((...args) => gradientBy(scalar, args, index), withInput(x))[0] as Float64Array;
  const x = Float64Array.from(at.data as Float64Array);
  if (x.length <= 40) checkGradient(value, gradient, x);
  else checkDirectionalGradient(value, gradient, x, spread(x.length, 101));
}
