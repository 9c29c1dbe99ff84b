import { expect, test } from "vitest";
import { rowRecorder } from "./row-recorder.ts";

test("rows become columns, one per metric, with words shared", () => {
  const recorder = rowRecorder("paper/one", [3, 5]);
  recorder.record({ seed: 5, step: 2, series: "svm" }, { d: 0.5, norm: Number.POSITIVE_INFINITY });
  recorder.record({ seed: 3 }, { d: Number.NaN });
  const { words, seed, series, step, metric, value } = recorder.columns();
  const read = (index: Int32Array) => Array.from(index, (i) => words[i]);
  expect([Array.from(seed), read(series), Array.from(step), read(metric), Array.from(value)]).toEqual([
    [5, 5, 3],
    ["svm", "svm", ""],
    [2, 2, 0],
    ["d", "norm", "d"],
    [0.5, Number.POSITIVE_INFINITY, Number.NaN],
  ]);
});

test("a run with one seed need not name it", () => {
  const recorder = rowRecorder("paper/one", [7]);
  recorder.record({}, { d: 1 });
  expect(Array.from(recorder.columns().seed)).toEqual([7]);
});

test("rows without a place are refused", () => {
  const { record } = rowRecorder("paper/one", [3, 5]);
  expect(() => record({}, { d: 1 })).toThrow(
    "paper/one: a row must name a seed of its run; got undefined. Pass record({ seed, ... }) with one of the run's seeds: [3, 5].",
  );
  expect(() => record({ seed: 4 }, { d: 1 })).toThrow("a row must name a seed of its run; got 4.");
  expect(() => record({ seed: 3, step: Number.NaN }, { d: 1 })).toThrow("a step must be a finite number; got NaN.");
  const wrong: Record<string, unknown> = { d: "1" };
  expect(() => record({ seed: 3 }, wrong as Record<string, number>)).toThrow('metric d must be a number; got "1".');
});
