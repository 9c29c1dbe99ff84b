import { describe, expect, test } from "vitest";
import { PATH_REFERENCE, REGULARIZATION_PATH_CLAIMS } from "../../experiments/mirror-descent/regularization-path-claims.ts";
import { PATH, START_KINDS, startSeries } from "../../experiments/mirror-descent/regularization-path-run.ts";
import type { Claim, MetricRow, Results } from "../../src/experiment/index.ts";

const RADII = [1, 3, 10, 30, 60] as const;
const OWN = [0.408, 0.325, 0.084, 0.0163, 0.0047];

interface Invented {
  readonly divergence?: readonly number[];
  readonly stationarity?: number;
  readonly logExcess?: number;
  /** Gap of the last start of the second kind at the last radius. */
  readonly gap?: number;
}

function resultsOf({ divergence = OWN, stationarity = 1e-15, logExcess = -5, gap = 1e-12 }: Invented): Results {
  const row = { run: 0, params: { p: 2 }, seed: 1 };
  const rows = RADII.flatMap((_, step): MetricRow[] => [
    { ...row, step, series: PATH, metric: "divergence", value: divergence[step] ?? Number.NaN },
    { ...row, step, series: PATH, metric: "stationarity", value: stationarity },
    { ...row, step, series: PATH, metric: "logExcess", value: logExcess },
    ...START_KINDS.flatMap((kind, k) =>
      [0, 1].map((start) => {
        const last = step === RADII.length - 1 && start === 1 && k === 1;
        return { ...row, step, series: startSeries(kind, start), metric: "gap", value: last ? gap : 0 };
      }),
    ),
  ]);
  // Unsorted on purpose: runs and claims take the radii in ascending order.
  return { params: { p: [2], radii: [...RADII].reverse(), starts: 2 }, scale: "quick", seeds: [1], rows };
}

function judge(id: string, invented: Invented): ReturnType<Claim["judge"]> {
  return (REGULARIZATION_PATH_CLAIMS.find((claim) => claim.id === id) as Claim).judge(resultsOf(invented));
}

describe("C9", () => {
  test("needs a falling path that ends below .01 in a stationary point", () => {
    expect(judge("C9", {}).verdict).toBe("holds");
    expect(judge("C9", { divergence: [0.4, 0.3, 0.31, 0.02, 0.005] }).verdict).toBe("fails");
    expect(judge("C9", { divergence: [0.4, 0.3, 0.2, 0.05, 0.01] }).verdict).toBe("fails");
    expect(judge("C9", { divergence: [0.4, 0.3, Number.NaN, 0.02, 0.005] }).verdict).toBe("fails");
    expect(judge("C9", { stationarity: 1e-6 }).verdict).toBe("fails");
    expect(judge("C9", { stationarity: 2 }).verdict).toBe("fails");
    expect(judge("C9", { stationarity: Number.NaN }).verdict).toBe("fails");
  });
});

describe("C9a", () => {
  test("compares with the reference, in percent", () => {
    expect(OWN).toEqual(RADII.map((radius) => PATH_REFERENCE["2"]?.[radius]));
    expect(judge("C9a", {}).verdict).toBe("holds");
    expect(judge("C9a", { divergence: OWN.map((D, i) => (i === 3 ? 1.03 * D : D)) }).verdict).toBe("fails");
  });

  test("leaves out, and names, what the reference could not resolve", () => {
    const { verdict, note } = judge("C9a", { logExcess: Math.log(0.9e-12) });
    expect(verdict).toBe("not run");
    expect(note).toContain("1e-12");
  });
});

describe("C9b", () => {
  test("one start that ends higher is enough to fail", () => {
    expect(judge("C9b", {}).verdict).toBe("holds");
    expect(judge("C9b", { gap: 1.1e-6 }).verdict).toBe("fails");
    expect(judge("C9b", { gap: Number.NaN }).verdict).toBe("fails");
  });
});
