import { DataError, OptionError, ShapeError } from "@attnlab/check";
import { expectClose } from "@attnlab/testing";
import { describe, expect, it } from "vitest";
import {
  axpy,
  checkFinite,
  cholesky,
  correlationMatrix,
  cosineSimilarity,
  directionalDivergence,
  dot,
  dualExponent,
  entropyBregmanDivergence,
  entropyMirrorMap,
  entropyPotential,
  lpBregmanDivergence,
  lpInverseMirrorMap,
  lpMirrorMap,
  lpNorm,
  lpPotential,
  lu,
  matmul,
  matrix,
  matrixFromRows,
  matvec,
  matvecTransposed,
  normalize,
  qr,
  solve,
  svd,
  symmetricEigen,
} from "./index.ts";

const v = (...values: number[]): Float64Array => Float64Array.from(values);

const cases: readonly (readonly [string, () => unknown, new (message: string) => Error, string])[] = [
  ["matrix size", () => matrix(1.5, 2), ShapeError, "matrix: sizes must be whole numbers >= 0; got 1.5. Pass matrix(rows, cols, data)."],
  [
    "matrix data",
    () => matrix(2, 2, [1]),
    ShapeError,
    "matrix: data must hold rows x cols = 2 x 2 elements; got 1. Pass 4 numbers, row by row.",
  ],
  [
    "ragged rows",
    () => matrixFromRows([[1, 2], [3]]),
    ShapeError,
    "matrixFromRows: rows must be equally long; got 1 in row 1 and 2 in row 0.",
  ],
  ["finite", () => checkFinite("f", "rhs", [1, Number.NaN]), DataError, "f: rhs must be finite numbers; got NaN at index 1."],
  ["dot", () => dot(v(1), v(1, 2)), ShapeError, "dot: a.length must equal b.length; got 1 and 2. Pass arguments whose sizes agree."],
  ["axpy", () => axpy(1, v(1), v(1, 2)), ShapeError, "axpy: x.length must equal y.length; got 1 and 2."],
  ["matmul", () => matmul(matrix(2, 3), matrix(2, 3)), ShapeError, "matmul: columns of a must equal rows of b; got 3 and 2."],
  [
    "matmul data",
    () => matmul({ rows: 2, cols: 2, data: v(1) }, matrix(2, 2)),
    ShapeError,
    "matmul: a must hold rows x cols = 2 x 2 elements; got 1.",
  ],
  [
    "matmul option",
    () => matmul(matrix(1, 1), matrix(1, 1), { transposeC: true } as never),
    OptionError,
    'matmul: every option must be known; got "transposeC".',
  ],
  [
    "matmul option value",
    () => matmul(matrix(1, 1), matrix(1, 1), { transposeA: 1 } as never),
    OptionError,
    "matmul: transposeA must be true or false; got 1.",
  ],
  ["matvec", () => matvec(matrix(2, 3), v(1)), ShapeError, "matvec: columns of a must equal x.length; got 3 and 1."],
  [
    "matvecTransposed",
    () => matvecTransposed(matrix(2, 3), v(1)),
    ShapeError,
    "matvecTransposed: rows of a must equal y.length; got 2 and 1.",
  ],
  ["norm exponent", () => lpNorm(v(1), 0), OptionError, "lpNorm: p must be a number > 0; got 0. Pass an exponent above 0, for example 2."],
  ["norm NaN exponent", () => lpNorm(v(1), Number.NaN), OptionError, "lpNorm: p must be a number > 0; got NaN."],
  [
    "dual exponent",
    () => dualExponent(0.5),
    OptionError,
    "dualExponent: p must be >= 1; got 0.5. Only a norm has a dual: pass 1 <= p <= Infinity.",
  ],
  [
    "normalize zero",
    () => normalize(v(0, 0), 2),
    DataError,
    "normalize: the vector must be finite and not zero; got only zeros. A zero or infinite vector has no direction",
  ],
  ["normalize NaN", () => normalize(v(Number.NaN), 2), DataError, "normalize: the vector must be finite and not zero; got an element NaN."],
  ["normalize exponent", () => normalize(v(1), -1), OptionError, "normalize: p must be a number > 0; got -1."],
  [
    "mirror map",
    () => lpMirrorMap(v(1), 1),
    OptionError,
    "lpMirrorMap: p must be a number > 1 and finite; got 1. The potential is strictly convex and smooth only for 1 < p < Infinity.",
  ],
  [
    "inverse mirror map",
    () => lpInverseMirrorMap(v(1), Number.POSITIVE_INFINITY),
    OptionError,
    "lpInverseMirrorMap: p must be a number > 1 and finite; got Infinity.",
  ],
  ["potential", () => lpPotential(v(1), 0.5), OptionError, "lpPotential: p must be a number > 1 and finite; got 0.5."],
  [
    "Bregman exponent",
    () => lpBregmanDivergence(v(1), v(1), 1),
    OptionError,
    "lpBregmanDivergence: p must be a number > 1 and finite; got 1.",
  ],
  [
    "Bregman sizes",
    () => lpBregmanDivergence(v(1), v(1, 2), 2),
    ShapeError,
    "lpBregmanDivergence: a.length must equal b.length; got 1 and 2.",
  ],
  [
    "direction of zero",
    () => directionalDivergence(v(1, 2), v(0, 0), 3),
    DataError,
    "directionalDivergence: the vector must be finite and not zero; got only zeros. A zero or infinite vector has no direction: skip it (training from zero has none at step 0).",
  ],
  [
    "direction sizes",
    () => directionalDivergence(v(1), v(1, 2), 3),
    ShapeError,
    "directionalDivergence: a.length must equal b.length; got 1 and 2.",
  ],
  [
    "direction exponent",
    () => directionalDivergence(v(1), v(1), 1),
    OptionError,
    "directionalDivergence: p must be a number > 1 and finite; got 1.",
  ],
  [
    "entropy map",
    () => entropyMirrorMap(v(1, 0)),
    DataError,
    "entropyMirrorMap: elements must be > 0; got 0 at index 1. The negative entropy lives on positive weights",
  ],
  ["entropy", () => entropyPotential(v(-1)), DataError, "entropyPotential: elements must be >= 0; got -1 at index 0."],
  [
    "entropy divergence",
    () => entropyBregmanDivergence(v(1), v(0)),
    DataError,
    "entropyBregmanDivergence: elements must be > 0; got 0 at index 0.",
  ],
  ["cholesky shape", () => cholesky(matrix(2, 3)), ShapeError, "cholesky: a must be square: rows must equal columns; got 2 and 3."],
  [
    "cholesky symmetry",
    () => cholesky(matrix(2, 2, [1, 2, 0, 1])),
    DataError,
    "cholesky: a must be symmetric; got 0 at (1, 0) and 2 at (0, 1). Pass (A + A')/2, or use lu or svd.",
  ],
  [
    "cholesky sign",
    () => cholesky(matrix(2, 2, [1, 2, 2, 1])),
    DataError,
    "cholesky: a must be positive definite; got a pivot <= 0. Add a multiple of the identity, or use symmetricEigen or lu.",
  ],
  ["cholesky NaN", () => cholesky(matrix(1, 1, [Number.NaN])), DataError, "cholesky: a must be finite numbers; got NaN at index 0."],
  ["right-hand side", () => lu(matrix(1, 1, [1])).solve(v(1, 2)), ShapeError, "lu.solve: rows of b must equal rows of a; got 2 and 1."],
  [
    "right-hand side NaN",
    () => lu(matrix(1, 1, [1])).solve(v(Number.NaN)),
    DataError,
    "lu.solve: b must be finite numbers; got NaN at index 0.",
  ],
  ["lu shape", () => lu(matrix(2, 3)), ShapeError, "lu: a must be square: rows must equal columns; got 2 and 3."],
  [
    "singular",
    () => solve(matrix(2, 2, [1, 1, 1, 1]), v(1, 2)),
    DataError,
    "lu.solve: a must be regular; got a zero pivot. Use leastSquares for the solution of least norm.",
  ],
  ["qr shape", () => qr(matrix(2, 3)), ShapeError, "qr: a must have rows >= columns >= 1; got 2 x 3. Factor the transpose, or use svd."],
  [
    "qr rank",
    () => qr(matrix(3, 2, [1, 2, 2, 4, 3, 6])).solve(v(1, 1, 1)),
    DataError,
    "qr.solve: a must have full column rank; got dependent columns. Use leastSquares",
  ],
  ["svd empty", () => svd(matrix(0, 3)), ShapeError, "svd: a must have rows and columns; got 0 x 3. Pass a matrix with elements."],
  [
    "eigen shape",
    () => symmetricEigen(matrix(2, 3)),
    ShapeError,
    "symmetricEigen: a must be square: rows must equal columns; got 2 and 3.",
  ],
  [
    "eigen symmetry",
    () => symmetricEigen(matrix(2, 2, [1, 2, 0, 1])),
    DataError,
    "symmetricEigen: a must be symmetric; got 0 at (1, 0) and 2 at (0, 1).",
  ],
  [
    "correlation size",
    () => correlationMatrix(matrix(1, 2, [1, 2])),
    ShapeError,
    "correlationMatrix: samples must have >= 2 rows and >= 1 column; got 1 x 2. Correlation needs at least two observations, one per row.",
  ],
  [
    "constant column",
    () => correlationMatrix(matrix(2, 1, [3, 3])),
    DataError,
    "correlationMatrix: every column must vary; got column 0 constant at 3. A constant column has no correlation: drop it.",
  ],
  [
    "cosine of zero",
    () => cosineSimilarity(v(0), v(1)),
    DataError,
    "cosineSimilarity: the vector must be finite and not zero; got only zeros.",
  ],
];

