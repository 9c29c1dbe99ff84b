import { tensorData } from "@attnlab/check";
import { createRng } from "@attnlab/random";
import { expectClose } from "@attnlab/testing";
import { expect, test } from "vitest";
import { binWidth, recordWeights, tailThreshold } from "../../experiments/mirror-descent/record-weights.ts";
import { absoluteHistogram, kurtosis, projectionWeights, weightStatistics } from "../../experiments/mirror-descent/weight-statistics.ts";

test("kurtosis of values that can be counted: equal sizes 1, one of n values n", () => {
  expectClose(kurtosis([2, -2, 2]), 1);
  expectClose(kurtosis([0, 0, -3, 0, 0, 0, 0]), 7);
  // (1 + 16 + 81) * 3 / (1 + 4 + 9)^2
  expectClose(kurtosis([1, -2, 3]), 294 / 196);
  expect(kurtosis([0, 0])).toBeNaN();
});

test("kurtosis does not depend on scale, is 1.8 for uniform and 3 for normal weights", () => {
  const rng = createRng(11);
  const uniform = Float64Array.from({ length: 40_000 }, () => 2 * rng.uniform() - 1);
  expect(Math.abs(kurtosis(uniform) - 1.8)).toBeLessThan(0.03);
  expectClose(kurtosis(uniform.map((x) => 1e-3 * x)), kurtosis(uniform));
  const normal = Float64Array.from({ length: 40_000 }, () => rng.normal());
  expect(Math.abs(kurtosis(normal) - 3)).toBeLessThan(0.15);
});

test("statistics look at sizes, and bounds are strict", () => {
  const weights = Float64Array.of(0.5, -0.06, 0.061, -2, 0.004, 0.005);
  const { maxAbs, above, nearZero } = weightStatistics(weights, { threshold: 0.06, bin: 0.005 });
  expect([maxAbs, above]).toEqual([2, 3]);
  expectClose(nearZero, 1 / 6);
});

test("histogram bins are closed to the left and the last one is open", () => {
  expect(absoluteHistogram(Float64Array.of(0, 0.49, -0.5, 1, -1.2, 99), { bin: 0.5, bins: 3 })).toEqual([2, 1, 3]);
});

test("bins and threshold are the paper's at width 384 and follow the first weights elsewhere", () => {
  expectClose([binWidth(384), tailThreshold(384)], [0.005, 0.06]);
  expectClose(binWidth(96) / binWidth(384), 2);
});

const block = (scale: number) => {
  const weight = (values: readonly number[]) => ({
    weight: tensorData(
      "float64",
      [1, values.length],
      values.map((v) => scale * v),
    ),
  });
  return { attention: { query: weight([0.001]), key: weight([0.1, -0.2, 0.3]), value: weight([1, 1]) } };
};

test("weights of a projection are gathered over all blocks", () => {
  expectClose(projectionWeights([block(1), block(10)], "key"), [0.1, -0.2, 0.3, 1, -2, 3]);
});

test("recordWeights stores statistics at the last step and a histogram by bin", () => {
  const rows: unknown[] = [];
  recordWeights((place, metrics) => rows.push({ ...place, ...metrics }), [block(1)], { step: 7, width: 384 });
  const key = rows.filter((row) => (row as { series: string }).series === "key") as Record<string, number>[];
  expect(key[0]).toMatchObject({ step: 7, maxAbs: 0.3, above: 3, nearZero: 0 });
  // 0.3 / 0.005 rounds to just below 60.
  expect(key.slice(1)).toEqual([
    { series: "key", step: 20, count: 1 },
    { series: "key", step: 40, count: 1 },
    { series: "key", step: Math.floor(0.3 / 0.005), count: 1 },
  ]);
});
