import { tensorData, toNumbers } from "@attnlab/check";
import { expectClose, loadGolden } from "@attnlab/testing";
import { describe, expect, test } from "vitest";
import {
  entropyMirrorMap,
  mirrorDescent,
  normalizedGradientDescent,
  type Optimizer,
  pNormMirrorMap,
  signDescent,
  signum,
} from "../src/index.ts";
import { runSteps } from "./run-steps.ts";

type Trajectory = readonly (readonly number[])[];

const golden = loadGolden<{
  readonly shape: readonly number[];
  readonly start: readonly number[];
  readonly positive: readonly number[];
  readonly grads: Trajectory;
  readonly lp: readonly {
    readonly p: number;
    readonly rate: number;
    readonly normalized: boolean;
    readonly mode: "stable" | "authors";
    readonly trajectory: Trajectory;
  }[];
  readonly others: Readonly<Record<string, Trajectory>>;
}>(new URL("golden/mirror-descent.json", import.meta.url));

const tensor = (values: readonly number[]) => tensorData("float64", golden.shape, values);

function follows(optimizer: Optimizer, start: readonly number[], trajectory: Trajectory): void {
  const steps = runSteps(optimizer, tensor(start), golden.grads.map(tensor));
  expect(trajectory.length).toBe(25);
  trajectory.forEach((expected, k) => {
    expectClose(toNumbers(steps[k] as (typeof steps)[number]), expected, {
      factor: 10,
      reason: "25 powers, one after the other, each off by a few roundings",
    });
  });
}

describe("three runs of 25 steps in one tensor equal NumPy's, run by run", () => {
  test.each(golden.lp)("p = $p, normalized $normalized, $mode", ({ p, rate, normalized, mode, trajectory }) => {
    follows(mirrorDescent({ p, learningRate: rate, normalized, mode, batchAxes: 1 }), golden.start, trajectory);
  });

  const others: Readonly<Record<string, Optimizer>> = {
    signDescent: signDescent({ learningRate: 0.05 }),
    signum: signum({ learningRate: 0.05, momentum: 0.7 }),
    normalizedGradientDescent: normalizedGradientDescent({ learningRate: 0.05, batchAxes: 1 }),
    entropy: mirrorDescent({ map: entropyMirrorMap(), learningRate: 0.02 }),
    simplex: mirrorDescent({ map: entropyMirrorMap({ simplex: true }), learningRate: 0.02 }),
    pNorm: mirrorDescent({ map: pNormMirrorMap(3, { batchAxes: 1 }), learningRate: 0.02 }),
  };
  test.each(Object.entries(golden.others))("%s", (name, trajectory) => {
    const positive = name === "entropy" || name === "simplex";
    follows(others[name] as Optimizer, positive ? golden.positive : golden.start, trajectory);
  });
});
