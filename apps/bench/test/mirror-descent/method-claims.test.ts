import { expectClose } from "@attnlab/testing";
import { expect, test } from "vitest";
import { judgeAccuracyOrder, judgeFallsInExponent, judgeSparserThanAdam } from "../../experiments/mirror-descent/method-claims.ts";
import { quantileBin, tailOf } from "../../experiments/mirror-descent/method-figures.ts";
import { chosenRates, chosenRows, runOutcomes } from "../../experiments/mirror-descent/method-outcomes.ts";
import type { MetricRow } from "../../src/experiment/index.ts";

interface Run {
  readonly method: string;
  readonly rate?: number;
  readonly seed?: number;
  /** Accuracies by epoch. */
  readonly validation: readonly number[];
  readonly test: readonly number[];
  readonly kurtosis?: number;
}

function rowsOf(runs: readonly Run[]): MetricRow[] {
  return runs.flatMap(({ method, rate = 1, seed = 1, validation, test, kurtosis = Number.NaN }, run) => {
    const row = (series: string, step: number, metric: string, value: number): MetricRow => ({
      run,
      params: { method, rate },
      seed,
      series,
      step,
      metric,
      value,
    });
    return [
      ...validation.map((value, i) => row("validation", i + 1, "accuracy", value)),
      ...test.map((value, i) => row("test", i + 1, "accuracy", value)),
      row("key", test.length, "kurtosis", kurtosis),
    ];
  });
}

test("the test accuracy is taken where validation is best first, and the best on test is kept apart", () => {
  const [outcome] = runOutcomes(rowsOf([{ method: "p=2", validation: [0.5, 0.7, 0.7], test: [0.9, 0.6, 0.8] }]));
  expect(outcome).toMatchObject({ validation: 0.7, test: 0.6, bestTest: 0.9, lastTest: 0.8, method: "p=2", rate: 1, seed: 1 });
});

test("the step is chosen by mean validation accuracy, never by test accuracy", () => {
  const rows = rowsOf([
    { method: "p=2", rate: 1, seed: 1, validation: [0.8], test: [0.1] },
    { method: "p=2", rate: 1, seed: 2, validation: [0.6], test: [0.1] },
    { method: "p=2", rate: 3, seed: 1, validation: [0.9], test: [1] },
    { method: "p=2", rate: 3, seed: 2, validation: [0.4], test: [1] },
  ]);
  expect(chosenRates(runOutcomes(rows))).toEqual(new Map([["p=2", 1]]));
  expect(new Set(chosenRows(rows).map((row) => row.run))).toEqual(new Set([0, 1]));
});

test("rows without a validation set are all kept", () => {
  const rows = rowsOf([{ method: "p=2", validation: [], test: [0.5] }]);
  expect(chosenRows(rows)).toEqual(rows);
});

const run = (method: string, test: number, seed = 1, rate = 1): Run => ({ method, seed, rate, validation: [rate], test: [test] });

test("the accuracy order holds only when the smallest exponent beats every other one", () => {
  const judge = (a: number, b: number, c: number) =>
    judgeAccuracyOrder(rowsOf([run("p=3", c), run("p=1.1", a), run("p=2", b), run("adam", 1)]), { seeds: 1, steps: 1 });
  expect(judge(0.8, 0.7, 0.79)).toEqual({ verdict: "holds", measured: "MD p = 1.1: 0.8, GD (p = 2): 0.7, MD p = 3: 0.79; Adam 1" });
  expect(judge(0.8, 0.8, 0.7).verdict).toBe("fails");
  expect(judge(0.8, 0.7, 0.9)).toMatchObject({ verdict: "fails", note: expect.stringContaining("not ahead") });
  expect(judge(Number.NaN, 0.7, 0.6).verdict).toBe("fails");
});

test("the accuracy order is not run with too few seeds or steps, counted per method", () => {
  const rows = rowsOf([run("p=1.1", 0.9), run("p=2", 0.8), run("p=1.1", 0.9, 2), run("p=2", 0.8, 2)]);
  expect(judgeAccuracyOrder(rows, { seeds: 2, steps: 1 }).verdict).toBe("holds");
  expect(judgeAccuracyOrder(rows, { seeds: 3, steps: 1 })).toMatchObject({ verdict: "not run", note: expect.stringMatching(/3 seeds;/) });
  expect(judgeAccuracyOrder(rows, { seeds: 2, steps: 2 })).toMatchObject({ verdict: "not run", note: expect.stringMatching(/2 steps/) });
  expect(judgeAccuracyOrder(rowsOf([run("p=1.1", 0.9)]), { seeds: 1, steps: 1 }).verdict).toBe("not run");
});

test("kurtosis must fall from each exponent to the next; Adam is left out and ties fail", () => {
  const judge = (...values: readonly number[]) =>
    judgeFallsInExponent(
      rowsOf(["p=2", "p=1.1", "p=3", "adam"].map((method, i) => ({ ...run(method, 0.5), kurtosis: values[i] as number }))),
      { metric: "kurtosis", series: "key" },
    );
  expect(judge(4, 9, 2, 100)).toEqual({ verdict: "holds", measured: "MD p = 1.1: 9, GD (p = 2): 4, MD p = 3: 2" });
  expect(judge(4, 4, 2, 1).verdict).toBe("fails");
  expect(judge(2, 9, 4, 1).verdict).toBe("fails");
});

test("sparser than Adam means a greater kurtosis in every projection asked for", () => {
  const rows = rowsOf([
    { ...run("p=1.1", 0.5), kurtosis: 3 },
    { ...run("p=2", 0.5), kurtosis: 1 },
    { ...run("adam", 0.5), kurtosis: 2 },
  ]);
  expect(judgeSparserThanAdam(rows, ["key"])).toEqual({ verdict: "holds", measured: "key: 3 against 2" });
  expect(judgeSparserThanAdam(rows, ["key", "query"]).verdict).toBe("fails");
  expect(judgeSparserThanAdam(rowsOf([run("p=2", 1)]), ["key"]).verdict).toBe("not run");
});

test("tails and quantiles of histograms", () => {
  expectClose(tailOf([5, 3, 0, 2]), [10, 5, 2, 2]);
  expect([quantileBin([5, 3, 0, 2], 0.5), quantileBin([5, 3, 0, 2], 0.51), quantileBin([5, 3, 0, 2], 1)]).toEqual([0, 1, 3]);
});
