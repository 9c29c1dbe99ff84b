import { createRng } from "@attnlab/random";
import { expectClose, loadGolden } from "@attnlab/testing";
import { describe, expect, test } from "vitest";
import { gammaVariate } from "./gamma-variate.ts";
import { type InContextTask, inContextRegression, inContextTask } from "./in-context-regression.ts";

const SCALES = [1, 1, 0.5, 0.25, 1];

/** A' B or A B' of row-major matrices. */
function times(a: Float64Array, b: Float64Array, dim: number, { transposeA = false, transposeB = false }): Float64Array {
  return Float64Array.from({ length: dim * dim }, (_, k) => {
    const [r, c] = [Math.floor(k / dim), k % dim];
    let total = 0;
    for (let m = 0; m < dim; m++) {
      total += (a[transposeA ? m * dim + r : r * dim + m] as number) * (b[transposeB ? c * dim + m : m * dim + c] as number);
    }
    return total;
  });
}

const identity = Float64Array.from({ length: 25 }, (_, k) => Number(k % 6 === 0));

describe("the task", () => {
  test("its rotation holds the left singular vectors of a matrix with entries uniform on (-1, 1)", () => {
    const { rotation } = inContextTask({ rng: createRng(7) });
    expectClose(times(rotation, rotation, 5, { transposeA: true }), identity, { purpose: "golden" });
    const entries = createRng(7).split("rotation").fillUniform(new Float64Array(25), { low: -1, high: 1 });
    const rotated = times(rotation, times(times(entries, entries, 5, { transposeB: true }), rotation, 5, {}), 5, { transposeA: true });
    const diagonal = rotated.map((value, k) => (k % 6 === 0 ? value : 0));
    expectClose(rotated, diagonal, { purpose: "golden" });
    expect([0, 6, 12, 18].every((k) => (diagonal[k] as number) > (diagonal[k + 6] as number))).toBe(true);
  });

  test.each([
    ["code", SCALES.map((s) => s * s)],
    ["text", SCALES],
  ] as const)("%s: the covariance of the covariates is U diag U', and the weights have its inverse", (covariance, variances) => {
    const { rotation, inputFactor, weightFactor } = inContextTask({ rng: createRng(3), scales: SCALES, covariance });
    const scaled = rotation.map((u, k) => u * (variances[k % 5] as number));
    const covarianceMatrix = times(scaled, rotation, 5, { transposeB: true });
    expectClose(times(inputFactor, inputFactor, 5, { transposeB: true }), covarianceMatrix, { purpose: "golden" });
    const inverse = times(weightFactor, weightFactor, 5, { transposeB: true });
    expectClose(times(covarianceMatrix, inverse, 5, {}), identity, { purpose: "golden" });
  });

  test("one rotation per seed, another for another", () => {
    const of = (seed: number): Float64Array => inContextTask({ rng: createRng(seed) }).rotation;
    expect(of(1)).toEqual(of(1));
    expect(of(1)).not.toEqual(of(2));
  });
});

/** Second moments of the covariates over all tokens, queries included. */
function secondMoment(task: InContextTask, count: number): Float64Array {
  const { prompts, dim } = inContextRegression(task, { rng: createRng(11), count });
  const total = new Float64Array(dim * dim);
  for (let row = 0; row < prompts.length; row += dim + 1) {
    for (let k = 0; k < dim * dim; k++) {
      total[k] = (total[k] as number) + (prompts[row + Math.floor(k / dim)] as number) * (prompts[row + (k % dim)] as number);
    }
  }
  return total.map((value) => value / (prompts.length / (dim + 1)));
}

