import { describe, expect, it } from "vitest";
import { KNN_CLAIMS } from "../../experiments/benchmarks/knn-attention-claims.ts";
import { GUARANTEE_CLAIMS } from "../../experiments/knn/guarantee-claims.ts";
import type { Claim, MetricRow, Results } from "../../src/experiment/index.ts";
import { rowsAt } from "../mirror-descent/claim-verdict.ts";

const results = (rows: readonly MetricRow[]): Results => ({ params: {}, scale: "full", seeds: [1], rows });
const judge = (claims: readonly Claim[], id: string, rows: readonly MetricRow[]) =>
  (claims.find((claim) => claim.id === id) as Claim).judge(results(rows));
const at = (series: string, step: number, metrics: Readonly<Record<string, number>>): readonly MetricRow[] =>
  rowsAt({ params: {}, seed: 1, series, step }, metrics);

describe("claims of the guarantees", () => {
  const curve = (metric: string, exponent: number) =>
    [1, 4, 16].flatMap((step) => [...at("clustered, dV", step, { [metric]: step ** exponent })]);

  it.each([
    ["T1", { meanZ: 4.9 }, { meanZ: 5.1 }],
    ["T2", { p: 2e-4 }, { p: 5e-5 }],
    ["T3", { tailZ: -4.9 }, { tailZ: -5.1 }],
    ["T6", { medianFailures: 0.1 }, { medianFailures: 0.11 }],
    ["T10", { secondMoment: 1.04 }, { secondMoment: 0.94 }],
    ["T12", { gradientZ: 5 }, { gradientZ: 5.1 }],
    ["T9", { rowViolations: 0, rowsChecked: 9, tightest: 0.5 }, { rowViolations: 1, rowsChecked: 9, tightest: 1.2 }],
  ])("%s holds and fails by its rule", (id, good, bad) => {
    expect(judge(GUARANTEE_CLAIMS, id, at("clustered", 0, good)).verdict).toBe("holds");
    expect(judge(GUARANTEE_CLAIMS, id, [...at("clustered", 0, good), ...at("Gaussian", 0, bad)]).verdict).toBe("fails");
  });

  it("judge exponents of every series", () => {
    expect(judge(GUARANTEE_CLAIMS, "T12-rate", curve("gradientRmse", -0.5)).verdict).toBe("holds");
    expect(judge(GUARANTEE_CLAIMS, "T12-rate", curve("gradientRmse", -0.3))).toMatchObject({
      verdict: "fails",
      note: "Outside: clustered, dV: -0.3.",
    });
    expect(judge(GUARANTEE_CLAIMS, "T13", curve("dotProducts", 2)).verdict).toBe("fails");
  });

  it("want a missed key starved without the gap, and exact with it", () => {
    const rows = (stated: number, share: number) => [
      ...at("a, gap understated", 0, { frequency: share * 0.07, truth: 0.07, missedTailZ: 1 }),
      ...at("a, gap stated", 0, { frequency: 0.07, truth: 0.07, missedZ: stated, missedTailZ: 1 }),
    ];
    expect(judge(GUARANTEE_CLAIMS, "T4", rows(1, 0.2)).verdict).toBe("holds");
    expect(judge(GUARANTEE_CLAIMS, "T4", rows(6, 0.2)).verdict).toBe("fails");
    expect(judge(GUARANTEE_CLAIMS, "T4", rows(1, 0.9)).verdict).toBe("fails");
  });

  it("hold each tail bound against its own rows", () => {
    const rows = [
      ...at("clustered, hoeffding", 0, { entryViolations: 0, numeratorViolations: 0.2, denominatorViolations: 0, worstEntry: 0.1 }),
      ...at("clustered, bernstein", 0, { entryViolations: 0, numeratorViolations: 0.2, denominatorViolations: 0, worstEntry: 0.1 }),
    ];
    expect(judge(GUARANTEE_CLAIMS, "T7", rows).verdict).toBe("fails");
    expect(judge(GUARANTEE_CLAIMS, "T8", rows).verdict).toBe("holds");
  });
});

describe("claims of the benchmark", () => {
  const timed = (kind: string, exponent: number, times: Readonly<Record<string, number>>, more: Readonly<Record<string, number>> = {}) =>
    Object.entries(times).flatMap(([series, timeMs]) => [
      ...rowsAt({ params: { kind, exponent }, seed: 1, series, step: 0 }, { timeMs, ...(series === "cells" ? more : {}) }),
    ]);

  it("want speed and accuracy together", () => {
    const rows = (cells: number, error: number) => timed("clustered", 14, { exact: 600, cells }, { error });
    expect(judge(KNN_CLAIMS, "speed-14", rows(100, 0.02))).toMatchObject({ verdict: "holds", measured: "6x (100 ms), error 0.02" });
    expect(judge(KNN_CLAIMS, "speed-14", rows(101, 0.02)).verdict).toBe("fails");
    expect(judge(KNN_CLAIMS, "speed-14", rows(50, 0.03)).verdict).toBe("fails");
    expect(judge(KNN_CLAIMS, "speed-16", rows(50, 0.01)).verdict).toBe("not run");
  });

  it("compare exact attention with its peers at both sizes", () => {
    const rows = (peer: string, time: number) => [12, 14].flatMap((exponent) => timed("clustered", exponent, { exact: 100, [peer]: time }));
    expect(judge(KNN_CLAIMS, "exact-operator", rows("MultiHeadAttention", 91)).verdict).toBe("holds");
    expect(judge(KNN_CLAIMS, "exact-operator", rows("MultiHeadAttention", 90)).verdict).toBe("fails");
    expect(judge(KNN_CLAIMS, "exact-torch", rows("torch, chunked", 170)).verdict).toBe("holds");
    expect(judge(KNN_CLAIMS, "exact-torch", rows("torch, chunked", 169)).verdict).toBe("fails");
    expect(judge(KNN_CLAIMS, "exact-torch", rows("MultiHeadAttention", 169)).verdict).toBe("not run");
  });

  it("fit the exponent up to a million tokens", () => {
    const rows = (power: number, last: number) =>
      [14, 17, last].flatMap((exponent) => timed("clustered", exponent, { cells: (2 ** exponent) ** power }, { error: 0.01 }));
    expect(judge(KNN_CLAIMS, "exponent", rows(1.4, 20)).verdict).toBe("holds");
    expect(judge(KNN_CLAIMS, "exponent", rows(1.5, 20)).verdict).toBe("fails");
    expect(judge(KNN_CLAIMS, "exponent", rows(1.4, 18)).verdict).toBe("not run");
    expect(judge(KNN_CLAIMS, "million", timed("clustered", 20, { cells: 29_000 }, { error: 0.02 })).verdict).toBe("holds");
    expect(judge(KNN_CLAIMS, "million", timed("clustered", 20, { cells: 31_000 }, { error: 0.02 })).verdict).toBe("fails");
  });

  it("take the worst error of every kind of data", () => {
    const rows = [...timed("clustered", 14, { cells: 1 }, { error: 0.01 }), ...timed("Gaussian", 14, { cells: 1 }, { error: 0.03 })];
    expect(judge(KNN_CLAIMS, "error", rows)).toMatchObject({ verdict: "fails", measured: "at most 0.03 (Gaussian, 2^14)" });
    expect(judge(KNN_CLAIMS, "error", rows.slice(0, 2)).verdict).toBe("holds");
  });
});
