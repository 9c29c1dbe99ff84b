import { describe, expect, test } from "vitest";
import { experiment as batchSize } from "../../experiments/sign-descent/batch-size.ts";
import { experiment as scaling } from "../../experiments/sign-descent/collapse-scaling.ts";
import { experiment as dataQuality } from "../../experiments/sign-descent/data-quality.ts";
import { INVARIANT_CLAIMS } from "../../experiments/sign-descent/invariants-claims.ts";
import { DIGIT_CLAIMS } from "../../experiments/sign-descent/mnist-claims.ts";
import { OPTIMIZER_CLAIMS } from "../../experiments/sign-descent/optimizers-claims.ts";
import { firstStepBelow, growthOf, slope } from "../../experiments/sign-descent/stage-growth.ts";
import { STAGE_CLAIMS } from "../../experiments/sign-descent/stages-claims.ts";
import type { MetricRow, ParameterValues, Results } from "../../src/experiment/index.ts";
import { rowsAt, verdictOf } from "../mirror-descent/claim-verdict.ts";

const results = (rows: readonly MetricRow[], params: ParameterValues = {}): Results => ({ params, scale: "full", seeds: [1], rows });
const at = (series: string, step: number, metrics: Readonly<Record<string, number>>, params: ParameterValues = {}): MetricRow[] =>
  rowsAt({ params, seed: 1, series, step }, metrics);

describe("claims of the stages", () => {
  const boundaries = {
    valueNoise: 2,
    noiseAlignment: 12,
    signalOpposition: 40,
    attentionCollapse: 90,
    keyAlignment: 200,
    queryAlignment: 410,
    attentionOnNoise: 560,
    "loss<0.01": 250,
    "loss<0.000001": 650,
  };
  const growth = {
    valueNoiseSpread: 0.02,
    valueNoiseRate: 0.87,
    valueSignalError: 1e-13,
    querySignalGrows: 1,
    lossSlope: -0.021,
    lossSlopeRatio: 0.84,
    smallestAtCollapse: 0.47,
    largestAtCollapse: 0.5,
  };
  const rows = (change: Readonly<Record<string, number>> = {}): Results =>
    results([
      ...at("boundaries", 0, { ...boundaries, ...change }),
      ...at("growth", 0, { ...growth, ...change }),
      ...at("", 0, { alignment: 0.5 }),
      ...at("", 50, { alignment: change.alignment ?? 0.99 }),
      ...at("", 100, { alignment: 0.99, opposition: 0.97, majority: 0.9, keyAgreement: 0.6, queryAgreement: 0.6, ...change }),
      ...at("", 900, {
        meanSignalToSignal: 1e-5,
        largestNoiseToSignal: 1e-190,
        keyAgreement: 1,
        queryAgreement: change.late ?? 1,
        ...change,
      }),
      ...[250, 1_000].flatMap((step) => at("test", step, { testLoss: 0.8, testError: 0.45, ...change })),
    ]);

  test.each([
    ["C2a", { valueNoise: 6 }],
    ["C2b", { valueNoiseSpread: 0.05 }],
    ["C2b", { valueSignalError: 1e-8 }],
    ["C3", { noiseAlignment: 41 }],
    ["C3", { alignment: 0.98 }],
    ["C4a", { opposition: 0.89 }],
    ["C4a", { majority: 0.84 }],
    ["C4b", { querySignalGrows: 0.98 }],
    ["C5", { signalOpposition: 95 }],
    ["C5", { keyAlignment: 420 }],
    ["C5", { attentionOnNoise: Number.NaN }],
    ["C5", { smallestAtCollapse: 0.43 }],
    ["C6", { meanSignalToSignal: 2e-4 }],
    ["C6", { largestNoiseToSignal: 1e-29 }],
    ["C7", { "loss<0.01": 321 }],
    ["C7", { lossSlope: -0.017 }],
    ["C7", { lossSlopeRatio: 0.69 }],
    ["C8", { testLoss: 0.59 }],
    ["C8", { testError: 0.34 }],
    ["flips", { late: 0.9, queryAgreement: 0.6 }],
  ])("%s holds on what is expected and fails on %j", (id, change) => {
    expect(verdictOf(STAGE_CLAIMS, id, rows())).toBe("holds");
    expect(verdictOf(STAGE_CLAIMS, id, rows(change as Record<string, number>))).toBe("fails");
  });
});