describe("the prompts", () => {
  test.each(["gaussian", "sphere", "radial-gamma"] as const)(
    "%s: labels are products with the weights, and the query's label is hidden",
    (inputs) => {
      const task = inContextTask({ rng: createRng(1), inputs, scales: [1, 0.5, 2] });
      const { prompts, targets, weights } = inContextRegression(task, { rng: createRng(2), count: 7, examples: 5 });
      for (let b = 0; b < 7; b++) {
        for (let i = 0; i < 6; i++) {
          const row = prompts.subarray((b * 6 + i) * 4, (b * 6 + i + 1) * 4);
          const label = [0, 1, 2].reduce((total, k) => total + (row[k] as number) * (weights[b * 3 + k] as number), 0);
          expectClose(i < 5 ? (row[3] as number) : (targets[b] as number), label);
          if (i === 5) expect(row[3]).toBe(0);
        }
      }
    },
  );

  test.each(["code", "text"] as const)("%s: moments are those of the task", (covariance) => {
    const task = inContextTask({ rng: createRng(5), covariance });
    const expected = times(task.inputFactor, task.inputFactor, 5, { transposeB: true });
    const options = { relative: 0, absolute: 0.02, reason: "42,000 tokens: a standard error of 0.007" };
    expectClose(secondMoment(task, 2000), expected, options);
    const { targets } = inContextRegression(task, { rng: createRng(12), count: 20_000, examples: 1 });
    const mean = targets.reduce((total, t) => total + t * t, 0) / targets.length;
    expectClose(mean, 5, { relative: 0, absolute: 0.35, reason: "20,000 products of two normal vectors: a standard error of 0.08" });
  });

  test("on the sphere every covariate has length 1", () => {
    const { prompts } = inContextRegression(inContextTask({ rng: createRng(1), inputs: "sphere" }), { rng: createRng(2), count: 3 });
    for (let row = 0; row < prompts.length; row += 6) expectClose(Math.hypot(...prompts.subarray(row, row + 5)), 1);
  });

  test("squared lengths of radial-gamma covariates have mean k sqrt(10 / k)", () => {
    const task = inContextTask({ rng: createRng(1), inputs: "radial-gamma", gammaShape: 2.5 });
    const trace = secondMoment(task, 1000).reduce((total, value, k) => total + (k % 6 === 0 ? value : 0), 0);
    expectClose(trace, 2.5 * Math.sqrt(10 / 2.5), { relative: 0.03, reason: "21,000 draws: a relative standard error of 0.005" });
  });

  test("the generator moves on, and the same generator gives the same prompts", () => {
    const task = inContextTask({ rng: createRng(1) });
    const rng = createRng(4);
    const first = inContextRegression(task, { rng, count: 2 });
    expect(inContextRegression(task, { rng, count: 2 }).targets).not.toEqual(first.targets);
    expect(inContextRegression(task, { rng: createRng(4), count: 2 })).toEqual(first);
  });
});

const golden = loadGolden<{
  readonly levels: readonly number[];
  readonly gamma: readonly { readonly shape: number; readonly quantiles: readonly number[] }[];
}>(new URL("../test/golden/gamma-quantiles.json", import.meta.url));

test.each(golden.gamma)("gamma variates of shape $shape have the quantiles of SciPy", ({ shape, quantiles }) => {
  const rng = createRng(6);
  const draws = Float64Array.from({ length: 20_000 }, () => gammaVariate(rng, shape)).sort();
  golden.levels.forEach((level, i) => {
    const below = draws.findIndex((x) => x > (quantiles[i] as number)) / draws.length;
    expectClose(below, level, { relative: 0, absolute: 0.015, reason: "20,000 draws: a standard error of at most 0.0036" });
  });
});

describe("bad input", () => {
  const rng = createRng(1);
  test.each([
    [{ rng, scales: [1, 0] }, "inContextTask: scales must be a non-empty list of finite numbers > 0; got [1, 0]."],
    [{ rng, covariance: "both" }, 'inContextTask: covariance must be one of "code", "text"; got "both".'],
    [{ rng, inputs: "cube" }, 'inContextTask: inputs must be one of "gaussian", "sphere", "radial-gamma"; got "cube".'],
    [{}, "inContextTask: rng must be a generator made by createRng; got nothing."],
  ])("%# of the task", (options, text) => {
    expect(() => inContextTask(options as never)).toThrow(text);
  });

  test.each([
    [{ rng, count: 0 }, "inContextRegression: count must be a whole number >= 1; got 0."],
    [{ rng, count: 3, examples: 1.5 }, "inContextRegression: examples must be a whole number >= 1; got 1.5."],
    [{ rng, count: 3, n: 3 }, 'inContextRegression: every option must be known; got "n".'],
  ])("%# of the prompts", (options, text) => {
    expect(() => inContextRegression(inContextTask({ rng }), options as never)).toThrow(text);
  });

  test("a task that is none", () => {
    expect(() => inContextRegression({ dim: 5 } as never, { rng, count: 1 })).toThrow(
      "inContextRegression: task must come from inContextTask; got { dim }. Make one with inContextTask({ rng }).",
    );
  });
});
