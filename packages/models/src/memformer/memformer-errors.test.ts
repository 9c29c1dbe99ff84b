import { tensorData } from "@attnlab/check";
import { type Tensor, trace } from "@attnlab/graph";
import { createRng } from "@attnlab/random";
import { describe, expect, test } from "vitest";
import { cgdMemformer, initCgdMemformer } from "./cgd-memformer.ts";
import { cgdAsLfom, conjugateGradientMemformer } from "./conjugate-gradient-weights.ts";
import { firstOrderMemformer, heavyBallMemformer, nesterovMemformer } from "./first-order-weights.ts";
import { initLfomMemformer, lfomMemformer } from "./lfom-memformer.ts";
import { initLinearTransformer, linearTransformer } from "./linear-transformer.ts";
import { initSmallBatchMemformer, smallBatchMemformer } from "./small-batch-memformer.ts";

const f64 = (...shape: readonly number[]) => ({ dtype: "float64", shape }) as const;
const PROMPTS = f64(3, 8, 5);
const MATRIX = { preconditioner: f64(4, 4) };

/** Traces a model on specifications. */
function call(model: (params: never, inputs: { readonly prompts: Tensor }) => Tensor, params: unknown, prompts: unknown = PROMPTS) {
  const traced = (own: unknown, z: Tensor): Tensor => model(own as never, { prompts: z });
  return () => trace(traced as (...args: readonly unknown[]) => unknown, [params, prompts]);
}

describe("sizes that do not fit", () => {
  test.each([
    [f64(8, 5), "float64 [8, 5]"],
    [f64(3, 1, 5), "float64 [3, 1, 5]"],
    [{ dtype: "int32", shape: [3, 8, 5] }, "int32 [3, 8, 5]"],
  ])("prompts %#", (prompts, got) => {
    expect(call(linearTransformer, { layers: [MATRIX] }, prompts)).toThrow(
      "linearTransformer: prompts must be floats [...runs, batch, examples + 1, dim + 1] with at least one example and one covariate; " +
        `got ${got}. Pass the prompts of inContextRegression of @attnlab/datasets.`,
    );
  });

  test("a matrix of another size, and heads that differ", () => {
    const text = "must have shape [], [4, 4], [heads] or [heads, 4, 4], with as many heads everywhere; got";
    const fix = "Make the parameters for the size of the prompts.";
    expect(call(linearTransformer, { layers: [MATRIX, { preconditioner: f64(4, 5) }] })).toThrow(
      `linearTransformer: layers.1.preconditioner ${text} [4, 5]. ${fix}`,
    );
    expect(call(linearTransformer, { layers: [{ preconditioner: f64(2, 4, 4), covariate: f64(3, 4, 4) }] })).toThrow(
      `linearTransformer: layers.0.covariate ${text} [3, 4, 4]. ${fix}`,
    );
    expect(call(linearTransformer, { layers: [MATRIX] }, f64(2, 3, 8, 5))).toThrow(
      "layers.0.preconditioner must have shape [], [4, 4], [heads] or [heads, 4, 4] after the axes [2] of the runs",
    );
  });

  test("no layers", () => {
    expect(call(linearTransformer, { layers: [] })).toThrow(
      "linearTransformer: the model must have at least one layer; got none. Make the parameters with numLayers >= 1.",
    );
  });

  test("coefficients", () => {
    const params = { layers: [MATRIX, MATRIX], stepSizes: f64(2), momenta: f64(3), gradientGates: f64(2) };
    const text = "momenta must have shape [2], or [3, 2] for one per prompt; got [3]. Make the parameters for as many layers and prompts.";
    expect(call(cgdMemformer, params)).toThrow(`cgdMemformer: ${text}`);
    expect(call(smallBatchMemformer, params)).toThrow(`smallBatchMemformer: ${text}`);
    expect(call(cgdMemformer, { ...params, momenta: f64(4, 2) })).toThrow("got [4, 2].");
  });

  test("gates", () => {
    const layers = [MATRIX, MATRIX];
    const fix = "Make the parameters with the same variant and gate, and for the size of the prompts.";
    expect(call(lfomMemformer, { layers, gates: f64(2, 7, 5) })).toThrow(
      `lfomMemformer: gates must have shape [2, 8, 5]; got [2, 7, 5]. ${fix}`,
    );
    const general = (params: never, inputs: { readonly prompts: Tensor }): Tensor =>
      lfomMemformer(params, inputs, { variant: "general", gate: "scalar" });
    expect(call(general, { layers, gates: f64(2) })).toThrow(
      `lfomMemformer: gates.0 must have shape [1], in a list of 2; got one tensor. ${fix}`,
    );
    expect(call(general, { layers, gates: [f64(1), f64(1)] })).toThrow(
      `lfomMemformer: gates.1 must have shape [2], in a list of 2; got [1]. ${fix}`,
    );
    expect(call(general, { layers, gates: [f64(1)] })).toThrow("got a list of 1.");
  });
});

