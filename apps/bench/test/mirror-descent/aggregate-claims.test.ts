import { describe, expect, test } from "vitest";
import { AGGREGATE_CLAIMS } from "../../experiments/mirror-descent/aggregate-claims.ts";
import { PUBLISHED_MATRIX, REFERENCE_EXPONENTS, RESOLVED_MATRIX } from "../../experiments/mirror-descent/aggregate-reference.ts";
import { pairSeries, runSeries } from "../../experiments/mirror-descent/aggregate-run.ts";
import { paperSteps } from "../../experiments/mirror-descent/paper.ts";
import type { MetricRow, Results } from "../../src/experiment/index.ts";
import { rowsAt, verdictOf } from "./claim-verdict.ts";

/** Values around a mean with a given population deviation, by turns. */
const spread = (mean: number, deviation: number, seed: number): number => mean + (seed % 2 === 0 ? deviation : -deviation);

function resultsOf(change: (row: MetricRow) => MetricRow | undefined = (row) => row, count = 100): Results {
  const seeds = Array.from({ length: count }, (_, i) => i + 1);
  const rows = (["stable", "authors"] as const).flatMap((mode) =>
    REFERENCE_EXPONENTS.flatMap((p, i) => {
      const step = paperSteps(p);
      const at = { params: { mode }, step };
      const cost = rowsAt({ ...at, seed: 1, series: runSeries(p) }, { coreSeconds: 3, trainingSeconds: 5 });
      const perSeed = seeds.flatMap((seed) => [
        ...rowsAt(
          { ...at, seed, series: runSeries(p) },
          {
            feasible: 1,
            leastGap: 1,
            excess: 1e-9,
            globalTokens: seed % 10 === 0 ? 0 : 1,
            allGlobal: seed % 2,
            locallyOptimal: seed % 20 === 0 ? 0 : 1,
            support: 19.5,
            worstGrowth: 1,
            lateGrowth: 0.97,
          },
        ),
        ...REFERENCE_EXPONENTS.flatMap((q, j) => {
          const pair = { ...at, seed, series: pairSeries(p, q) };
          const { mean, deviation } = PUBLISHED_MATRIX[i]?.[j] ?? { mean: Number.NaN, deviation: 0 };
          const resolved = RESOLVED_MATRIX[i]?.[j] as number;
          return [
            ...rowsAt({ ...pair, step: 0 }, { resolved: 0.99 }),
            ...rowsAt(pair, {
              resolved: spread(resolved, 0.002, seed),
              published: spread(mean, deviation, seed),
              limit: i === j ? 0 : 0.9 * resolved,
            }),
            ...(q > p ? rowsAt(pair, { sameTokens: seed % 20 < 9 ? 1 : 0 }) : []),
          ];
        }),
      ]);
      return [...cost, ...perSeed];
    }),
  );
  return {
    params: { p: [...REFERENCE_EXPONENTS], modes: ["stable", "authors"], sharedStart: false },
    scale: "full",
    seeds,
    rows: rows.flatMap((row) => change(row) ?? []),
  };
}

const verdict = (id: string, results: Results): string => verdictOf(AGGREGATE_CLAIMS, id, results);
const IDS = ["C1", "C2", "A1", "A2", "A3", "A4", "A5", "A6", "C4", "A7"];

test.each(IDS)("%s holds on rows with the reference's statistics", (id) => {
  // The reference's own matrix has 0.244 where the published plot has 0.213: within its deviation.
  expect(verdict(id, resultsOf())).toBe("holds");
});

const set =
  (fits: (row: MetricRow) => boolean, value: (old: number, seed: number) => number) =>
  (row: MetricRow): MetricRow =>
    fits(row) ? { ...row, value: value(row.value, row.seed) } : row;

const authors = (row: MetricRow): boolean => row.params.mode === "authors";
const inPair = (row: MetricRow, p: number, q: number): boolean => row.series === pairSeries(p, q) && row.step > 0;

