import { matrixFromRows } from "@attnlab/linalg";
import { createRng } from "@attnlab/random";
import { describe, expect, it } from "vitest";
import {
  csrMatrix,
  decisionFunction,
  exportToOnnx,
  fitLinearSvc,
  fitLinearSvr,
  fitNuSvc,
  fitNuSvr,
  fitOneClassSvm,
  fitStandardScaler,
  fitSvc,
  fitSvr,
  predict,
  predictProbability,
  standardize,
} from "../src/index.ts";

const rows = matrixFromRows([[0], [1], [3], [4]]);
const data = { rows, labels: [0, 0, 1, 1] };
const real = { rows, targets: [0, 1, 3, 4] };
const rng = createRng(1);
const linear = fitLinearSvc(data);
const precomputed = {
  rows: matrixFromRows([
    [1, 2],
    [0, 1],
  ]),
  labels: [0, 1],
};

const cases: Record<string, [() => unknown, string]> = {
  "no rows": [
    () => fitSvc({ rows: matrixFromRows([]), labels: [] }),
    "ShapeError: fitSvc: rows must not be empty; got 0 x 0. Pass at least one sample with at least one feature.",
  ],
  "rows of another kind": [
    () => fitLinearSvc({ rows: [[1], [2]] as never, labels: [0, 1] }),
    "ShapeError: fitLinearSvc: rows must be a Matrix or a CsrMatrix; got [[1], [2]]. Make rows with matrixFromRows of @attnlab/linalg or csrMatrix of @attnlab/svm.",
  ],
  "too few labels": [
    () => fitSvc({ rows, labels: [0, 1] }),
    "ShapeError: fitSvc: labels must have one entry per row, 4; got 2. Pass rows and their values in the same order.",
  ],
  "too many targets": [
    () => fitLinearSvr({ rows, targets: [0, 1, 2, 3, 4] }),
    "ShapeError: fitLinearSvr: targets must have one entry per row, 4; got 5. Pass rows and their values in the same order.",
  ],
  "too few weights": [
    () => fitOneClassSvm({ rows, sampleWeight: [1] }),
    "ShapeError: fitOneClassSvm: sampleWeight must have one entry per row, 4; got 1. Pass rows and their values in the same order.",
  ],
  "one class": [
    () => fitLinearSvc({ rows, labels: ["a", "a", "a", "a"] }),
    'DataError: fitLinearSvc: labels must name at least two classes with weight; got only "a". Add samples of another class, or use fitOneClassSvm.',
  ],
  "a class without weight": [
    () => fitSvc({ ...data, sampleWeight: [1, 1, 0, 0] }),
    "DataError: fitSvc: labels must name at least two classes with weight; got weight 0 for every row of 1. Add samples of another class, or use fitOneClassSvm.",
  ],
  "mixed labels": [
    () => fitSvc({ rows, labels: [0, "b", 1, 1] }),
    'DataError: fitSvc: labels must be all finite numbers or all strings; got "b" at index 1. Name every class by a number or by a string.',
  ],
  "NaN label": [
    () => fitSvc({ rows, labels: [0, Number.NaN, 1, 1] }),
    "DataError: fitSvc: labels must be all finite numbers or all strings; got NaN at index 1. Name every class by a number or by a string.",
  ],
  "NaN feature": [
    () => fitNuSvc({ rows: matrixFromRows([[0], [Number.NaN]]), labels: [0, 1] }),
    "DataError: fitNuSvc: rows must be finite numbers; got NaN at index 1. Remove or repair the NaN and infinite values first.",
  ],
  "infinite target": [
    () => fitSvr({ rows, targets: [0, 1, 2, Number.POSITIVE_INFINITY] }),
    "DataError: fitSvr: targets must be finite numbers; got Infinity at index 3. Remove or repair the NaN and infinite values first.",
  ],
  "negative weight": [
    () => fitSvr({ ...real, sampleWeight: [1, -1, 1, 1] }),
    "DataError: fitSvr: sampleWeight must be >= 0 and positive somewhere; got -1 at index 1. A weight multiplies C; give 0 to leave a sample out.",
  ],
  "no weight at all": [
    () => fitNuSvr({ ...real, sampleWeight: [0, 0, 0, 0] }),
    "DataError: fitNuSvr: sampleWeight must be >= 0 and positive somewhere; got only zeros. A weight multiplies C; give 0 to leave a sample out.",
  ],
  "negative C": [
    () => fitSvc(data, { C: -1 }),
    "OptionError: fitSvc: C must be a finite number > 0; got -1. Price of the losses against the penalty.",
  ],
  "gamma 0": [
    () => fitSvc(data, { gamma: 0 }),
    'OptionError: fitSvc: gamma must be a finite number > 0, "scale" or "auto"; got 0. gamma of rbf, poly and sigmoid; "scale" is 1 / (features x variance of all entries), "auto" is 1 / features.',
  ],
  "negative degree": [
    () => fitSvr(real, { kernel: "poly", degree: -1 }),
    "OptionError: fitSvr: degree must be a whole number >= 1; got -1. Exponent of poly.",
  ],
  "unknown option": [
    () => fitLinearSvc(data, { c: 1 } as never),
    'OptionError: fitLinearSvc: every option must be known; got "c". Known options: C, tol, maxIter, fitIntercept, interceptScaling, probability, rng, folds, loss, penalty, classWeight.',
  ],
  "nu above 1": [
    () => fitOneClassSvm({ rows }, { nu: 1.5 }),
    "OptionError: fitOneClassSvm: nu must be a finite number > 0 and <= 1; got 1.5. Upper bound on the share of errors and lower bound on the share of support vectors.",
  ],
  "infeasible nu": [
    () => fitNuSvc({ rows, labels: [0, 1, 1, 1] }, { nu: 0.6 }),
    "DataError: fitNuSvc: nu must be at most 0.5 for 1 against 0, twice the smaller class's share of the weight; got 0.6. Use a smaller nu, or balance the classes with classWeight.",
  ],
  "hinge with the l1 penalty": [
    () => fitLinearSvc(data, { penalty: "l1", loss: "hinge" }),
    'OptionError: fitLinearSvc: penalty "l1" must go with the squared hinge; got loss "hinge". Use loss: "squaredHinge" with penalty: "l1".',
  ],
  "class weight of no class": [
    () => fitSvc(data, { classWeight: { 2: 1 } }),
    'DataError: fitSvc: classWeight must name classes of the data; got "2". The classes are [0, 1].',
  ],
  "class weight 0": [
    () => fitSvc(data, { classWeight: { 1: 0 } }),
    'OptionError: fitSvc: classWeight must be "balanced" or an object of finite numbers > 0; got { 1 }. Factor on C for each class by its label, such as { spam: 2 }, or "balanced" for factors inverse to the class sizes.',
  ],
  "probability without rng": [
    () => fitSvc(data, { probability: true }),
    "OptionError: fitSvc: probability: true must come with rng; got none. Pass rng: createRng(seed) of @attnlab/random; the folds of the calibration are drawn with it.",
  ],
  "an rng that is none": [
    () => fitSvc(data, { probability: true, rng: 7 as never }),
    "OptionError: fitSvc: rng must be a generator of @attnlab/random; got 7. Deals the rows to the folds: createRng(seed) of @attnlab/random.",
  ],
  "one fold": [
    () => fitSvc(data, { probability: true, rng, folds: 1 }),
    "OptionError: fitSvc: folds must be a whole number >= 2; got 1. Folds of the cross-validation behind the probabilities.",
  ],
  "precomputed, not square": [
    () => fitSvc(data, { kernel: "precomputed" }),
    "ShapeError: fitSvc: a precomputed kernel must be square, [samples, samples]; got 4 x 1. Pass the kernel between all pairs of samples as rows.",
  ],
  "precomputed, not symmetric": [
    () => fitSvc(precomputed, { kernel: "precomputed" }),
    "DataError: fitSvc: a precomputed kernel must be symmetric; got 0 at (1, 0) and 2 at (0, 1). Pass K(x_i, x_j) with rows and columns in one order, or average K with its transpose.",
  ],
  "other columns than fitted": [
    () => predict(linear, matrixFromRows([[1, 2]])),
    "ShapeError: predict: rows must have the 1 columns the model was fitted on; got 2. Pass the same features in the same order.",
  ],
  "no model": [
    () => decisionFunction({ type: "tree" } as never, rows),
    "UsageError: decisionFunction: model must be a fitted model; got { type }. Pass what fitSvc, fitLinearSvc or another fit function returned.",
  ],
  "no probabilities": [
    () => predictProbability(linear, rows),
    "UsageError: predictProbability: the model must be calibrated; got a model without probA. Fit a classifier with probability: true and rng: createRng(seed).",
  ],
  "export of a precomputed kernel": [
    () =>
      exportToOnnx(
        fitSvc(
          {
            rows: matrixFromRows([
              [1, 0],
              [0, 1],
            ]),
            labels: [0, 1],
          },
          { kernel: "precomputed" },
        ),
      ),
    "UsageError: exportToOnnx: the model must know its features; got a precomputed kernel. Fit with the kernel itself: linear, rbf, poly or sigmoid.",
  ],
  "a scaler of other features": [
    () => exportToOnnx(linear, { scaler: { mean: [0, 0], scale: [1, 1] } }),
    "ShapeError: exportToOnnx: scaler.mean and scaler.scale must have 1 numbers; got 2 and 2. Pass the mean and the scale of every feature.",
  ],
  "a scale of 0": [
    () => exportToOnnx(linear, { scaler: { mean: [0], scale: [0] } }),
    "OptionError: exportToOnnx: scaler must be an object of mean and scale, finite numbers, scale not 0; got { mean, scale }. Means and scales of the features, as arrays of numbers.",
  ],
  "a scaler of nothing": [
    () => fitStandardScaler({ rows: 0, cols: 2, data: new Float64Array(0) }),
    "ShapeError: fitStandardScaler: rows must not be empty; got 0 x 2. Pass at least one sample with at least one feature.",
  ],
  "a scaler on other features": [
    () => standardize(fitStandardScaler(rows), matrixFromRows([[1, 2]])),
    "ShapeError: standardize: rows must have the scaler's 1 features; got 2. Pass the features the scaler was fitted on.",
  ],
  "a column out of range": [
    () => csrMatrix(2, [[[2, 1]]]),
    "ShapeError: csrMatrix: a column must be 0 to 1; got 2 in row 0. Count columns from 0, and pass their number as cols.",
  ],
  "a column twice": [
    () =>
      csrMatrix(2, [
        [
          [1, 1],
          [1, 2],
        ],
      ]),
    "DataError: csrMatrix: columns must ascend within a row; got 1 after 1 in row 0. Sort each row by column and add up repeated entries.",
  ],
  "an indptr that does not end": [
    () => fitSvc({ ...data, rows: { ...csrMatrix(1, [[[0, 1]], [], [], []]), indptr: Int32Array.of(0, 1, 1, 1, 2) } }),
    "ShapeError: fitSvc: indptr must hold rows + 1 offsets from 0 to the number of indices and of data; got indptr of 5 from 0 to 2, 1 indices and 1 numbers for 4 rows. csrMatrix(cols, entries) builds the three arrays.",
  ],
  "an indptr that decreases": [
    () => fitSvc({ ...data, rows: { ...csrMatrix(1, [[[0, 1]], [], [], []]), indptr: Int32Array.of(0, 1, 0, 1, 1) } }),
    "ShapeError: fitSvc: indptr must not decrease; got 1 then 0 at row 1. Each row ends where the next begins.",
  ],
};