describe("claims of the comparison of optimizers", () => {
  const rows = (adam: Readonly<Record<string, number>> = {}, sign: Readonly<Record<string, number>> = {}): Results => {
    const of = (method: string, m: Readonly<Record<string, number>>): MetricRow[] => [
      ...at("boundaries", 0, { noiseAlignment: 15, attentionCollapse: m.attentionCollapse ?? 90 }, { method }),
      ...at("", 1_000, { loss: 1e-2 }, { method }),
      ...at("", 2_000, { queryAgreement: m.queryAgreement as number, loss: m.loss as number }, { method }),
      ...at("test", 2_000, { testLoss: m.testLoss as number }, { method }),
      ...at("at 0.01", 300, { testLoss: m.testLoss as number }, { method }),
    ];
    return results(
      [
        ...of("adam", { queryAgreement: 0.6, loss: 3e-3, testLoss: 0.69, ...adam }),
        ...of("sign", { queryAgreement: 1, loss: 1e-18, testLoss: 0.69, ...sign }),
        ...of("gd", { queryAgreement: 0.6, loss: 1e-3, testLoss: 0.57 }),
      ],
      { steps: 2_000, methods: ["sign", "adam", "gd"] },
    );
  };

  test.each([
    ["C9a", { attentionCollapse: 113 }, {}],
    ["C9b", { testLoss: 0.59 }, {}],
    ["C9c", { queryAgreement: 0.71 }, {}],
    ["C9c", {}, { queryAgreement: 0.98 }],
    ["C9d", { loss: 9e-4 }, {}],
    ["C9d", {}, { loss: 1e-7 }],
    ["equal-loss", { testLoss: 0.61 }, {}],
  ])("%s fails on Adam %j, sign descent %j", (id, adam, sign) => {
    expect(verdictOf(OPTIMIZER_CLAIMS, id, rows())).toBe("holds");
    expect(verdictOf(OPTIMIZER_CLAIMS, id, rows(adam as Record<string, number>, sign as Record<string, number>))).toBe("fails");
  });

  test("the grid needs all pairs of betas", () => {
    expect(verdictOf(OPTIMIZER_CLAIMS, "grid", rows())).toBe("not run");
  });
});

test("claims on data quality and batch size", () => {
  const levels = (gd: number, sign: number, adam: number): Results =>
    results(
      Object.entries({ gd, sign, adam }).flatMap(([method, testLoss]) =>
        at("", 100, { testLoss, s11: method === "gd" ? 0.98 : 0.001 }, { method, noiseScale: 0.2 }),
      ),
      { target: 0.01, noiseScales: [0.2] },
    );
  expect(verdictOf(dataQuality.claims, "C10", levels(0.02, 0.55, 0.66))).toBe("holds");
  expect(verdictOf(dataQuality.claims, "C10", levels(0.06, 0.55, 0.66))).toBe("fails");
  expect(verdictOf(dataQuality.claims, "order", levels(0.02, 0.55, 0.54))).toBe("holds");
  expect(verdictOf(dataQuality.claims, "order", levels(0.02, 0.55, 0.52))).toBe("fails");
  const batches = (signal: number, error: number): Results =>
    results(
      [
        ...at("", 100, { valueSignal: signal, valueNoise: 2, testError: error }, { batchSize: 1 }),
        ...at("", 100, { valueSignal: 0.05, valueNoise: 2, testError: 0.44 }, { batchSize: 20 }),
      ],
      { batchSize: [1, 20] },
    );
  for (const id of ["signal", "test-error"]) {
    expect(verdictOf(batchSize.claims, id, batches(0.8, 0.02))).toBe("holds");
    expect(verdictOf(batchSize.claims, id, batches(0.2, 0.3))).toBe("fails");
  }
});

