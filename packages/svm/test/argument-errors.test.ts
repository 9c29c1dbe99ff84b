import { DataError, OptionError, ShapeError, UsageError } from "@attnlab/check";
import { type Matrix, matrix, matrixFromRows } from "@attnlab/linalg";
import { describe, expect, it, test } from "vitest";
import {
  attentionMarginProblem,
  attentionScores,
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
  isLocallyOptimal,
  locallyOptimalSelections,
  predict,
  predictProbability,
  regularizationPath,
  solveAttentionSvm,
  solveMatrixMargin,
  standardize,
  tokenScores,
} from "../src/index.ts";

const rows = matrixFromRows([
  [1, 0],
  [0, 1],
  [3, 4],
  [4, 3],
]);
const data = { rows, labels: [0, 0, 1, 1] };
const real = { rows, targets: [0, 1, 2, 3] };
const samples = {
  tokens: { shape: [1, 2, 2], data: Float64Array.of(1, 0, 0, 1) },
  queries: { shape: [1, 2], data: Float64Array.of(1, 1) },
};
const gamma = matrix(1, 2, [1, 0]);
// What plain JavaScript can pass.
const wrong = (value: unknown): never => value as never;

type Case = [name: string, run: () => unknown, kind: new (text: string) => Error, text: string];

function refuses(cases: readonly Case[]): void {
  test.each(cases)("%s", (_name, run, Kind, text) => {
    expect(run).toThrow(Kind);
    expect(run).toThrow(text);
  });
}

describe("unknown fields", () => {
  const extra = { ...data, sampleWeights: [1, 1, 1, 1] };
  const labelled = 'every field of data must be known; got "sampleWeights". Known fields: rows, labels, targets, sampleWeight.';
  const real2 = { ...real, weights: [1, 1, 1, 1] };
  const targeted = 'every field of data must be known; got "weights". Known fields: rows, labels, targets, sampleWeight.';
  refuses([
    ["fitSvc", () => fitSvc(extra), OptionError, `fitSvc: ${labelled}`],
    ["fitNuSvc", () => fitNuSvc(extra), OptionError, `fitNuSvc: ${labelled}`],
    ["fitLinearSvc", () => fitLinearSvc(extra), OptionError, `fitLinearSvc: ${labelled}`],
    ["fitSvr", () => fitSvr(real2), OptionError, `fitSvr: ${targeted}`],
    ["fitNuSvr", () => fitNuSvr(real2), OptionError, `fitNuSvr: ${targeted}`],
    ["fitLinearSvr", () => fitLinearSvr(real2), OptionError, `fitLinearSvr: ${targeted}`],
    [
      "fitOneClassSvm",
      () => fitOneClassSvm(wrong({ rows, label: data.labels })),
      OptionError,
      'fitOneClassSvm: every field of data must be known; got "label". Known fields: rows, labels, targets, sampleWeight.',
    ],
    [
      "solveMatrixMargin",
      () => solveMatrixMargin(wrong({ rows: matrix(1, 4, [1, 0, 0, 1]), b: [1] }), { norm: "nuclear" }),
      OptionError,
      'solveMatrixMargin: every field of problem must be known; got "b". Known fields: rows, rhs, shape, sample, token.',
    ],
    [
      "regularizationPath",
      () => regularizationPath(wrong(data), { p: 2, radii: [1] }),
      OptionError,
      'regularizationPath: every field of samples must be known; got "labels". Known fields: rows.',
    ],
    [
      "attentionScores",
      () => attentionScores(wrong({ ...samples, keys: 1 }), matrix(2, 2)),
      OptionError,
      'attentionScores: every field of samples must be known; got "keys".',
    ],
    [
      "locallyOptimalSelections",
      () => locallyOptimalSelections(wrong({ ...samples, selected: [0] }), gamma, { p: 2 }),
      OptionError,
      'locallyOptimalSelections: every field of samples must be known; got "selected". Known fields: tokens, queries.',
    ],
    [
      "tokenScores",
      () => tokenScores(wrong({ tokens: samples.tokens, labels: [1], weight: 2 }), Float64Array.of(1, 1)),
      OptionError,
      'tokenScores: every field of labelled must be known; got "weight".',
    ],
  ]);

  it("what attentionMarginProblem returns is known as it is", () => {
    const problem = attentionMarginProblem({ ...samples, selected: [0] });
    expect(solveMatrixMargin(problem, { norm: "frobenius" }).status).toBe("optimal");
  });
});

