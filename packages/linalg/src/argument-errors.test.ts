import { DataError, DtypeError, OptionError, ShapeError } from "@attnlab/check";
import { describe, expect, it, test } from "vitest";
import {
  axpy,
  type Cholesky,
  checkFinite,
  checkSameSize,
  cholesky,
  conjugateGradients,
  conjugateProx,
  deleteCholeskyRow,
  downdateCholesky,
  dualExponent,
  entropyBregmanDivergence,
  entropyInverseMirrorMap,
  entropyPotential,
  gemm,
  incompleteCholesky,
  inducedNorm,
  insertCholeskyRow,
  jacobiPreconditioner,
  lpBregmanDivergence,
  lpInverseMirrorMap,
  lpMirrorMap,
  lpNorm,
  lpPotential,
  mapSingularValues,
  matrix,
  matrixFromRows,
  matvec,
  matvecTransposed,
  nonNegativeLeastSquares,
  projectNuclearBall,
  projectSimplex,
  qr,
  schattenBregmanDivergence,
  softThreshold,
  squaredLpBregmanDivergence,
  squaredLpMirrorMap,
  ssorPreconditioner,
  updateCholesky,
} from "./index.ts";

const v = (...values: number[]): Float64Array => Float64Array.from(values);
const a = matrix(2, 2, [4, 1, 1, 3]);
const { NaN: nan, POSITIVE_INFINITY: infinity } = Number;
const factor = cholesky(a);
// What plain JavaScript can pass.
const nothing: never = undefined as never;
const wrong = (value: unknown): never => value as never;

type Case = [name: string, run: () => unknown, kind: new (text: string) => Error, text: string];

function refuses(cases: readonly Case[]): void {
  test.each(cases)("%s", (_name, run, Kind, text) => {
    expect(run).toThrow(Kind);
    expect(run).toThrow(text);
  });
}

describe("Cholesky updates without a factor or a vector", () => {
  const noFactor = "factor must be a Cholesky factorisation; got undefined. Pass the value that cholesky returned.";
  const broken = (lower: unknown): Cholesky => ({ ...factor, lower: wrong(lower) });
  refuses([
    ["update", () => updateCholesky(nothing, v(1, 2)), ShapeError, `updateCholesky: ${noFactor}`],
    ["downdate", () => downdateCholesky(nothing, v(1, 2)), ShapeError, `downdateCholesky: ${noFactor}`],
    ["insertion", () => insertCholeskyRow(nothing, 0, v(1)), ShapeError, `insertCholeskyRow: ${noFactor}`],
    ["deletion", () => deleteCholeskyRow(nothing, 0), ShapeError, `deleteCholeskyRow: ${noFactor}`],
    ["matrix", () => updateCholesky(wrong(a), v(1, 2)), ShapeError, "updateCholesky: factor must be a Cholesky factorisation; got { rows"],
    ["vector", () => updateCholesky(factor, nothing), ShapeError, "updateCholesky: x must be a Float64Array; got undefined."],
    [
      "row",
      () => insertCholeskyRow(factor, 0, wrong([9, 1, 1])),
      ShapeError,
      "insertCholeskyRow: row must be a Float64Array; got [9, 1, 1].",
    ],
    ["lower", () => deleteCholeskyRow(broken(nothing), 0), ShapeError, "deleteCholeskyRow: factor.lower must be a Matrix"],
    ["size", () => updateCholesky(broken(matrix(1, 2)), v(1)), ShapeError, "updateCholesky: factor.lower must be square"],
    [
      "NaN",
      () => downdateCholesky(broken(matrix(1, 1, [nan])), v(1)),
      DataError,
      "downdateCholesky: factor.lower must be finite numbers; got NaN at index 0.",
    ],
    [
      "diagonal",
      () => updateCholesky(broken(matrix(1, 1)), v(1)),
      DataError,
      "updateCholesky: diagonal elements of factor.lower must be > 0; got 0 at index 0.",
    ],
  ]);
});

describe("geometries of vectors that are not finite", () => {
  refuses([
    ["potential", () => lpPotential(v(1, nan), 3), DataError, "lpPotential: w must be finite numbers; got NaN at index 1."],
    ["mirror map", () => lpMirrorMap(v(infinity), 3), DataError, "lpMirrorMap: w must be finite numbers; got Infinity at index 0."],
    ["inverse", () => lpInverseMirrorMap(v(nan), 3), DataError, "lpInverseMirrorMap: u must be finite numbers; got NaN at index 0."],
    ["divergence", () => lpBregmanDivergence(v(1), v(nan), 3), DataError, "lpBregmanDivergence: b must be finite numbers"],
    ["squared", () => squaredLpMirrorMap(v(nan), 3), DataError, "squaredLpMirrorMap: w must be finite numbers"],
    [
      "squared divergence",
      () => squaredLpBregmanDivergence(v(infinity), v(1), 3),
      DataError,
      "squaredLpBregmanDivergence: a must be finite numbers",
    ],
    ["entropy", () => entropyPotential(v(infinity)), DataError, "entropyPotential: w must be finite numbers"],
    ["entropy inverse", () => entropyInverseMirrorMap(v(nan)), DataError, "entropyInverseMirrorMap: u must be finite numbers"],
    [
      "entropy divergence",
      () => entropyBregmanDivergence(v(1), v(infinity)),
      DataError,
      "entropyBregmanDivergence: b must be finite numbers",
    ],
    ["Schatten", () => schattenBregmanDivergence(a, nothing, 3), ShapeError, "schattenBregmanDivergence: b must be a Matrix"],
    ["induced norm", () => inducedNorm(matrix(1, 1, [nan]), 1), DataError, "inducedNorm: a must be finite numbers; got NaN at index 0."],
  ]);
});

