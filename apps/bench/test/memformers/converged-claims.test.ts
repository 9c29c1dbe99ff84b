import { expect, test } from "vitest";
import { experiment } from "../../experiments/memformers/converged.ts";
import { KNOWN_OPTIMUM } from "../../experiments/memformers/fixed-polynomial.ts";
import { FRESH_MODELS } from "../../experiments/memformers/fresh-training.ts";
import { DEPTHS } from "../../experiments/memformers/paper.ts";
import type { MetricRow, Results } from "../../src/experiment/index.ts";
import { rowsAt, verdictOf } from "../mirror-descent/claim-verdict.ts";

const CGD = { noniso: [0.685, 0.144, -0.605, -1.6], iso: [-0.09, -1.78, -3.76, -6.4] } as const;

/** Everything at the optimum. */
function resultsOf(change: (row: MetricRow) => MetricRow = (row) => row): Results {
  const rows = (["noniso", "iso"] as const).flatMap((part) => {
    const at = { seed: 1, params: { part } };
    const ends = DEPTHS.flatMap((step, i) => {
      const best = i === 0 ? Math.log(30 / 26) : (KNOWN_OPTIMUM.full.log[i] as number);
      const models = Object.entries(FRESH_MODELS).flatMap(([series, { weights }]) =>
        rowsAt({ ...at, series, step }, { test: weights === "full" ? best : (KNOWN_OPTIMUM["scalar code"].log[i] as number) }),
      );
      return [
        ...models,
        ...rowsAt({ ...at, series: "optimal polynomial", step }, { test: best }),
        ...rowsAt({ ...at, series: "CGD", step }, { test: CGD[part][i] as number }),
      ];
    });
    const early = [
      ...rowsAt({ ...at, series: "transformer L4", step: 400 }, { training: -1 }),
      ...rowsAt({ ...at, series: "CGD-like L4", step: 400 }, { training: -2 }),
    ];
    return [...ends, ...early];
  });
  return { params: { steps: 4000 }, scale: "full", seeds: [1], rows: rows.map(change) };
}

const verdict = (id: string, results = resultsOf()): string => verdictOf(experiment.claims, id, results);
const lift =
  (part: string, series: string, step: number, by: number) =>
  (row: MetricRow): MetricRow =>
    row.params.part === part && row.series === series && row.step === step ? { ...row, value: row.value + by } : row;

test.each([
  "speed",
  "optimum-iso",
  "optimum-iso-memory",
  "optimum-noniso",
  "optimum-noniso-memory",
  "floor",
  "cgd-noniso",
  "cgd-iso",
  "one-number",
  "one-layer",
])("%s holds when every model is at the optimum", (id) => {
  expect(verdict(id)).toBe("holds");
});

test("the central claim fails when every model is at the optimum, and holds when transformers lag at all depths beyond one", () => {
  expect(verdict("central")).toBe("fails");
  const lag = (row: MetricRow): MetricRow => (row.series === "transformer" && row.step > 1 ? { ...row, value: row.value + 0.2 } : row);
  expect(verdict("central", resultsOf(lag))).toBe("holds");
});

test.each([
  ["speed", lift("noniso", "CGD-like L4", 400, 1)],
  ["optimum-iso", lift("iso", "transformer", 2, 0.05)],
  ["optimum-iso-memory", lift("iso", "LFOM, residual", 3, 0.05)],
  ["optimum-noniso", lift("noniso", "transformer", 4, 0.3)],
  ["optimum-noniso-memory", lift("noniso", "LFOM, shared gates", 4, 0.2)],
  ["floor", lift("noniso", "CGD-like", 4, -0.1)],
  ["cgd-noniso", lift("noniso", "transformer", 4, 2)],
  ["cgd-iso", lift("iso", "CGD-like", 1, -1)],
  ["one-number", lift("noniso", "transformer, one number", 4, 0.2)],
  ["one-layer", lift("iso", "transformer", 1, 0.1)],
] as const)("%s fails on what it is about", (id, change) => {
  expect(verdict(id, resultsOf(change))).toBe("fails");
});
