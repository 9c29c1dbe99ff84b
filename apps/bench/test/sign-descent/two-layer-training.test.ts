import { toNumbers } from "@attnlab/check";
import { createRng } from "@attnlab/random";
import { expectClose } from "@attnlab/testing";
import { describe, expect, test } from "vitest";
import { type Configuration, testSet, twoLayerProblem } from "../../experiments/sign-descent/configuration.ts";
import { METHODS, methodLabel, optimizerOf } from "../../experiments/sign-descent/methods.ts";
import { closedFormQueryGradient, wrongSigns } from "../../experiments/sign-descent/saturated-signs.ts";
import { openScorer, scoreMargins } from "../../experiments/sign-descent/score-two-layer.ts";
import { trainTwoLayer } from "../../experiments/sign-descent/train-two-layer.ts";

const SMALL: Configuration = { samples: 5, dim: 61, sparsity: 7, noiseScale: 2, keyDim: 3, neurons: 2, std: 2e-3, supports: "random" };
const common = { steps: 20, stepsPerRun: 10, threads: 1, signal: new AbortController().signal };

describe("training of the two-layer transformer", () => {
  test("measures the state before each step, in every run alike", async () => {
    const problem = twoLayerProblem(SMALL, 1);
    const optimizer = optimizerOf("sign", 1e-3);
    const steps: number[] = [];
    const { history, step } = await trainTwoLayer({ ...common, problem, optimizer, everyNeuron: true }, (state) => {
      steps.push(state.step);
      expect(state.trackers.queryNoise?.shape).toEqual([10, 3, 5]);
      return undefined;
    });
    expect([steps, step, history.loss.length]).toEqual([[10, 20], 20, 20]);
    const once = await trainTwoLayer({ ...common, problem, optimizer, stepsPerRun: 20 }, () => undefined);
    expectClose(history.loss, once.history.loss);
    expectClose(history.alignment, once.history.alignment);
    // The value signal moves by 2η in every step of sign descent.
    for (let t = 0; t < 19; t++) expectClose((history.valueSignal[t + 1] as number) - (history.valueSignal[t] as number), 2e-3);
    expectClose(history.loss[0] as number, Math.log(2), { relative: 1e-3, reason: "the first weights are nearly 0" });
  });

  test("ends early when it is told to", async () => {
    const problem = twoLayerProblem(SMALL, 1);
    const { step } = await trainTwoLayer({ ...common, problem, optimizer: optimizerOf("gd", 1) }, () => "stop");
    expect(step).toBe(10);
  });

  test("batches draw some samples for every step; the loss that is measured is that of all", async () => {
    const problem = twoLayerProblem(SMALL, 1);
    const run = (size: number | undefined, seed = 1) =>
      trainTwoLayer(
        {
          ...common,
          problem,
          optimizer: optimizerOf("gd", 0.5),
          ...(size === undefined ? {} : { batches: { size, rng: createRng(seed) } }),
        },
        () => undefined,
      );
    const full = await run(undefined);
    expectClose((await run(5)).history.loss, full.history.loss, { factor: 10, reason: "samples are added in another order" });
    const one = await run(1);
    expect(one.history.loss[0]).toBe(full.history.loss[0]);
    expect(one.history.loss[19]).not.toBeCloseTo(full.history.loss[19] as number, 6);
    expect((await run(1)).history.loss).toEqual(one.history.loss);
    expect((await run(1, 2)).history.loss).not.toEqual(one.history.loss);
  });

  test("data and first weights depend on the seed; test samples are other samples", () => {
    const [a, b, c] = [twoLayerProblem(SMALL, 1), twoLayerProblem(SMALL, 1), twoLayerProblem(SMALL, 2)];
    expect(a.data).toEqual(b.data);
    expect(a.params.query).not.toEqual(c.params.query);
    const fresh = testSet(SMALL, 1, 5);
    expect(fresh.patches.shape).toEqual([5, 2, 61]);
    expect(toNumbers(fresh.patches)).not.toEqual(toNumbers(a.data.patches));
  });

  test("every method has an optimizer and a name of its own", async () => {
    expect(new Set(METHODS.map(methodLabel)).size).toBe(METHODS.length);
    expect(methodLabel("adam 0.9,0.99")).toBe("Adam (0.9, 0.99)");
    const problem = twoLayerProblem(SMALL, 1);
    const losses = new Set<number>();
    for (const method of METHODS) {
      const { history } = await trainTwoLayer({ ...common, steps: 10, problem, optimizer: optimizerOf(method, 1e-3) }, () => undefined);
      losses.add(history.loss[9] as number);
    }
    expect(losses.size).toBe(METHODS.length);
  });
});

test("scores are the mean logistic loss and the share of margins that are not positive", async () => {
  const { testLoss, testError } = scoreMargins(Float64Array.of(0, 2, -800, 800));
  expectClose(testLoss, (Math.log(2) + Math.log1p(Math.exp(-2)) + 800) / 4);
  expect(testError).toBe(0.5);
  const problem = twoLayerProblem(SMALL, 1);
  await using scorer = await openScorer(problem.params, problem.data, { threads: 1 });
  const { history } = await trainTwoLayer({ ...common, problem, optimizer: optimizerOf("gd", 1) }, () => undefined);
  expectClose((await scorer.score(problem.params)).testLoss, history.loss[0] as number);
});

test("the closed form on the host is the gradient, and the product form follows its signs where attention is saturated", async () => {
  const plain = twoLayerProblem({ ...SMALL, std: 0.1 }, 1);
  expect(await wrongSigns(plain, "stable")).toBe(0);
  expect(await wrongSigns(plain, "standard")).toBe(0);
  expect(closedFormQueryGradient(plain).filter((g) => g !== 0).length).toBe(3 * new Set([0, ...plain.drawn.supports]).size);
  const saturated = twoLayerProblem({ ...SMALL, std: 2 }, 2);
  expect(await wrongSigns(saturated, "stable")).toBe(0);
  expect(await wrongSigns(saturated, "standard")).toBeGreaterThan(0);
});