describe("arguments of another kind", () => {
  refuses([
    ["elements", () => matrix(1, 2, wrong([1, "x"])), DataError, 'matrix: data must hold numbers; got "x" at index 1.'],
    [
      "null element",
      () => matrixFromRows(wrong([[1], [null]])),
      DataError,
      "matrixFromRows: row 1 must hold numbers; got null at index 0.",
    ],
    ["no list", () => matrix(1, 1, wrong(3)), ShapeError, "matrix: data must be a list of numbers; got 3."],
    ["exponent", () => lpNorm(v(1), wrong("2")), OptionError, 'lpNorm: p must be a number > 0; got "2".'],
    ["dual exponent", () => dualExponent(wrong(true)), OptionError, "dualExponent: p must be >= 1; got true."],
    ["potential's exponent", () => lpPotential(v(1), wrong(2n)), OptionError, "lpPotential: p must be a number > 1 and finite; got 2n."],
    ["factor", () => axpy(nothing, v(1), v(1)), OptionError, "axpy: alpha must be a number; got undefined."],
    [
      "threshold",
      () => softThreshold(v(1), wrong("x")),
      OptionError,
      'softThreshold: threshold must be a number >= 0 or a Float64Array; got "x".',
    ],
    ["matvec", () => matvec(a, nothing), ShapeError, "matvec: x must be a Float64Array; got undefined."],
    ["transposed", () => matvecTransposed(a, wrong([1, 2])), ShapeError, "matvecTransposed: y must be a Float64Array; got [1, 2]."],
    ["nnls", () => nonNegativeLeastSquares(a, nothing), ShapeError, "nonNegativeLeastSquares: b must be a Float64Array; got undefined."],
    [
      "gemm",
      () => gemm(v(1), nothing, { rows: 1, inner: 1, cols: 1 }),
      DtypeError,
      "gemm: a and b must both be Float32Array or both Float64Array; got Float64Array(1) and undefined.",
    ],
    ["Jacobi", () => jacobiPreconditioner(a)(nothing), ShapeError, "jacobiPreconditioner: r must be a Float64Array; got undefined."],
    ["SSOR", () => ssorPreconditioner(a)(nothing), ShapeError, "ssorPreconditioner: r must be a Float64Array; got undefined."],
    ["incomplete", () => incompleteCholesky(a)(nothing), ShapeError, "incompleteCholesky: r must be a Float64Array; got undefined."],
    ["values' function", () => mapSingularValues(a, nothing), OptionError, "mapSingularValues: f must be a function; got undefined."],
    [
      "values' result",
      () => mapSingularValues(a, (sigma) => sigma.map(() => nan)),
      DataError,
      "mapSingularValues: the result of f must be finite numbers; got NaN at index 0.",
    ],
    ["prox", () => conjugateProx(nothing), OptionError, "conjugateProx: prox must be a function; got undefined."],
    [
      "prox's result",
      () => conjugateProx(() => v(1))(v(1, 2), 1),
      ShapeError,
      "conjugateProx: prox must return as many values as it gets; got 1 and 2.",
    ],
    ["checkFinite", () => checkFinite("f", "x", nothing), ShapeError, "f: x must be a list of numbers; got undefined."],
    [
      "checkSameSize",
      () => checkSameSize("f", "a must equal b", nothing),
      ShapeError,
      "f: sizes must be a pair of numbers; got undefined.",
    ],
  ]);
});

it.each<[string, (options: never) => unknown]>([
  ["conjugateGradients", (options) => conjugateGradients(a, v(1, 2), options)],
  ["projectSimplex", (options) => projectSimplex(v(1, 2), options)],
  ["projectNuclearBall", (options) => projectNuclearBall(a, options)],
  ["qr", (options) => qr(a, options)],
])("options of %s must be an object", (name, run) => {
  for (const options of [null, 3, [1]]) {
    expect(() => run(wrong(options))).toThrow(OptionError);
    expect(() => run(wrong(options))).toThrow(`${name}: options must be an object; got `);
  }
});
