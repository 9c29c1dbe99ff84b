import { describe, expect, it } from "vitest";
import { attentionData } from "../../experiments/knn/attention-data.ts";
import { chiSquareTest, upperGamma } from "../../experiments/knn/chi-square.ts";
import { distributionOf, exactRow, softmax } from "../../experiments/knn/exact-row.ts";
import { powerLawExponent } from "../../experiments/knn/power-law.ts";

describe("upperGamma", () => {
  it.each([
    [0.5, 0.2, 0.5270892568655381],
    [3, 2.5, 0.5438131158833297],
    [50, 40, 0.9296649333406051],
    [50, 80, 0.0001307839765914092],
    [189, 250, 2.4849943955505957e-5],
  ])("Q(%d, %d) is that of scipy 1.10", (a, x, expected) => {
    expect(Math.abs(upperGamma(a, x) / expected - 1)).toBeLessThan(1e-11);
  });
});

describe("chiSquareTest", () => {
  it("gives the statistic and the p value of scipy", () => {
    const { statistic, degrees, p } = chiSquareTest([30, 50, 20], [0.25, 0.55, 0.2]);
    expect(degrees).toBe(2);
    expect(Math.abs(statistic - 1.4545454545454546)).toBeLessThan(1e-12);
    expect(Math.abs(p - 0.4832250811898253)).toBeLessThan(1e-12);
  });

  it("pools outcomes that are expected fewer than five times, and finds a wrong distribution", () => {
    expect(chiSquareTest([50, 44, 2, 4], [0.5, 0.44, 0.03, 0.03]).degrees).toBe(2);
    expect(chiSquareTest([700, 300], [0.5, 0.5]).p).toBeLessThan(1e-30);
  });
});

describe("powerLawExponent", () => {
  it("fits exponents, and says NaN where there is none", () => {
    expect(powerLawExponent([1, 2, 4].map((x) => ({ x, y: 3 * x ** -0.5 })))).toBeCloseTo(-0.5, 12);
    expect(powerLawExponent([{ x: 1, y: 1 }])).toBeNaN();
    expect(
      powerLawExponent([
        { x: 1, y: 1 },
        { x: 2, y: 0 },
      ]),
    ).toBeNaN();
  });
});

describe("rows in float64", () => {
  it("know the gap that a missed key leaves", () => {
    const logits = Float64Array.of(0, 3, 1, 2);
    expect([...Array.from(distributionOf(logits, 2).top)]).toEqual([1, 3]);
    const missed = distributionOf(logits, 2, 1);
    expect([Array.from(missed.top), missed.trueGap]).toEqual([[3, 2], 2]);
    expect(softmax(Float64Array.of(1000, 1000)).weights).toEqual(Float64Array.of(0.5, 0.5));
  });

  it("follow the definition", () => {
    const input = attentionData("clustered", { keys: 7, queries: 3, headDim: 2, valueDim: 1, seed: 5 });
    const { weights, output, variance } = exactRow(input, 2);
    const mean = weights.reduce((sum, w, j) => sum + w * (input.value.data[j] as number), 0);
    const square = weights.reduce((sum, w, j) => sum + w * ((input.value.data[j] as number) - mean) ** 2, 0);
    expect(Math.abs((output[0] as number) - mean)).toBeLessThan(1e-14);
    expect(Math.abs((variance[0] as number) - square)).toBeLessThan(1e-14);
  });
});