it.each<[string, (options: never) => unknown]>([
  ["fitSvc", (options) => fitSvc(data, options)],
  ["fitNuSvc", (options) => fitNuSvc(data, options)],
  ["fitLinearSvc", (options) => fitLinearSvc(data, options)],
  ["fitSvr", (options) => fitSvr(real, options)],
  ["fitNuSvr", (options) => fitNuSvr(real, options)],
  ["fitLinearSvr", (options) => fitLinearSvr(real, options)],
  ["fitOneClassSvm", (options) => fitOneClassSvm({ rows }, options)],
  ["exportToOnnx", (options) => exportToOnnx(fitLinearSvc(data), options)],
])("options of %s must be an object", (name, run) => {
  for (const options of [null, 3, [1]]) {
    expect(() => run(wrong(options))).toThrow(OptionError);
    expect(() => run(wrong(options))).toThrow(`${name}: options must be an object; got `);
  }
});

describe("models that no fit function returned", () => {
  const svc = fitSvc(data);
  const linear = fitLinearSvc(data);
  const three = fitSvc({ rows, labels: [0, 0, 1, 2] });
  const svr = fitSvr(real);
  const broken = (model: object, over: object): never => wrong({ ...model, ...over });
  const fix = "Pass what fitSvc, fitLinearSvc or another fit function returned.";
  refuses([
    ["no type", () => predict(broken(svc, { type: "toString" }), rows), UsageError, "predict: model must be a fitted model; got { type"],
    [
      "features",
      () => predict(broken(linear, { numFeatures: 0 }), rows),
      UsageError,
      "model.numFeatures must be a whole number >= 1; got 0.",
    ],
    [
      "classes",
      () => predict(broken(svc, { classes: null }), rows),
      UsageError,
      "model.classes must be a list of two or more classes; got null.",
    ],
    [
      "coefficients",
      () => decisionFunction(broken(linear, { coef: [[1]] }), rows),
      UsageError,
      "decisionFunction: model.coef must be finite numbers, one per feature; got [[1]].",
    ],
    [
      "typed arrays out of JSON",
      () => predict(broken(svr, { dualCoef: {} }), rows),
      UsageError,
      `predict: model.dualCoef must be finite numbers, one per support vector; got {}. ${fix}`,
    ],
    [
      "intercepts of three pairs",
      () => predict(broken(three, { intercept: [1, 2] }), rows),
      UsageError,
      "model.intercept must be a list of numbers, one per function; got [1, 2].",
    ],
    [
      "NaN intercept",
      () => predict(broken(svr, { intercept: Number.NaN }), rows),
      UsageError,
      "model.intercept must be a finite number; got NaN.",
    ],
    [
      "kernel",
      () => predict(broken(svc, { kernel: { ...svc.kernel, gamma: -1 } }), rows),
      UsageError,
      "model.kernel must be a kernel with its name and numbers; got { name, gamma, coef0, degree }.",
    ],
    [
      "support vectors",
      () => exportToOnnx(broken(svc, { supportVectors: { rows: 1, cols: 2, data: [1] } })),
      UsageError,
      `exportToOnnx: model.supportVectors must be ${svc.supportIndices.length} rows of finite numbers; got { rows, cols, data }.`,
    ],
    [
      "sigmoids",
      () => predictProbability(broken(svc, { probA: null, probB: [0] }), rows),
      UsageError,
      "predictProbability: model.probA must be absent or a list of numbers, one per function; got null.",
    ],
  ]);

  it("takes every model out of JSON", () => {
    const sparse = csrMatrix(2, [
      [[0, 1]],
      [[1, 1]],
      [
        [0, 3],
        [1, 4],
      ],
      [
        [0, 4],
        [1, 3],
      ],
    ]);
    const gram = matrix(
      4,
      4,
      Array.from({ length: 16 }, (_, at) => dotOf(Math.floor(at / 4), at % 4)),
    );
    const models = [
      [svc, rows],
      [linear, rows],
      [three, rows],
      [fitSvc({ rows, labels: [0, 0, 1, 2] }, { multiClass: "ovr" }), rows],
      [svr, rows],
      [fitLinearSvr(real), rows],
      [fitOneClassSvm({ rows }), rows],
      [fitSvc({ rows: sparse, labels: data.labels }), rows],
      [fitSvc({ rows: gram, labels: data.labels }, { kernel: "precomputed" }), gram],
    ] as const satisfies readonly (readonly [Parameters<typeof predict>[0], Matrix])[];
    for (const [model, of] of models) {
      const copy: typeof model = JSON.parse(JSON.stringify(model));
      expect(predict(copy, of)).toEqual(predict(model, of));
    }
  });
});

function dotOf(i: number, j: number): number {
  const at = (row: number, col: number): number => rows.data[row * 2 + col] as number;
  return at(i, 0) * at(j, 0) + at(i, 1) * at(j, 1);
}