test("claims on the scaling law", () => {
  const names = {
    R: 76,
    "η / 2": 152,
    "2 η": 38,
    "m_k = 10": 132,
    "m_k = 100": 41,
    "σ = 1": 153,
    "σ = 4": 38,
    "s = 20": 150,
    "s = 80": 40,
  };
  const rows = (change: Readonly<Record<string, number>> = {}): Results =>
    results(Object.entries({ ...names, ...change }).flatMap(([name, collapse]) => at("", 0, { collapse }, { name })));
  for (const [id, change] of [
    ["C11a", { "η / 2": 162 }],
    ["C11b", { "m_k = 100": 50 }],
    ["C11c", { "s = 80": 46 }],
    ["law", { "m_k = 10": 180 }],
  ] as const) {
    expect(verdictOf(scaling.claims, id, rows())).toBe("holds");
    expect(verdictOf(scaling.claims, id, rows(change))).toBe("fails");
    expect(verdictOf(scaling.claims, id, rows({ R: Number.NaN }))).toBe("not run");
  }
});

test("claims on invariants and on digits", () => {
  const invariants = (stable: number): Results =>
    results([...at("sign", 0, { movedOutside: stable, stepError: stable }), ...at("saturated", 0, { stable, standard: 0.1 })]);
  for (const id of ["C12a", "C12c", "product-form"]) {
    expect(verdictOf(INVARIANT_CLAIMS, id, invariants(0))).toBe("holds");
    expect(verdictOf(INVARIANT_CLAIMS, id, invariants(0.5))).toBe("fails");
  }
  const digits = (gd: number): Results =>
    results(
      Object.entries({ gd, sign: 0.7, adam: 0.71 }).flatMap(([method, testAccuracy]) =>
        [0.5, 1, 2].flatMap((signalToNoise) =>
          at(method, 100, { testAccuracy, testLoss: signalToNoise === 1 ? gd : 0.8 }, { task: "3-5", signalToNoise }),
        ),
      ),
    );
  for (const id of ["gd-ahead", "not-monotone"]) {
    expect(verdictOf(DIGIT_CLAIMS, id, digits(0.9))).toBe("holds");
    expect(verdictOf(DIGIT_CLAIMS, id, digits(0.71))).toBe("fails");
  }
  expect(verdictOf(DIGIT_CLAIMS, "adam-like-sign", digits(0.9))).toBe("holds");
});

test("growth is measured in the units of the sign rules", () => {
  const line = (perStep: number, from = 0): number[] => Array.from({ length: 1_001 }, (_, t) => from + perStep * t);
  const history = {
    valueNoise: line(2 * 1e-4 * 60 * 0.9),
    valueSignal: line(2e-4),
    querySignalSize: line(1e-4),
    loss: line(-0.02).map(Math.exp),
  };
  const growth = growthOf(history, { rate: 1e-4, noiseNorm: 60 });
  expect(growth.valueNoiseRate).toBeCloseTo(0.9, 9);
  expect(growth.valueNoiseSpread).toBeLessThan(1e-9);
  expect(growth.valueSignalError).toBeLessThan(1e-9);
  expect(growth.querySignalGrows).toBe(1);
  expect(growth.lossSlope).toBeCloseTo(-0.02, 9);
  expect(growth.lossSlopeRatio).toBeCloseTo(-0.02 / (-4e-4 * 60), 9);
  expect(slope([0, 5, 10, 15], 1, 3)).toBeCloseTo(5, 12);
  expect(firstStepBelow([1, 0.5, 0.1], 0.5)).toBe(2);
  expect(firstStepBelow([1], 0.5)).toBe(Number.NaN);
});
