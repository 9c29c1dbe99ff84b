import { describe, expect, test } from "vitest";
import { paperSteps } from "../../experiments/mirror-descent/paper.ts";
import { SINGLE_RUN_CLAIMS } from "../../experiments/mirror-descent/single-run-claims.ts";
import { REFERENCE_LIMIT, REFERENCE_RUNS, REFERENCE_TOKENS } from "../../experiments/mirror-descent/single-run-reference.ts";
import type { MetricRow, Results } from "../../src/experiment/index.ts";
import { rowsAt, verdictOf } from "./claim-verdict.ts";

/** Rows that agree with the reference in everything, then `change`d. */
function resultsOf(change: (row: MetricRow) => MetricRow = (row) => row, exponents: readonly number[] = [1.75, 2, 3]): Results {
  const rows = REFERENCE_RUNS.filter(({ p }) => exponents.includes(p)).flatMap((run) =>
    (["authors", "stable"] as const).flatMap((mode) => {
      const { p, svmNorm: norm, support } = run;
      const at = { seed: 1, params: { p, mode } };
      const last = paperSteps(p);
      const end = mode === "stable" ? run.stableEnd : run.authorsEnd;
      const own = `svm p = ${p}`;
      return [
        ...Object.entries({ ...run.steps, [last]: end }).flatMap(([step, point]) => [
          ...rowsAt({ ...at, series: own, step: Number(step) }, { divergence: point.divergence }),
          ...rowsAt({ ...at, series: "", step: Number(step) }, { norm: point.norm }),
        ]),
        ...REFERENCE_RUNS.flatMap((other, j) =>
          other.p === p ? [] : rowsAt({ ...at, series: `svm p = ${other.p}`, step: last }, { divergence: run.cross[j] as number }),
        ),
        ...rowsAt({ ...at, series: own, step: 0 }, { norm, support }),
        ...REFERENCE_TOKENS.flatMap((token, sample) => rowsAt({ ...at, series: "alpha", step: sample }, { token })),
        ...rowsAt({ ...at, series: "end", step: last }, { limit: REFERENCE_LIMIT, excess: 1e-15 }),
      ];
    }),
  );
  return { params: { p: exponents, modes: ["authors", "stable"] }, scale: "full", seeds: [1], rows: rows.map(change) };
}

/** Multiplies the values of the rows that fit by a factor. */
const scale =
  (fits: (row: MetricRow) => boolean, factor: number) =>
  (row: MetricRow): MetricRow =>
    fits(row) ? { ...row, value: row.value * factor } : row;

const verdict = (id: string, results: Results): string => verdictOf(SINGLE_RUN_CLAIMS, id, results);

test.each(["S1", "S2", "S3", "S4", "S5", "C6"])("%s holds on the reference itself", (id) => {
  expect(verdict(id, resultsOf())).toBe("holds");
});

describe("each claim fails on what it is about", () => {
  test.each([
    ["S1", (row: MetricRow) => row.metric === "divergence" && row.step === 100 && row.params.p === 3, 1.001],
    ["S1", (row: MetricRow) => row.metric === "norm" && row.step === 10 && row.series === "", 1.002],
    ["S2", (row: MetricRow) => row.step === 2_000 && row.params.mode === "authors", 1.3],
    ["S3", (row: MetricRow) => row.step === 1_500 && row.params.mode === "stable" && row.series === "svm p = 1.75", 1.02],
    ["S4", (row: MetricRow) => row.metric === "support" && row.params.p === 2, 2],
    ["S4", (row: MetricRow) => row.metric === "norm" && row.step === 0 && row.params.p === 3, 1.00001],
    ["S4", (row: MetricRow) => row.metric === "token" && row.step === 2, 0],
    ["S5", (row: MetricRow) => row.step === 1_500 && row.series === "svm p = 2" && row.params.mode === "authors", 0.1],
    ["C6", (row: MetricRow) => row.metric === "limit", 1.00001],
    ["C6", (row: MetricRow) => row.metric === "excess", 1e8],
    ["C6", (row: MetricRow) => row.metric === "excess", -1],
  ] as const)("%s", (id, fits, factor) => {
    expect(verdict(id, resultsOf(scale(fits, factor)))).toBe("fails");
  });

  test.each(["S1", "S3", "C6"])("%s fails on NaN", (id) => {
    expect(
      verdict(
        id,
        resultsOf((row) => (row.series === "alpha" ? row : { ...row, value: Number.NaN })),
      ),
    ).toBe("fails");
  });
});

test("without the exponents of the reference nothing is judged", () => {
  const none = { ...resultsOf(), rows: [] };
  for (const id of ["S1", "S2", "S3", "S4", "S5", "C6"]) expect(verdict(id, none)).toBe("not run");
  expect(
    verdict(
      "S5",
      resultsOf((row) => row, [2, 3]),
    ),
  ).toBe("not run");
  expect(
    verdict(
      "S2",
      resultsOf((row) => row, [2, 3]),
    ),
  ).toBe("holds");
});