describe("each claim fails on what it is about", () => {
  test.each([
    [
      "C1",
      "the mean ends above .02",
      set(
        (row) => row.metric === "resolved" && inPair(row, 2, 2),
        () => 0.0201,
      ),
    ],
    [
      "C1",
      "another SVM is nearer in 3 of 100 seeds",
      set(
        (row) => row.metric === "resolved" && inPair(row, 2, 3) && row.seed <= 3,
        () => 0,
      ),
    ],
    [
      "C1",
      "the start is no unrelated direction",
      set(
        (row) => row.metric === "resolved" && row.step === 0,
        () => 0.5,
      ),
    ],
    [
      "C2",
      "an off-diagonal entry falls to the own one",
      set(
        (row) => row.metric === "resolved" && inPair(row, 2, 1.75),
        () => 0.0071,
      ),
    ],
    [
      "C2",
      "the two SVMs are the same",
      set(
        (row) => row.metric === "limit" && row.series === pairSeries(3, 2),
        () => 0,
      ),
    ],
    [
      "A1",
      "an end value is off",
      set(
        (row) => row.metric === "published" && inPair(row, 3, 2) && authors(row),
        (old) => old + 0.09,
      ),
    ],
    [
      "A2",
      "an entry is off",
      set(
        (row) => row.metric === "published" && inPair(row, 1.75, 3) && authors(row),
        (old) => 1.5 * old,
      ),
    ],
    [
      "A3",
      "an entry is off",
      set(
        (row) => row.metric === "resolved" && inPair(row, 1.75, 3) && authors(row),
        (old) => 1.25 * old,
      ),
    ],
    [
      "A4",
      "a selection is infeasible",
      set(
        (row) => row.metric === "feasible" && row.seed === 5 && authors(row),
        () => 0,
      ),
    ],
    [
      "A4",
      "three runs are undecided",
      set(
        (row) => row.metric === "leastGap" && row.seed <= 3 && authors(row),
        () => 0.4,
      ),
    ],
    [
      "A4",
      "too few selections are locally optimal",
      set(
        (row) => row.metric === "locallyOptimal" && authors(row),
        (_, seed) => seed % 4 && 1,
      ),
    ],
    [
      "A5",
      "the exponents agree too often",
      set(
        (row) => row.metric === "sameTokens",
        (_, seed) => (seed % 4 === 0 ? 0 : 1),
      ),
    ],
    [
      "A6",
      "a run has not reached its limit",
      set(
        (row) => row.metric === "excess" && row.seed === 9,
        () => 1e-5,
      ),
    ],
    [
      "A6",
      "a run is below its limit",
      set(
        (row) => row.metric === "excess" && row.seed === 9,
        () => -1e-5,
      ),
    ],
    [
      "C4",
      "the bound is broken",
      set(
        (row) => row.metric === "worstGrowth" && row.seed === 9,
        () => 1 + 1e-8,
      ),
    ],
    [
      "C4",
      "growth dies",
      set(
        (row) => row.metric === "lateGrowth",
        () => 0.5,
      ),
    ],
    [
      "A7",
      "it takes too long",
      set(
        (row) => row.metric === "coreSeconds",
        () => 3.4,
      ),
    ],
  ] as const)("%s: %s", (id, _what, change) => {
    expect(verdict(id, resultsOf(change))).toBe("fails");
  });

  test("C1: a seed without an SVM is an exception, and one exception is allowed below 50 seeds", () => {
    const without = (last: number) => (row: MetricRow) =>
      row.metric === "resolved" && inPair(row, 3, 3) && row.seed <= last ? undefined : row;
    expect(verdict("C1", resultsOf(without(1), 20))).toBe("holds");
    expect(verdict("C1", resultsOf(without(2), 20))).toBe("fails");
  });

  test("A6: undecided runs are left out", () => {
    const undecided = (row: MetricRow): MetricRow =>
      row.seed !== 9 ? row : row.metric === "excess" ? { ...row, value: 0.1 } : row.metric === "leastGap" ? { ...row, value: 0.2 } : row;
    expect(verdict("A6", resultsOf(undecided))).toBe("holds");
  });
});

test("what was not run is not judged", () => {
  const stableOnly = {
    ...resultsOf((row) => (authors(row) ? undefined : row)),
    params: { p: [1.75, 2, 3], modes: ["stable"], sharedStart: false },
  };
  for (const id of ["A1", "A2", "A3", "A4", "A5"]) expect(verdict(id, stableOnly)).toBe("not run");
  for (const id of ["C1", "C2", "A6", "C4", "A7"]) expect(verdict(id, stableOnly)).toBe("holds");
  expect(
    verdict(
      "A7",
      resultsOf((row) => row, 20),
    ),
  ).toBe("not run");
});
