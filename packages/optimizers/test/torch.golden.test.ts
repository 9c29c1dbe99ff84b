import { tensorData, toNumbers } from "@attnlab/check";
import { evaluate, trace } from "@attnlab/graph";
import { expectClose, loadGolden } from "@attnlab/testing";
import { describe, expect, test } from "vitest";
import {
  adam,
  adamw,
  addWeightDecay,
  chain,
  cosineSchedule,
  exponentialSchedule,
  gradientDescent,
  linearWarmup,
  momentum,
  nesterov,
  type Optimizer,
  optimizer,
  type Schedule,
  stepSchedule,
} from "../src/index.ts";
import { runSteps, valuesOf } from "./run-steps.ts";

interface Values {
  readonly weight: readonly number[];
  readonly bias: readonly number[];
}

const golden = loadGolden<{
  readonly start: Values;
  readonly grads: readonly Values[];
  readonly trajectories: Readonly<Record<string, readonly Values[]>>;
  readonly schedules: Readonly<Record<string, readonly number[]>>;
}>(new URL("golden/torch-optimizers.json", import.meta.url));

const tree = ({ weight, bias }: Values) => ({ weight: tensorData("float64", [3, 5], weight), bias: tensorData("float64", [5], bias) });
const cosine = cosineSchedule({ learningRate: 0.2, finalRate: 0.01, steps: 25 });

const OPTIMIZERS: Readonly<Record<string, Optimizer>> = {
  gradientDescent: gradientDescent({ learningRate: 0.1 }),
  momentum: momentum({ learningRate: 0.05 }),
  nesterov: nesterov({ learningRate: 0.05, momentum: 0.8 }),
  weightDecay: optimizer(chain(addWeightDecay(0.1), momentum({ learningRate: 0.05, momentum: 0.9 }))),
  adam: adam({ learningRate: 0.01 }),
  adamOtherConstants: adam({ learningRate: 0.3, b1: 0.5, b2: 0.75, eps: 0.1 }),
  adamw: adamw({ learningRate: 0.02, weightDecay: 0.2 }),
  adamCosine: adam({ learningRate: cosine }),
  momentumCosine: momentum({ learningRate: cosine }),
};

describe("25 steps equal PyTorch's", () => {
  test("every golden trajectory has its optimizer", () => {
    expect(Object.keys(OPTIMIZERS)).toEqual(Object.keys(golden.trajectories));
  });

  test.each(Object.entries(golden.trajectories))("%s", (name, trajectory) => {
    const steps = runSteps(OPTIMIZERS[name] as Optimizer, tree(golden.start), golden.grads.map(tree));
    expect(steps.length).toBe(trajectory.length);
    trajectory.forEach(({ weight, bias }, k) => {
      const values = valuesOf(steps[k]);
      expectClose(values.weight as Float64Array, weight);
      expectClose(values.bias as Float64Array, bias);
    });
  });
});

const SCHEDULES: Readonly<Record<string, Schedule>> = {
  cosine,
  exponential: exponentialSchedule({ learningRate: 0.2, factor: 0.93 }),
  step: stepSchedule({ learningRate: 0.2, factor: 0.3, every: 7 }),
  warmup: linearWarmup(0.2, { steps: 8, startFactor: 0.25 }),
};

describe("25 rates equal PyTorch's", () => {
  test.each(Object.entries(golden.schedules))("%s", (name, rates) => {
    const program = trace(SCHEDULES[name] as Schedule, [{ dtype: "float64", shape: [] }]);
    const ours = rates.map((_, k) => toNumbers(evaluate(program, [tensorData("float64", [], [k])]))[0] as number);
    expectClose(ours, rates);
  });
});
