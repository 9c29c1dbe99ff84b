import { type TensorData, tensorData } from "@attnlab/check";
import type { Tensor } from "@attnlab/graph";
import { loadGolden } from "@attnlab/testing";
import {
  type CgdMemformerParams,
  cgdMemformer,
  type LfomMemformerParams,
  type LfomVariant,
  type LinearTransformerParams,
  lfomMemformer,
  linearTransformer,
  type MemformerConfig,
  type SmallBatchMemformerParams,
  smallBatchMemformer,
} from "../src/index.ts";

/** Numbers of one tensor in a golden file. */
export interface Values {
  readonly shape: readonly number[];
  readonly values: readonly number[];
}

/** One model of the golden file. */
export interface MemformerCase {
  readonly name: string;
  readonly model: string;
  readonly transposeScore: boolean;
  readonly params: Readonly<Record<string, Values>>;
  readonly tokens: Values;
  readonly prediction: Values;
  readonly gradients: Readonly<Record<string, Values>>;
}

/** The golden file: models by autograd, and classical methods. */
export const GOLDEN = loadGolden<{
  readonly prompts: Values;
  readonly targets: Values;
  readonly cases: readonly MemformerCase[];
  readonly methods: {
    readonly steps: number;
    readonly learningRate: number;
    readonly momentum: number;
    readonly numbers: readonly (readonly number[])[];
    readonly diagonals: readonly (readonly (readonly number[])[])[];
  };
  readonly iterates: Readonly<Record<"conjugateGradient" | "heavyBall" | "nesterov" | "numbers" | "diagonals", Values>>;
}>(new URL("golden/memformers.json", import.meta.url));

/** A tensor of the golden file. */
export function data({ shape, values }: Values, dtype: "float64" | "float32" = "float64"): TensorData {
  return tensorData(dtype, shape, values);
}

/** Parameters from paths such as `layers.0.preconditioner`. */
export function paramsOf(one: MemformerCase, dtype: "float64" | "float32" = "float64"): unknown {
  const root: Record<string, unknown> = {};
  for (const [path, values] of Object.entries(one.params)) {
    const keys = path.split(".");
    let branch: Record<string, unknown> = root;
    keys.forEach((key, i) => {
      if (i === keys.length - 1) branch[key] = data(values, dtype);
      else {
        branch[key] ??= /^\d+$/.test(keys[i + 1] as string) ? [] : {};
        branch = branch[key] as Record<string, unknown>;
      }
    });
  }
  return root;
}

/** Runs the model of a case. */
export function runCase(
  { model, transposeScore }: MemformerCase,
  params: unknown,
  prompts: Tensor,
  output: MemformerConfig["output"] & string,
): Tensor {
  const config = { transposeScore, output };
  const inputs = { prompts };
  const [name, variant] = model.split(" ");
  switch (name) {
    case "linearTransformer":
      return linearTransformer(params as LinearTransformerParams, inputs, config);
    case "cgdMemformer":
      return cgdMemformer(params as CgdMemformerParams, inputs, config);
    case "smallBatchMemformer":
      return smallBatchMemformer(params as SmallBatchMemformerParams, inputs, config);
    default:
      return lfomMemformer(params as LfomMemformerParams, inputs, { ...config, variant: variant as LfomVariant });
  }
}
