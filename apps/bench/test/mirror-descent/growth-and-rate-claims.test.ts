import { describe, expect, test } from "vitest";
import { GROWTH_CLAIMS, GROWTH_REFERENCE } from "../../experiments/mirror-descent/growth-and-rate-claims.ts";
import type { MetricRow, Results } from "../../src/experiment/index.ts";
import { rowsAt, verdictOf } from "./claim-verdict.ts";

const STEPS = [100, 300, 1_000, 3_000, 10_000, 30_000, 100_000];

function resultsOf(change: (row: MetricRow) => MetricRow = (row) => row, steps = 100_000): Results {
  const rows = [1.75, 2, 3].flatMap((p) =>
    [1, 2].flatMap((seed) => {
      const at = { seed, params: { p } };
      const referenceAt = (metric: string, step: number, otherwise: number): number =>
        GROWTH_REFERENCE.find((run) => run.p === p && run.metric === metric)?.values[step] ?? otherwise;
      return [
        ...rowsAt({ ...at, series: "end", step: steps }, { leastGap: 0.99, feasible: 1 }),
        ...STEPS.filter((step) => step <= steps).flatMap((step) => {
          const exponent = Math.log10(step);
          // A smooth curve through the three reference values would do; between them the ratio only has to fall.
          const between =
            (referenceAt("rateRatio", 10 ** Math.floor(exponent), 2) + referenceAt("rateRatio", 10 ** Math.ceil(exponent), 2)) / 2;
          return rowsAt(
            { ...at, series: "", step },
            { norm: exponent, growth: referenceAt("growth", step, 1.6), rateRatio: referenceAt("rateRatio", step, between) },
          );
        }),
      ];
    }),
  );
  return { params: { p: [1.75, 2, 3], steps, learningRate: 1 }, scale: "full", seeds: [1, 2], rows: rows.map(change) };
}

const verdict = (id: string, results: Results): string => verdictOf(GROWTH_CLAIMS, id, results);
const IDS = ["C3", "R1", "C5", "C5b", "R2"];

test.each(IDS)("%s holds on the reference itself, at both scales", (id) => {
  expect(verdict(id, resultsOf())).toBe("holds");
  expect(
    verdict(
      id,
      resultsOf((row) => row, 10_000),
    ),
  ).toBe("holds");
});

describe("each claim fails on what it is about", () => {
  const set =
    (metric: string, at: { readonly seed: number; readonly step: number }, value: number) =>
    (row: MetricRow): MetricRow =>
      row.metric === metric && row.seed === at.seed && row.step === at.step ? { ...row, value } : row;
  test.each([
    ["C3", "the norm stands still", set("norm", { seed: 2, step: 30_000 }, 4)],
    ["C3", "the norm grows faster than log k", set("growth", { seed: 2, step: 100_000 }, 4)],
    ["R1", "a value is off", set("growth", { seed: 1, step: 10_000 }, 1.6)],
    ["R2", "a value is off", set("rateRatio", { seed: 1, step: 1_000 }, 1)],
    ["C5", "the ratio rises on seed 1", set("rateRatio", { seed: 1, step: 30_000 }, 0.9)],
    ["C5", "the ratio ends higher on another seed", set("rateRatio", { seed: 2, step: 100_000 }, 0.9)],
  ] as const)("%s: %s", (id, _what, change) => {
    expect(verdict(id, resultsOf(change))).toBe("fails");
  });

  test("C5: another seed may have a plateau, and an undecided one is left out", () => {
    const plateau = resultsOf(set("rateRatio", { seed: 2, step: 30_000 }, 0.6));
    expect(verdict("C5", plateau)).toBe("holds");
    expect(verdict("C5b", plateau)).toBe("fails");
    const undecided = (row: MetricRow): MetricRow => (row.seed === 2 ? { ...row, value: row.metric === "leastGap" ? 0.3 : 9 } : row);
    expect(verdict("C5", resultsOf(undecided))).toBe("holds");
  });
});

test("the reference is for step size 1", () => {
  const results = resultsOf();
  expect(verdict("R1", { ...results, params: { ...results.params, learningRate: 10 } })).toBe("not run");
});