describe("options", () => {
  test("unknown and bad ones", () => {
    const run = (config: object) => call((params, inputs) => linearTransformer(params, inputs, config), { layers: [MATRIX] });
    expect(run({ transpose: true })).toThrow(
      'linearTransformer: every option must be known; got "transpose". Known options: transposeScore, output.',
    );
    expect(run({ output: "weights" })).toThrow('linearTransformer: output must be one of "prediction", "tokens"; got "weights".');
    const lfom = call((params, inputs) => lfomMemformer(params, inputs, { gate: "token" } as never), { layers: [MATRIX], gates: f64(1) });
    expect(lfom).toThrow('lfomMemformer: gate must be one of "full", "scalar", "prompt", "head"; got "token".');
  });

  test("initial parameters", () => {
    const rng = createRng(1);
    expect(() => initLinearTransformer(rng, { dim: 0, numLayers: 1 })).toThrow(
      "initLinearTransformer: dim must be a whole number >= 1; got 0.",
    );
    expect(() => initLinearTransformer(rng, { dim: 3, numLayers: 1, weights: "diagonal" } as never)).toThrow(
      'initLinearTransformer: weights must be one of "scalar", "full", "gd++"; got "diagonal".',
    );
    expect(() => initLfomMemformer(rng, { dim: 3, numLayers: 1 })).toThrow(
      'initLfomMemformer: examples must be given for full gates; got undefined. Pass the number of labelled examples of a prompt, or gate: "scalar".',
    );
    expect(() => initLfomMemformer(rng, { dim: 3, numLayers: 1, variant: "V-A" } as never)).toThrow(
      'initLfomMemformer: variant must be one of "general", "shared", "residual"; got "V-A".',
    );
    expect(() => initLfomMemformer(rng, { dim: 3, numLayers: 1, examples: 4, depth: 2 } as never)).toThrow(
      'initLfomMemformer: every option must be known; got "depth".',
    );
  });

  test("every first draw names itself", () => {
    const rng = createRng(1);
    const bad = { dim: 3, numLayers: 1, depth: 2 } as never;
    expect(() => initLinearTransformer(rng, bad)).toThrow('initLinearTransformer: every option must be known; got "depth".');
    expect(() => initCgdMemformer(rng, bad)).toThrow('initCgdMemformer: every option must be known; got "depth".');
    expect(() => initSmallBatchMemformer(rng, bad)).toThrow('initSmallBatchMemformer: every option must be known; got "depth".');
    expect(() => initLfomMemformer(rng, { dim: 3, numLayers: 1, examples: 0 })).toThrow("initLfomMemformer: examples must be");
  });

  test("constructions", () => {
    expect(() => heavyBallMemformer({ dim: 3, numLayers: 2, learningRate: 0 })).toThrow(
      "heavyBallMemformer: learningRate must be a finite number > 0; got 0.",
    );
    expect(() => nesterovMemformer({ dim: 3, numLayers: 2, learningRate: 1, momentum: -1 })).toThrow(
      "nesterovMemformer: momentum must be a finite number >= 0; got -1.",
    );
    expect(() => firstOrderMemformer({ dim: 3, coefficients: [[1, 2]] })).toThrow(
      "firstOrderMemformer: coefficients must be a list of rows, row k with k + 1 entries; got [[1, 2]].",
    );
    expect(() => firstOrderMemformer({ dim: 3, coefficients: [[1], [[1, 2, 3], 1]] })).toThrow(
      "firstOrderMemformer: coefficients must be numbers in all places, or diagonals of 3 numbers in all places; got both.",
    );
    expect(() => firstOrderMemformer({ dim: 3, coefficients: [[[1, 2]]] })).toThrow("got another mixture.");
    expect(() => conjugateGradientMemformer(tensorData("float64", [2, 3], new Float64Array(6)), { numLayers: 1 })).toThrow(
      "conjugateGradientMemformer: prompts must be [batch, examples + 1, dim + 1]; got [2, 3]. Pass one run's prompts.",
    );
    const table = tensorData("float64", [1, 1, 1], [1]);
    expect(() => cgdAsLfom({ layers: [{ preconditioner: tensorData("float64", [], [1]) }], stepSizes: table, momenta: table })).toThrow(
      "cgdAsLfom: stepSizes must be [layers] or [batch, layers]; got [1, 1, 1]. Convert one run at a time.",
    );
  });
});