describe("parts of arguments", () => {
  const svm = solveAttentionSvm({ ...samples, selected: [0] }, { p: 2 });
  const scaler = fitStandardScaler(rows);
  refuses([
    [
      "triple",
      () => csrMatrix(2, wrong([[[0, 1, 2]]])),
      ShapeError,
      "csrMatrix: entries must be pairs [whole column, value]; got [0, 1, 2] in row 0.",
    ],
    [
      "missing entry",
      () => csrMatrix(2, wrong([[undefined]])),
      ShapeError,
      "csrMatrix: entries must be pairs [whole column, value]; got undefined in row 0.",
    ],
    [
      "sparse rows without indices",
      () => fitSvc({ ...data, rows: wrong({ rows: 4, cols: 2, data: rows.data, indptr: [0], indices: undefined }) }),
      ShapeError,
      "fitSvc: rows.indices must be a list; got undefined.",
    ],
    [
      "size",
      () => fitSvc({ ...data, rows: { ...rows, rows: wrong("4") } }),
      ShapeError,
      'rows.rows and rows.cols must be whole numbers; got "4".',
    ],
    [
      "scaler's mean",
      () => standardize({ ...scaler, mean: wrong(null) }, rows),
      ShapeError,
      "standardize: scaler.mean must be a list; got null.",
    ],
    [
      "short scale",
      () => standardize({ ...scaler, scale: [1] }, rows),
      ShapeError,
      "scaler.mean and scaler.scale must have the same length; got 2 and 1.",
    ],
    [
      "zero scale",
      () => standardize({ ...scaler, scale: [1, 0] }, rows),
      Error,
      "standardize: scaler.scale must not be 0; got 0 at index 1.",
    ],
    [
      "NaN scale",
      () => standardize({ ...scaler, scale: [1, Number.NaN] }, rows),
      Error,
      "standardize: scaler.scale must be finite numbers; got NaN at index 1.",
    ],
    [
      "support tokens",
      () => isLocallyOptimal(wrong({ ...svm, supportTokens: [3] }), gamma),
      ShapeError,
      "isLocallyOptimal: svm.supportTokens[0] must be a list; got 3.",
    ],
    [
      "selected token",
      () => isLocallyOptimal(wrong({ ...svm, selected: [2] }), gamma),
      ShapeError,
      "isLocallyOptimal: svm.selected must hold whole numbers from 0 to 1; got 2 for sample 0. Pass what solveAttentionSvm returned.",
    ],
  ]);
});

describe("numbers whose squares leave the range of float64", () => {
  const large = { ...rows, data: rows.data.map((v) => v * 1e120) };
  const atMost = "must be at most 1e+100 in magnitude; got ";
  const model = fitSvc(data, { kernel: "poly", gamma: 1, degree: 5 });
  refuses([
    [
      "rows",
      () => fitSvc({ ...data, rows: large }),
      DataError,
      `fitSvc: rows ${atMost}1e+120 at index 0. Measure in larger units, or use fitStandardScaler first.`,
    ],
    ["rows of a linear machine", () => fitLinearSvc({ ...data, rows: large }), DataError, `fitLinearSvc: rows ${atMost}`],
    [
      "targets",
      () => fitLinearSvr({ ...real, targets: [0, 1, 2, -1e101] }),
      DataError,
      `fitLinearSvr: targets ${atMost}-1e+101 at index 3.`,
    ],
    ["rows of a path", () => regularizationPath({ rows: large }, { p: 2, radii: [1] }), DataError, `regularizationPath: rows ${atMost}`],
    [
      "powers",
      () => fitSvc({ ...data, rows: { ...rows, data: rows.data.map((v) => v * 1e90) } }, { kernel: "poly", gamma: 1 }),
      DataError,
      "fitSvc: values of poly must be at most 1e+200; got up to Infinity. Lower gamma or degree, or use fitStandardScaler first.",
    ],
    [
      "prediction",
      () =>
        predict(
          model,
          matrixFromRows([
            [1, 2],
            [1e90, -1e90],
            [1e99, 1e99],
          ]),
        ),
      DataError,
      "predict: decision values must be finite; got ",
    ],
  ]);

  it("rows that would fill the memory", () => {
    const tokens = { shape: [1, 4, 8192], data: new Float64Array(4 * 8192).fill(1) };
    const queries = { shape: [1, 8192], data: new Float64Array(8192).fill(1) };
    expect(() => attentionMarginProblem({ tokens, queries, selected: [0] })).toThrow(
      "attentionMarginProblem: rows written out must fit in 1 GiB; got 3 rows of 67108864 numbers. Use a solver that takes the factors.",
    );
  });

  it("large rows below that end, with a status", () => {
    const wide = {
      rows: matrixFromRows([
        [2e20, 1e20, 0],
        [3e20, 1e20, 1e20],
        [1e20, 2e20, 1e20],
        [4e20, 1e20, 0],
      ]),
    };
    for (const p of [1, 1.1, 2, 3, Number.POSITIVE_INFINITY]) {
      for (const { w, status } of regularizationPath(wide, { p, radii: [1e-3, 1, 1e3] }).points) {
        expect(["optimal", "iterationLimit"]).toContain(status);
        expect(w.every(Number.isFinite)).toBe(true);
      }
    }
  });
});
