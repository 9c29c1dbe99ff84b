import { describe, expect, test } from "vitest";
import { experiment as contextAndWidth } from "../../experiments/expressive-attention/context-and-width.ts";
import { experiment as geometry } from "../../experiments/expressive-attention/geometry.ts";
import { experiment as series } from "../../experiments/expressive-attention/modular-delay.ts";
import { meanSolvedStep, showSteps, solvedSteps } from "../../experiments/expressive-attention/nt-run.ts";
import { experiment as scale } from "../../experiments/expressive-attention/score-scale.ts";
import type { MetricRow, Results } from "../../src/experiment/index.ts";
import { verdictOf } from "../mirror-descent/claim-verdict.ts";

const KINDS = ["dot-product", "expressive"] as const;

/** Accuracies by evaluation, one list per attention, as a run of each would record them. */
function runs(params: Record<string, unknown>, accuracies: readonly [readonly number[], readonly number[]], seed = 1): MetricRow[] {
  return KINDS.flatMap((kind, k) =>
    (accuracies[k] as readonly number[]).map((value, i) => ({
      run: 10 * seed + k,
      params: { ...params, kind } as MetricRow["params"],
      seed,
      series: "",
      step: 100 * (i + 1),
      metric: "accuracy",
      value,
    })),
  );
}

const results = (rows: readonly MetricRow[], params: object): Results => ({
  rows,
  seeds: [1],
  scale: "full",
  params: { kinds: KINDS, evaluateEvery: 100, ...params } as Results["params"],
});

test("a run is solved at its first evaluation with 99%, and never counts as one more", () => {
  const rows = [
    ...runs({ modulus: 2 }, [
      [0.5, 0.99, 0.98],
      [0.5, 0.6, 0.7],
    ]),
    ...runs(
      { modulus: 2 },
      [
        [1, 1, 1],
        [0, 0, 1],
      ],
      2,
    ),
  ];
  expect(solvedSteps(rows, { kind: "dot-product" })).toEqual([200, 100]);
  const steps = solvedSteps(rows, { kind: "expressive" });
  expect(showSteps(steps)).toBe("–, 300");
  expect(meanSolvedStep(steps, 300, 100)).toBe(350);
});

describe("the series of tasks", () => {
  const task = (delay: number, accuracies: readonly [readonly number[], readonly number[]]): MetricRow[] =>
    runs({ modulus: 16, delays: [delay] }, accuracies);
  const verdict = (id: string, rows: readonly MetricRow[]): string => verdictOf(series.claims, id, results(rows, {}));
  const short = task(2, [
    [0.5, 1],
    [0.5, 1],
  ]);

  test("R1 fails when one task is worse by more than a point", () => {
    expect(
      verdict("R1", [
        ...short,
        ...task(5, [
          [0.1, 0.5],
          [0.1, 1],
        ]),
      ]),
    ).toBe("holds");
    expect(
      verdict("R1", [
        ...task(2, [
          [0.5, 1],
          [0.45, 1],
        ]),
        ...task(5, [
          [0.1, 0.5],
          [0.1, 1],
        ]),
      ]),
    ).toBe("fails");
  });

  test("R2 compares the shortest and the longest delay", () => {
    expect(
      verdict("R2", [
        ...short,
        ...task(5, [
          [0.1, 0.5],
          [0.1, 1],
        ]),
      ]),
    ).toBe("holds");
    expect(
      verdict("R2", [
        ...task(2, [
          [0.1, 0.5],
          [0.1, 1],
        ]),
        ...task(5, [
          [0.1, 0.5],
          [0.1, 0.9],
        ]),
      ]),
    ).toBe("fails");
    expect(verdict("R2", short)).toBe("not run");
  });

  test("the jump compares first solved steps of delays from 5 on", () => {
    expect(
      verdict("jump", [
        ...short,
        ...task(5, [
          [0.1, 0.5, 1],
          [0.1, 1, 1],
        ]),
      ]),
    ).toBe("holds");
    expect(
      verdict("jump", [
        ...short,
        ...task(5, [
          [0.1, 1, 1],
          [0.1, 1, 1],
        ]),
      ]),
    ).toBe("fails");
    expect(verdict("jump", short)).toBe("not run");
  });
});

test("the scale claims ask for opposite orders", () => {
  const rows = (name: string, accuracies: readonly [readonly number[], readonly number[]]): MetricRow[] =>
    runs({ delays: [5], scale: name }, accuracies);
  const later = [0.1, 0.5, 1];
  const earlier = [0.1, 1];
  const params = { delays: [5], scales: ["sqrtHeadDim", "none"], steps: 300 };
  const found = [...rows("sqrtHeadDim", [later, earlier]), ...rows("none", [earlier, later])];
  const turned = [...rows("sqrtHeadDim", [earlier, later]), ...rows("none", [later, earlier])];
  for (const id of ["undivided", "divided"]) {
    expect(verdictOf(scale.claims, id, results(found, params))).toBe("holds");
    expect(verdictOf(scale.claims, id, results(turned, params))).toBe("fails");
  }
  expect(verdictOf(scale.claims, "divided", results(found, { ...params, scales: ["none"] }))).toBe("not run");
});

test("R4 needs a width that one attention solves with every seed and the other with none", () => {
  const width = (accuracies: readonly [readonly number[], readonly number[]], seed: number): MetricRow[] =>
    runs({ delays: [5], mlpWidth: 8 }, accuracies, seed);
  const params = { widths: [8], contexts: [48], widthSteps: 2_500, contextSteps: 1_200 };
  const verdict = (rows: readonly MetricRow[]): string => verdictOf(contextAndWidth.claims, "R4", results(rows, params));
  expect(verdict([...width([[0.5], [1]], 1), ...width([[0.5], [1]], 2)])).toBe("holds");
  expect(verdict([...width([[0.5], [1]], 1), ...width([[1], [1]], 2)])).toBe("fails");
});

test("the geometry holds on what it computes, and fails on the other attention's weights", async () => {
  const rows: MetricRow[] = [];
  const params = { sizes: [0.5, 1, 3], deviations: [0.02, 0.1, 1 / 3, 1, 2.1, 5, 10], keys: 4_096 };
  await geometry.run({
    params,
    seed: 1,
    record: ({ series: name = "", step = 0 }: { series?: string; step?: number }, metrics: Readonly<Record<string, number>>) => {
      for (const [metric, value] of Object.entries(metrics)) rows.push({ run: 0, params, seed: 1, series: name, step, metric, value });
    },
  } as never);
  const swapped = rows.map((row) => {
    const [from, to] = row.series.startsWith("expressive") ? ["expressive", "dot-product"] : ["dot-product", "expressive"];
    return { ...row, series: row.series.replace(from as string, to as string) };
  });
  for (const id of ["angles", "monotone", "regimes"]) {
    expect(verdictOf(geometry.claims, id, results(rows, params))).toBe("holds");
    expect(verdictOf(geometry.claims, id, results(swapped, params))).toBe("fails");
  }
});
