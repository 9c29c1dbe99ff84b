import { describe, expect, it } from "vitest";
import { interleave } from "../../adapters/interleave.ts";
import { judgeSpeedup, median, medianTimes, sameLossClaim, timesTable } from "../../experiments/benchmarks/timing-claims.ts";
import type { MetricRow, Results } from "../../src/experiment/index.ts";

function rowsOf(times: Readonly<Record<string, readonly number[]>>, metric = "timeMs"): MetricRow[] {
  return Object.entries(times).flatMap(([series, values]) =>
    values.map((value, step): MetricRow => ({ run: 0, params: {}, seed: 1, series, step, metric, value })),
  );
}

const results = (rows: readonly MetricRow[]): Results => ({ params: {}, scale: "quick", seeds: [1], rows });

describe("speed claims", () => {
  const rows = rowsOf({
    "attnlab, loop": [3, 1, 2],
    "attnlab, one run per step": [9, 8, 7],
    "torch, a": [30, 28, 26],
    "torch, b": [16, 15, 14],
  });

  it("compare the better contender of each library by medians", () => {
    expect(judgeSpeedup(rows, 7)).toEqual({ verdict: "holds", measured: "7.5x (2 against 15 ms)" });
    expect(judgeSpeedup(rows, 8).verdict).toBe("fails");
  });

  it("are not run without a peer or without timings", () => {
    expect(judgeSpeedup(rowsOf({ "attnlab, loop": [1] }), 1)).toMatchObject({
      verdict: "not run",
      note: expect.stringContaining("python3-torch"),
    });
    expect(judgeSpeedup([], 1).verdict).toBe("not run");
  });

  it("fail when the libraries computed something else", () => {
    const claim = sameLossClaim(1e-5);
    expect(claim.judge(results(rowsOf({ a: [1e-6], b: [2e-5] }, "lossDifference"))).verdict).toBe("fails");
    expect(claim.judge(results(rowsOf({ a: [1e-6] }, "lossDifference"))).verdict).toBe("holds");
    expect(claim.judge(results([])).verdict).toBe("not run");
  });

  it("print median and range", () => {
    expect(timesTable("t").build(results(rows)).rows[0]).toEqual(["attnlab, loop", 2, 1, 3]);
    expect([...medianTimes(rows).values()]).toEqual([2, 8, 28, 15]);
    expect(median([4, 1, 3, 2])).toBe(2.5);
  });
});

describe("interleave", () => {
  it("warms up once, then alternates", async () => {
    const calls: string[] = [];
    const contender = (name: string) => ({ name, block: async () => calls.push(name) });
    const seen: unknown[] = [];
    const shown: unknown[] = [];
    await interleave([contender("a"), contender("b")], {
      rounds: 2,
      label: "small",
      signal: new AbortController().signal,
      record: ({ series, step }, metrics) => void seen.push([series, step, metrics]),
      progress: (...report) => void shown.push(report),
    });
    expect(calls).toEqual(["a", "b", "a", "b", "a", "b"]);
    expect(seen).toEqual([
      ["a", 0, { timeMs: 3 }],
      ["b", 0, { timeMs: 4 }],
      ["a", 1, { timeMs: 5 }],
      ["b", 1, { timeMs: 6 }],
    ]);
    expect(shown).toEqual([
      [0.5, "small, a"],
      [0.5, "small, b"],
      [1, "small, a"],
      [1, "small, b"],
    ]);
  });

  it("stops between blocks when aborted", async () => {
    const controller = new AbortController();
    const once = { name: "a", block: async () => 1 };
    const run = interleave([once], { rounds: 3, signal: controller.signal, record: () => controller.abort(), progress: () => undefined });
    await expect(run).rejects.toThrow();
  });
});
