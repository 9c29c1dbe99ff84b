import { tensorData } from "@attnlab/check";
import type { Matrix } from "@attnlab/linalg";
import { decodeModel } from "@attnlab/onnx";
import { createRng } from "@attnlab/random";
import { createSession } from "@attnlab/runtime/node";
import { type CloseOptions, expectClose } from "@attnlab/testing";
import { describe, expect, it } from "vitest";
import {
  decisionFunction,
  exportToOnnx,
  fitLinearSvc,
  fitLinearSvr,
  fitNuSvc,
  fitOneClassSvm,
  fitSvc,
  fitSvr,
  type KernelClassifier,
  predict,
  predictProbability,
  type SvmModel,
} from "../src/index.ts";
import { cancer, cancerScaler, digits, iris, rawCancer } from "./soft-margin-data.ts";

const close: CloseOptions = {
  precision: "float32",
  relative: 1e-4,
  absolute: 1e-3,
  reason: "sums of hundreds of support vectors in single precision",
};

async function run(bytes: Uint8Array, rows: Matrix): Promise<Record<string, number[]>> {
  await using session = await createSession(bytes);
  const result = await session.run({ input: tensorData("float32", [rows.rows, rows.cols], rows.data) });
  return Object.fromEntries(Object.entries(result).map(([name, { data }]) => [name, Array.from(data, Number)]));
}

/** Our own answers for the same float32 rows. */
const rounded = (rows: Matrix): Matrix => ({ ...rows, data: Float64Array.from(Float32Array.from(rows.data)) });

const rng = () => createRng(11);
const named = { ...iris.train, labels: iris.train.labels.map((code) => ["setosa", "versicolor", "virginica"][code] as string) };
const halves = { ...iris.train, labels: iris.train.labels.map((code) => code / 2) };

const classifiers: Record<string, { model: SvmModel; rows: Matrix }> = {
  "iris, pairs, rbf, calibrated": { model: fitSvc(iris.train, { probability: true, rng: rng() }), rows: iris.test.rows },
  "iris, pairs, poly": { model: fitSvc(iris.train, { kernel: "poly", degree: 2, coef0: 1, gamma: 0.3 }), rows: iris.test.rows },
  "iris, pairs, sigmoid": { model: fitSvc(iris.train, { kernel: "sigmoid", gamma: 0.01, C: 100 }), rows: iris.test.rows },
  "iris, nu, linear, calibrated": {
    model: fitNuSvc(iris.train, { kernel: "linear", nu: 0.2, probability: true, rng: rng() }),
    rows: iris.test.rows,
  },
  "iris, rest, rbf, calibrated": {
    model: fitSvc(iris.train, { multiClass: "ovr", gamma: 0.5, probability: true, rng: rng() }),
    rows: iris.test.rows,
  },
  "iris, linear, named, calibrated": { model: fitLinearSvc(named, { probability: true, rng: rng() }), rows: iris.test.rows },
  "iris, classes that are no whole numbers": { model: fitSvc(halves), rows: iris.test.rows },
  "cancer, rbf, calibrated": { model: fitSvc(cancer.train, { probability: true, rng: rng() }), rows: cancer.test.rows },
  "cancer, linear, calibrated": { model: fitLinearSvc(cancer.train, { probability: true, rng: rng() }), rows: cancer.test.rows },
  "digits, pairs, rbf, calibrated": { model: fitSvc(digits.train, { probability: true, rng: rng() }), rows: digits.test.rows },
  "digits, linear": { model: fitLinearSvc(digits.train), rows: digits.test.rows },
};

describe("an exported classifier agrees with its own predictions", () => {
  for (const [name, { model, rows }] of Object.entries(classifiers)) {
    it(name, async () => {
      if (!("classes" in model)) expect.fail("no classifier");
      const given = rounded(rows);
      const bytes = exportToOnnx(model);
      const found = await run(bytes, rows);
      expect(JSON.parse(decodeModel(bytes).metadata?.classes ?? "")).toEqual(model.classes);
      const asFitted = model.type === "linearSvc" ? model : ({ ...model, decisionFunctionShape: "ovo" } satisfies KernelClassifier);
      expectClose(found.decision ?? [], decisionFunction(asFitted, given).data, close);
      const whole = model.classes.every((label) => Number.isSafeInteger(label));
      const labels = (found.label ?? []).map((label) => (whole ? label : model.classes[label]));
      expect(labels).toEqual(predict(model, given));
      expect("probabilities" in found).toBe(model.probA !== undefined);
      if (model.probA === undefined) return;
      expectClose(found.probabilities ?? [], predictProbability(model, given).data, {
        ...close,
        absolute: 2e-3,
        reason: "the coupling of pairs ends at a residual of 0.005 / classes, which single precision can cross an iteration earlier",
      });
    });
  }
});

describe("other exported machines", () => {
  const narrow = (all: Matrix): Matrix => ({
    rows: all.rows,
    cols: 3,
    data: all.data.filter((_, k) => k % 4 !== 3),
  });
  const data = { rows: narrow(iris.train.rows), targets: iris.train.rows.data.filter((_, k) => k % 4 === 3) };
  const test = rounded(narrow(iris.test.rows));
  it("regressions give the same values", async () => {
    for (const model of [fitSvr(data), fitSvr(data, { kernel: "poly", coef0: 1, gamma: 0.02 }), fitLinearSvr(data, { epsilon: 0.1 })]) {
      const { value = [] } = await run(exportToOnnx(model), test);
      expectClose(value, predict(model, test), close);
    }
  });
  it("a one-class machine gives the same sides", async () => {
    const rows = rounded(iris.test.rows);
    const model = fitOneClassSvm({ rows: iris.train.rows }, { nu: 0.2, gamma: 0.5 });
    const { label, decision = [] } = await run(exportToOnnx(model), rows);
    expectClose(decision, decisionFunction(model, rows).data, close);
    expect(label).toEqual(predict(model, rows));
    expect(new Set(label)).toEqual(new Set([1, -1]));
  });
  it("a scaler takes rows as they were measured", async () => {
    const model = fitSvc(cancer.train);
    const { label } = await run(exportToOnnx(model, { scaler: cancerScaler }), rawCancer.test.rows);
    expect(label).toEqual(predict(model, cancer.test.rows));
  });
  it("a copy out of JSON exports to the same bytes", () => {
    const model = fitSvc(iris.train);
    expect(exportToOnnx(JSON.parse(JSON.stringify(model)))).toEqual(exportToOnnx(model));
  });
});
