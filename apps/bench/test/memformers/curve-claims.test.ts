import { describe, expect, test } from "vitest";
import { experiment as figure1 } from "../../experiments/memformers/figure-1.ts";
import { experiment as figure2 } from "../../experiments/memformers/figure-2.ts";
import { experiment as figure4 } from "../../experiments/memformers/figure-4.ts";
import { experiment as momentum } from "../../experiments/memformers/momentum-nesterov.ts";
import { DEPTHS } from "../../experiments/memformers/paper.ts";
import { KNOWN_CURVES } from "../../experiments/memformers/published-values.ts";
import type { Experiment, MetricRow, Results } from "../../src/experiment/index.ts";
import { rowsAt, verdictOf } from "../mirror-descent/claim-verdict.ts";

const SEEDS = [1, 2, 3, 4, 5];
type Change = (row: MetricRow) => MetricRow;

/** Rows that are the reruns themselves; on the training batch a fitted model is lower by 1. */
function resultsOf(panels: readonly string[], change: Change = (row) => row): Results {
  const rows = panels.flatMap((panel) =>
    Object.entries(KNOWN_CURVES[panel] ?? {}).flatMap(([series, { rerun, published }]) =>
      SEEDS.flatMap((seed) =>
        DEPTHS.flatMap((layers, i) => {
          const test = (rerun ?? published)?.[i] as number;
          return rowsAt({ seed, series, step: layers, params: { panel, series } }, { test, train: test - 1, test19: test });
        }),
      ),
    ),
  );
  const params = { pretrainSteps: 10, trainSteps: 1000, batch: 1000, testPrompts: 20_000 };
  return { params, scale: "full", seeds: SEEDS, rows: rows.map(change) };
}

const lift =
  (panel: string, series: string, step: number, by: number, metric = "test"): Change =>
  (row) =>
    row.params.panel === panel && row.series === series && row.step === step && row.metric === metric
      ? { ...row, value: row.value + by }
      : row;

const verdict = ({ claims }: Experiment, id: string, results: Results): string => verdictOf(claims, id, results);

describe.each([
  ["Figure 1", figure1, ["1a", "1b"], ["F1a-memory", "F1a-cgd", "F1b-memory", "F1a-rerun", "F1b-rerun", "F1-cgd", "F1b-overfit"]],
  ["Figure 2", figure2, ["2a", "2b"], ["F2a-memory", "F2a-cgd", "F2b-cgd", "F2a-rerun", "F2b-rerun", "F2b-cgd-value", "F2b-overfit"]],
  ["momentum", momentum, ["momentum"], ["FM-momentum", "FM-nesterov", "FM-momentum-value", "FM-nesterov-value", "FM-rerun"]],
] as const)("%s", (_, experiment, panels, ids) => {
  test.each(ids)("%s holds on the rerun itself", (id) => {
    expect(verdict(experiment, id, resultsOf(panels))).toBe("holds");
  });
});

test.each([
  ["F1a-memory", "no gain at four layers", figure1, lift("1a", "Memformer", 4, 0.2)],
  ["F1a-cgd", "CGD loses at one layer", figure1, lift("1a", "CGD", 1, 0.5)],
  ["F1b-memory", "no gain at two layers", figure1, lift("1b", "transformer", 2, -0.5)],
  ["F1b-cgd", "CGD wins at four layers", figure1, lift("1b", "CGD", 4, -0.5)],
  ["F1a-rerun", "a point is off by 0.1", figure1, lift("1a", "Memformer", 2, 0.1)],
  ["F1b-rerun", "a point is off by 0.2", figure1, lift("1b", "transformer", 3, -0.2)],
  ["F1b-rerun", "the last point is off by 0.6", figure1, lift("1b", "transformer", 4, -0.6)],
  ["F1b-plot", "a point is off by 0.3", figure1, lift("1b", "transformer", 2, 0.3)],
  ["F1-cgd", "the baseline is off by 0.05", figure1, lift("1a", "CGD", 3, 0.05)],
  ["F1b-overfit", "the batch is no better", figure1, lift("1b", "Memformer", 4, 1, "train")],
] as const)("%s fails when %s", (id, _what, experiment, change) => {
  expect(verdict(experiment, id, resultsOf(["1a", "1b"], change))).toBe("fails");
});

test("references are for the released protocol at full scale only", () => {
  const results = resultsOf(["1a", "1b"]);
  expect(verdict(figure1, "F1a-rerun", { ...results, params: { ...results.params, trainSteps: 500 } })).toBe("not run");
  expect(verdict(figure1, "F1a-rerun", { ...results, scale: "quick" })).toBe("not run");
});

test("the time of a figure is the sum over its curves", () => {
  const results = resultsOf(["1a", "1b"]);
  const timed = (seconds: number): Results => ({
    ...results,
    rows: ["1a", "1b"].flatMap((panel) =>
      rowsAt({ seed: 1, series: "Memformer", step: 0, params: { panel, series: "Memformer" } }, { seconds }),
    ),
  });
  expect([80, 100].map((seconds) => verdict(figure1, "F1-time", timed(seconds)))).toEqual(["holds", "fails"]);
  expect(verdict(figure1, "F1-time", { ...timed(80), scale: "quick" })).toBe("not run");
});

describe("Figure 4", () => {
  /** Twenty draws, of which the Memformer wins some. */
  const draws = (won: number): Results => ({
    params: { pretrainSteps: 1000, trainSteps: 1000, batch: 10, testPrompts: 1000 },
    scale: "full",
    seeds: Array.from({ length: 20 }, (_, i) => i + 1),
    rows: Array.from({ length: 20 }, (_, i) => i + 1).flatMap((seed) =>
      DEPTHS.flatMap((step) => [
        ...rowsAt(
          { seed, series: "Memformer", step, params: { panel: "4b", series: "Memformer" } },
          { train: seed <= won ? -3 : -1, test: 0 },
        ),
        ...rowsAt({ seed, series: "CGD", step, params: { panel: "4b", series: "CGD" } }, { train: -2, test: -1 }),
        ...rowsAt({ seed, series: "Memformer", step, params: { panel: "4a", series: "Memformer" } }, { train: -40, test: 2 }),
      ]),
    ),
  });

  test.each([
    ["F4b-draws", 4, "holds"],
    ["F4b-draws", 0, "fails"],
    ["F4b-draws", 10, "fails"],
    ["F4b-cgd", 4, "fails"],
    ["F4b-cgd", 15, "holds"],
    ["F4b-fresh", 4, "holds"],
    ["F4a-fit", 4, "holds"],
  ] as const)("%s with %d draws won: %s", (id, won, expected) => {
    expect(verdict(figure4, id, draws(won))).toBe(expected);
  });
});
