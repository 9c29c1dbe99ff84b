import { OptionError, ShapeError, UsageError } from "@attnlab/check";
import { matrix } from "@attnlab/linalg";
import { describe, expect, it } from "vitest";
import {
  attentionMarginProblem,
  attentionScores,
  csrMatrix,
  exportToOnnx,
  fitLinearSvr,
  fitOneClassSvm,
  fitStandardScaler,
  fitSvc,
  fitSvr,
  isLocallyOptimal,
  regularizationPath,
  slackSamples,
  solveAttentionSvm,
  solveHardMargin,
  solveLabelSvm,
  solveMatrixAttentionSvm,
  solveMatrixMargin,
  standardize,
  tokenScores,
} from "../src/index.ts";

const rows = matrix(2, 2, [1, 0, 0, -1]);
const tokens = { shape: [1, 2, 2], data: Float64Array.of(2, 0, 0, 0) };
const queries = { shape: [1, 2], data: Float64Array.of(1, 0) };
const MATRIX = "Matrix { rows, cols, data: Float64Array }; got";

/** What plain JavaScript passes when a field is misspelled, forgotten or of another kind. */
const CASES: readonly (readonly [string, () => unknown, new (...args: never[]) => Error, string])[] = [
  [
    "no problem",
    () => solveHardMargin(undefined as never, { p: 2 }),
    ShapeError,
    "solveHardMargin: problem must be an object with rows; got undefined. Pass { rows }.",
  ],
  [
    "no rows",
    () => solveHardMargin({ A: rows } as never, { p: 2 }),
    ShapeError,
    "solveHardMargin: problem must have rows; got { A }. Pass { rows }.",
  ],
  [
    "a misspelled right-hand side",
    () => solveHardMargin({ rows, rsh: [2, 2] } as never, { p: 2 }),
    OptionError,
    'solveHardMargin: every field of problem must be known; got "rsh". Known fields: rows, rhs, shape, sample, token.',
  ],
  [
    "nested rows",
    () => solveHardMargin({ rows: [[1, 2]] } as never, { p: 2 }),
    ShapeError,
    `solveHardMargin: rows must be a ${MATRIX} [[1, 2]].`,
  ],
  [
    "ordinary data",
    () => solveHardMargin({ rows: { rows: 1, cols: 1, data: [1] } } as never, { p: 2 }),
    ShapeError,
    `rows must be a ${MATRIX} { rows, cols, data }.`,
  ],
  [
    "rhs null",
    () => solveHardMargin({ rows, rhs: null } as never, { p: 2 }),
    ShapeError,
    "solveHardMargin: rhs must be a list; got null. Pass an array or a typed array.",
  ],
  [
    "no right factor",
    () => solveHardMargin({ rows: { left: rows } } as never, { p: 2 }),
    ShapeError,
    `solveHardMargin: right must be a ${MATRIX} undefined.`,
  ],
  [
    "rightIndex",
    () => solveHardMargin({ rows: { left: rows, right: rows, rightIndex: "01" } } as never, { p: 2 }),
    ShapeError,
    'solveHardMargin: rightIndex must be a list; got "01".',
  ],
  [
    "matrix problem",
    () => solveMatrixMargin(null as never, { norm: "nuclear" }),
    ShapeError,
    "solveMatrixMargin: problem must be an object with rows; got null.",
  ],
  [
    "matrix rhs",
    () => solveMatrixMargin({ rows, shape: [1, 2], rhs: 1 } as never, { norm: "nuclear" }),
    ShapeError,
    "solveMatrixMargin: rhs must be a list; got 1.",
  ],
  [
    "fractional shape",
    () => solveMatrixMargin({ rows, shape: [0.5, 4] }, { norm: "nuclear" }),
    ShapeError,
    "solveMatrixMargin: shape must be two whole numbers > 0; got [0.5, 4]. Pass shape: [rows, columns] of W.",
  ],
  [
    "negative shape",
    () => solveMatrixMargin({ rows, shape: [-1, -2] }, { norm: "nuclear" }),
    ShapeError,
    "shape must be two whole numbers > 0; got [-1, -2].",
  ],
  [
    "path samples",
    () => regularizationPath({} as never, { p: 2, radii: [1] }),
    ShapeError,
    "regularizationPath: samples must have rows; got {}. Pass { rows }.",
  ],
  [
    "selection",
    () => solveAttentionSvm(undefined as never, { p: 2 }),
    ShapeError,
    "solveAttentionSvm: samples must be an object with tokens, queries; got undefined.",
  ],
  [
    "no queries",
    () => solveMatrixAttentionSvm({ tokens, selected: [0] } as never, { norm: "nuclear" }),
    ShapeError,
    "solveMatrixAttentionSvm: samples must have queries; got { tokens, selected }.",
  ],
  [
    "no selected",
    () => attentionMarginProblem({ tokens, queries } as never),
    ShapeError,
    "attentionMarginProblem: selection must have selected; got { tokens, queries }.",
  ],
  [
    "selected text",
    () => solveAttentionSvm({ tokens, queries, selected: "0" as never }, { p: 2 }),
    ShapeError,
    'solveAttentionSvm: selected must be a list; got "0".',
  ],
  [
    "relaxed text",
    () => solveAttentionSvm({ tokens, queries, selected: [0], relaxed: "0" as never }, { p: 2 }),
    ShapeError,
    'solveAttentionSvm: relaxed must be a list; got "0".',
  ],
  [
    "token data",
    () => attentionScores({ tokens: { shape: [1, 1, 1], data: [1] as never }, queries }, rows),
    ShapeError,
    "attentionScores: tokens must have a list as shape and a Float64Array as data; got shape [1, 1, 1] and data [1].",
  ],
  ["no W", () => attentionScores({ tokens, queries }, undefined as never), ShapeError, `attentionScores: W must be a ${MATRIX} undefined.`],
  [
    "misspelled relaxed samples",
    () => solveAttentionSvm({ tokens, queries, selected: [0], relax: [0] } as never, { p: 2 }),
    OptionError,
    'solveAttentionSvm: every field of selection must be known; got "relax". Known fields: tokens, queries, labels, selected, relaxed.',
  ],
  [
    "a field of its own for the label SVM",
    () => solveLabelSvm({ tokens, labels: [1], selected: [0], weights: [1] } as never, { p: 2 }),
    OptionError,
    'solveLabelSvm: every field of selection must be known; got "weights".',
  ],
  [
    "misspelled fields of slack",
    () => slackSamples({ tokens, labels: [1], selected: [0], token: [1] } as never, Float64Array.of(1, 1)),
    OptionError,
    'slackSamples: every field of selection must be known; got "token".',
  ],
  [
    "no labels",
    () => solveLabelSvm({ tokens, selected: [0] } as never, { p: 2 }),
    ShapeError,
    "solveLabelSvm: selection must have labels; got { tokens, selected }.",
  ],
  [
    "labels text",
    () => tokenScores({ tokens, labels: "1" as never }, Float64Array.of(1, 1)),
    ShapeError,
    'tokenScores: labels must be a list; got "1".',
  ],
  ["no v", () => tokenScores({ tokens, labels: [1] }, undefined as never), ShapeError, "tokenScores: v must be a list; got undefined."],
  [
    "slack",
    () => slackSamples({ tokens, labels: [1] } as never, Float64Array.of(1, 1)),
    ShapeError,
    "slackSamples: selection must have selected; got { tokens, labels }.",
  ],
  [
    "proof for a solution",
    () => isLocallyOptimal({ status: "infeasible", selected: [0] } as never, matrix(1, 2)),
    ShapeError,
    "isLocallyOptimal: svm must have supportTokens; got { status, selected }.",
  ],
  [
    "no data",
    () => fitSvc(undefined as never),
    ShapeError,
    "fitSvc: data must be an object with rows, labels; got undefined. Pass { rows, labels }.",
  ],
  ["labels as text", () => fitSvc({ rows, labels: "ab" as never }), ShapeError, 'fitSvc: labels must be a list; got "ab".'],
  [
    "targets for labels",
    () => fitSvr({ rows, labels: [1, 2] } as never),
    ShapeError,
    "fitSvr: data must have targets; got { rows, labels }.",
  ],
  ["no one-class data", () => fitOneClassSvm(null as never), ShapeError, "fitOneClassSvm: data must be an object with rows; got null."],
  [
    "degree 0",
    () => fitSvc({ rows, labels: [0, 1] }, { kernel: "poly", degree: 0 }),
    OptionError,
    "fitSvc: degree must be a whole number >= 1; got 0.",
  ],
  [
    "columns of csr",
    () => csrMatrix(-1, []),
    ShapeError,
    "csrMatrix: cols must be a whole number >= 1; got -1. Pass csrMatrix(number of columns, entries).",
  ],
  ["no entries", () => csrMatrix(2, undefined as never), ShapeError, "csrMatrix: entries must be a list; got undefined."],
  ["entries of numbers", () => csrMatrix(2, [3] as never), ShapeError, "csrMatrix: row 0 of entries must be a list; got 3."],
  [
    "fractional column",
    () => csrMatrix(2, [[[0.5, 1]]]),
    ShapeError,
    "csrMatrix: entries must be pairs [whole column, value]; got [0.5, 1] in row 0. Count columns from 0.",
  ],
  ["scaler without columns", () => fitStandardScaler(matrix(2, 0)), ShapeError, "fitStandardScaler: rows must not be empty; got 2 x 0."],
  ["no scaler", () => standardize({} as never, rows), ShapeError, "standardize: scaler must have mean; got {}. Pass { mean, scale }."],
  ["no model", () => exportToOnnx({ type: "tree" } as never), UsageError, "exportToOnnx: model must be a fitted model; got { type }."],
];

describe("input that is no problem, no data and no model", () => {
  it.each(CASES)("%s", (_name, run, Kind, text) => {
    expect(run).toThrow(Kind);
    expect(run).toThrow(text);
  });

  it("NaN and text are no numbers, nor is null", () => {
    const nan = matrix(1, 2, [Number.NaN, 1]);
    expect(() => standardize({ mean: [0, 0], scale: [1, 1] }, nan)).toThrow(
      "standardize: rows must be finite numbers; got NaN at index 0.",
    );
    expect(() => fitLinearSvr({ rows, targets: [1, null] as never })).toThrow(
      "fitLinearSvr: targets must be finite numbers; got null at index 1.",
    );
    expect(() => fitSvr({ rows, targets: [1, 2], sampleWeight: [1, "2"] as never })).toThrow(
      'fitSvr: sampleWeight must be finite numbers; got "2" at index 1.',
    );
  });
});
