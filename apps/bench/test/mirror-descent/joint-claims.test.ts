import { describe, expect, test } from "vitest";
import { JOINT_CLAIMS } from "../../experiments/mirror-descent/joint-claims.ts";
import { JOINT_REFERENCE } from "../../experiments/mirror-descent/joint-reference.ts";
import { paperSteps } from "../../experiments/mirror-descent/paper.ts";
import type { MetricRow, Results } from "../../src/experiment/index.ts";
import { rowsAt, verdictOf } from "./claim-verdict.ts";

const entries = (values: readonly number[]): Record<string, number> => Object.fromEntries(values.map((value, i) => [`entry ${i}`, value]));

function resultsOf(change: (row: MetricRow) => MetricRow = (row) => row): Results {
  const rows = JOINT_REFERENCE.flatMap((reference) =>
    (["authors", "stable"] as const).flatMap((mode) => {
      const { p, at50 } = reference;
      const at = { seed: 1, params: { p, mode } };
      const last = paperSteps(p);
      const divergence = (step: number, divergenceW: number, divergenceV: number): MetricRow[] =>
        rowsAt({ ...at, series: "divergence", step }, { divergenceW, divergenceV });
      return [
        ...reference.tokens.flatMap((token, sample) => rowsAt({ ...at, series: "alpha", step: sample }, { token, gap: 1 })),
        ...rowsAt({ ...at, series: "svm W", step: 0 }, entries(reference.svmW)),
        ...rowsAt({ ...at, series: "svm v", step: 0 }, entries(reference.svmV)),
        ...rowsAt({ ...at, series: "W", step: last }, entries(reference.endW)),
        ...rowsAt({ ...at, series: "end", step: last }, { norm: reference.endNorm, frozenAt: reference.frozenAt }),
        ...divergence(10, 0.1, 0.1),
        ...divergence(50, ...at50),
        ...divergence(last, reference.divergenceW, reference.divergenceV),
        ...rowsAt({ ...at, series: "probabilities", step: 100 }, { softmax: 0.999, logistic: 0.99 }),
      ];
    }),
  );
  return { params: { p: [1.75, 2, 3], modes: ["authors", "stable"] }, scale: "full", seeds: [1], rows: rows.map(change) };
}

const verdict = (id: string, results: Results): string => verdictOf(JOINT_CLAIMS, id, results);

test.each(["C10", "J1", "J2", "J3", "J4", "J5"])("%s holds on the reference itself", (id) => {
  expect(verdict(id, resultsOf())).toBe("holds");
});

describe("each claim fails on what it is about", () => {
  test.each([
    ["C10", "divergenceV", 20_000, 0.11],
    ["C10", "softmax", 100, 0.9],
    ["J1", "token", 0, 2],
    ["J3", "norm", 20_000, 5.85],
    ["J4", "divergenceV", 50, 0.036],
    ["J4", "divergenceW", 1_500, 0.0084],
    ["J5", "frozenAt", 2_000, 84],
    ["J5", "frozenAt", 20_000, 556],
    ["J5", "frozenAt", 1_500, Number.NaN],
  ] as const)("%s: %s at %d becomes %d", (id, metric, step, value) => {
    expect(
      verdict(
        id,
        resultsOf((row) => (row.metric === metric && row.step === step ? { ...row, value } : row)),
      ),
    ).toBe("fails");
  });

  test.each([
    ["J2", "svm W", 1e-5],
    ["J2", "svm v", 1e-5],
    ["J3", "W", 0.011],
  ] as const)("%s: an entry of %s is off by %d", (id, series, by) => {
    const change = (row: MetricRow): MetricRow =>
      row.series === series && row.metric === "entry 1" && row.params.p === 2 ? { ...row, value: row.value + by } : row;
    expect(verdict(id, resultsOf(change))).toBe("fails");
  });
});