describe("bad input", () => {
  for (const [name, [call, message]] of Object.entries(cases)) {
    it(name, () => {
      let found = "no error";
      try {
        call();
      } catch (error) {
        found = String(error);
      }
      expect(found).toBe(message);
    });
  }
});

describe("not converging", () => {
  it("is a status of every solver", () => {
    const hard = {
      rows: matrixFromRows([
        [0, 1],
        [1, 0],
        [2, 2],
        [3, 1],
        [1, 3],
        [5, 5],
      ]),
      labels: [0, 1, 0, 1, 0, 1],
    };
    const targets = { rows: hard.rows, targets: [3, -1, 4, 1, -5, 9] };
    const few = { tol: 1e-12, maxIter: 1 };
    const models = [
      fitLinearSvc(hard, few),
      fitLinearSvc(hard, { ...few, penalty: "l1" }),
      fitLinearSvr(targets, few),
      fitSvc(hard, few),
      fitNuSvc(hard, { ...few, gamma: 0.1 }),
      fitOneClassSvm(hard, { ...few, gamma: 0.1, nu: 0.5 }),
      fitSvr(targets, few),
      fitNuSvr(targets, { ...few, nu: 0.9 }),
    ];
    for (const { type, status, kktViolation, dualityGap, iterations } of models) {
      expect(`${type} ${status}`).toBe(`${type} iterationLimit`);
      expect(iterations).toBe(1);
      expect(kktViolation).toBeGreaterThan(1e-12);
      expect(dualityGap).toBeGreaterThan(0);
    }
  });
});