describe("errors say what, expected, got and how to fix it", () => {
  for (const [name, run, Kind, text] of cases) {
    it(name, () => {
      expect(run).toThrow(Kind);
      expect(run).toThrow(text);
    });
  }
});

describe("edge values", () => {
  it("norms of empty, infinite and NaN vectors", () => {
    expect(lpNorm(v(), 2)).toBe(0);
    expect(lpNorm(v(1, Number.NEGATIVE_INFINITY), 1.1)).toBe(Number.POSITIVE_INFINITY);
    expect(lpNorm(v(Number.NaN, 1), Number.POSITIVE_INFINITY)).toBeNaN();
    expect(lpNorm(v(1, Number.NaN), 3)).toBeNaN();
  });

  it("tiny elements at p = 11 do not underflow: their 11th power is below the smallest number", () => {
    expect(lpNorm(v(1e-40, 1e-40), 11) / 1e-40).toBeCloseTo(2 ** (1 / 11), 12);
  });

  it("the mirror map keeps the sign and maps zero to zero", () => {
    expect(Array.from(lpMirrorMap(v(-0.25, 0, 0.25), 1.5))).toEqual([-0.5, 0, 0.5]);
    expect(Array.from(lpInverseMirrorMap(v(-0.5, 0, 0.5), 1.5))).toEqual([-0.25, 0, 0.25]);
  });

  it("the divergence depends on the order for p != 2", () => {
    const [a, b] = [v(1, 0.2), v(0.5, 1)];
    expect(Math.abs(directionalDivergence(a, b, 3) - directionalDivergence(b, a, 3))).toBeGreaterThan(0.01);
    expect(Math.abs(directionalDivergence(a, b, 2) - directionalDivergence(b, a, 2))).toBeLessThan(1e-15);
  });

  it("the entropy divergence of close arguments keeps its digits", () => {
    // (1 + x) log(1 + x) - x = x^2/2 - x^3/6 + x^4/12 - ..., here with x = 2^-16 exactly.
    const x = 2 ** -16;
    const series = x ** 2 / 2 - x ** 3 / 6 + x ** 4 / 12;
    expect(entropyBregmanDivergence(v(3 * (1 + x)), v(3)) / (3 * series)).toBeCloseTo(1, 13);
  });

  it("a symmetric eigendecomposition solves, and leaves out eigenvalues that are zero", () => {
    expectClose(symmetricEigen(matrix(2, 2, [2, 1, 1, 3])).solve(v(4, 7)), [1, 2]);
    expectClose(symmetricEigen(matrix(2, 2, [1, 1, 1, 1])).solve(v(2, 2)), [1, 1]);
  });

  it("several right-hand sides are solved as columns", () => {
    const x = lu(matrix(2, 2, [2, 0, 0, 4])).solve(matrix(2, 3, [2, 4, 6, 4, 8, 12]));
    expect(x).toEqual(matrix(2, 3, [1, 2, 3, 1, 2, 3]));
  });
});
