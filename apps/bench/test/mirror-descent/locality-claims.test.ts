import { describe, expect, test } from "vitest";
import { LOCALITY_CLAIMS } from "../../experiments/mirror-descent/locality-claims.ts";
import { localitySteps, type Start } from "../../experiments/mirror-descent/locality-run.ts";
import { SELECTION_CLASSES, type SelectionClass } from "../../experiments/mirror-descent/replaced-selection.ts";
import type { Claim, MetricRow, Results } from "../../src/experiment/index.ts";

const SEEDS = Array.from({ length: 15 }, (_, i) => i + 1);

type Kept = Readonly<Record<SelectionClass, number>>;

interface Invented {
  readonly near: Kept;
  readonly far?: Kept;
  readonly divergence?: number;
  readonly leastAlignment?: number;
  readonly alignment?: number;
}

/** Rows of p = 2 in which the first so many seeds of each class keep their tokens. */
function resultsOf({ near, far, divergence = 0.0024, leastAlignment = 0.4, alignment = 1 }: Invented): Results {
  const starts: Start[] = far === undefined ? ["near"] : ["near", "far"];
  const rows = starts.flatMap((start) =>
    SELECTION_CLASSES.flatMap((series) =>
      SEEDS.flatMap((seed): MetricRow[] => {
        const kept = ((start === "near" ? near : (far as Kept))[series] ?? 0) >= seed ? 1 : 0;
        const row = { run: 0, params: { p: 2, start }, seed, series };
        const end = { kept, divergence, alignment, ...(series === "global" ? { leastAlignment } : {}) };
        return [
          { ...row, step: 0, metric: "divergence", value: 0.001 },
          ...Object.entries(end).map(([metric, value]) => ({ ...row, step: localitySteps(2, start), metric, value })),
        ];
      }),
    ),
  );
  return { params: { p: [2], starts }, scale: "full", seeds: SEEDS, rows };
}

function verdict(id: string, invented: Invented): string {
  return (LOCALITY_CLAIMS.find((claim) => claim.id === id) as Claim).judge(resultsOf(invented)).verdict;
}

const ORDERED: Kept = { global: 15, local: 7, "not local": 0 };

describe("C7", () => {
  test("needs a positive alignment at every step and the expected end", () => {
    expect(verdict("C7", { near: ORDERED })).toBe("holds");
    expect(verdict("C7", { near: ORDERED, leastAlignment: 0 })).toBe("fails");
    expect(verdict("C7", { near: ORDERED, leastAlignment: Number.NaN })).toBe("fails");
    expect(verdict("C7", { near: ORDERED, alignment: 0.99 })).toBe("fails");
  });
});

describe("C8", () => {
  test.each([
    [{ global: 15, local: 1, "not local": 0 }, "holds"],
    [{ global: 14, local: 7, "not local": 0 }, "fails"],
    [{ global: 15, local: 15, "not local": 0 }, "fails"],
    [{ global: 15, local: 0, "not local": 0 }, "fails"],
    [{ global: 15, local: 7, "not local": 1 }, "fails"],
  ] as const)("%o: %s", (near, expected) => {
    expect(verdict("C8", { near })).toBe(expected);
  });

  test("a class without runs is not a verdict", () => {
    const results = resultsOf({ near: ORDERED });
    const without = { ...results, rows: results.rows.filter((row) => row.series !== "local") };
    expect((LOCALITY_CLAIMS.find(({ id }) => id === "C8") as Claim).judge(without).verdict).toBe("not run");
  });
});

describe("C8a", () => {
  test("needs the expected mean, and kept runs that stay close", () => {
    expect(verdict("C8a", { near: ORDERED })).toBe("holds");
    expect(verdict("C8a", { near: ORDERED, divergence: 0.003 })).toBe("fails");
    expect(verdict("C8a", { near: ORDERED, divergence: Number.NaN })).toBe("fails");
  });
});

describe("C8b", () => {
  test("needs both starts, the order, and no fewer local runs than near", () => {
    expect(verdict("C8b", { near: ORDERED })).toBe("not run");
    expect(verdict("C8b", { near: ORDERED, far: { ...ORDERED, local: 7 } })).toBe("holds");
    expect(verdict("C8b", { near: ORDERED, far: { ...ORDERED, local: 6 } })).toBe("fails");
    expect(verdict("C8b", { near: ORDERED, far: { ...ORDERED, "not local": 1 } })).toBe("fails");
  });
});
