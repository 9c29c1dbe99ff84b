import { expectClose, loadGolden } from "@attnlab/testing";
import { describe, expect, it } from "vitest";
import {
  conditionNumber,
  determinant,
  frobeniusNorm,
  inducedNorm,
  inverse,
  logDeterminant,
  lu,
  matrix,
  nonNegativeLeastSquares,
  projectLpBall,
  projectSemidefiniteCone,
  projectSimplex,
  proxLpPower,
  proxNuclearNorm,
  proxSquaredLpNorm,
  pseudoInverse,
  qr,
  rank,
  schattenBregmanDivergence,
  schattenNorm,
  symmetricEigen,
} from "../src/index.ts";

interface Fit {
  readonly a: number[];
  readonly b: number[];
  readonly x: number[];
  readonly norm: number;
}

interface Golden {
  readonly x: number[];
  readonly weights: number[];
  readonly lpBall: readonly { readonly p: number; readonly radius: number; readonly w: number[] }[];
  readonly l1Ball: readonly { readonly radius: number; readonly w: number[] }[];
  readonly simplex: readonly { readonly radius: number; readonly w: number[]; readonly weighted: number[] }[];
  readonly power: readonly { readonly p: number; readonly weight: number; readonly w: number[] }[];
  readonly squared: readonly { readonly p: number; readonly weight: number; readonly w: number[] }[];
  readonly A: number[];
  readonly B: number[];
  readonly schatten: readonly { readonly p: number; readonly norm: number; readonly divergence: number }[];
  readonly induced1: number;
  readonly inducedInfinity: number;
  readonly frobenius: number;
  readonly nuclearProx: number[];
  readonly pseudoInverse: number[];
  readonly low: number[];
  readonly pseudoInverseLow: number[];
  readonly rankLow: number;
  readonly pivotedDiagonal: number[];
  readonly pivots: number[];
  readonly square: number[];
  readonly inverse: number[];
  readonly determinant: number;
  readonly slogdet: [number, number];
  readonly condition: number;
  readonly symmetric: number[];
  readonly semidefinite: number[];
  readonly exponential: number[];
  readonly symmetricDeterminant: number;
  readonly nnls: Fit;
  readonly nnlsWide: Fit;
}

const golden = loadGolden<Golden>(new URL("golden/convex.json", import.meta.url));
const x = Float64Array.from(golden.x);
const A = matrix(7, 5, golden.A);
const square = matrix(5, 5, golden.square);
const symmetric = matrix(5, 5, golden.symmetric);
const GOLDEN = { purpose: "golden" } as const;

describe("projections and proximal operators against 40-digit bisection", () => {
  for (const { p, radius, w } of golden.lpBall) {
    it(`lp ball, p = ${p}, radius ${radius}`, () => expectClose(projectLpBall(x, { p, radius }), w));
  }
  for (const { radius, w } of golden.l1Ball) it(`l1 ball, radius ${radius}`, () => expectClose(projectLpBall(x, { p: 1, radius }), w));
  for (const { radius, w, weighted } of golden.simplex) {
    it(`simplex of ${radius}, plain and weighted`, () => {
      expectClose(projectSimplex(x, { radius }), w);
      expectClose(projectSimplex(x, { radius, weights: Float64Array.from(golden.weights) }), weighted);
    });
  }
  for (const { p, weight, w } of golden.power) {
    it(`${weight}/p times the p-th power, p = ${p}`, () => expectClose(proxLpPower(x, { p, weight }), w));
  }
  for (const { p, weight, w } of golden.squared) {
    it(`${weight}/2 times the square, p = ${p}`, () => expectClose(proxSquaredLpNorm(x, { p, weight }), w));
  }
});

describe("matrices against numpy and scipy", () => {
  it("norms and divergences of the singular values", () => {
    for (const { p, norm, divergence } of golden.schatten) {
      expectClose(schattenNorm(A, p), norm, GOLDEN);
      expectClose(schattenBregmanDivergence(A, matrix(7, 5, golden.B), p), divergence, GOLDEN);
    }
    expectClose([inducedNorm(A, 1), inducedNorm(A, Number.POSITIVE_INFINITY)], [golden.induced1, golden.inducedInfinity]);
    expectClose(frobeniusNorm(A), golden.frobenius);
    expectClose(proxNuclearNorm(A, { weight: 1.5 }).data, golden.nuclearProx, GOLDEN);
  });

  it("pseudo-inverses and ranks, pivoted QR included", () => {
    const low = matrix(7, 5, golden.low);
    expectClose(pseudoInverse(A).data, golden.pseudoInverse, GOLDEN);
    expectClose(pseudoInverse(low).data, golden.pseudoInverseLow, GOLDEN);
    expect([rank(low), rank(A), qr(low, { pivoting: true }).rank]).toEqual([golden.rankLow, 5, golden.rankLow]);
    const pivoted = qr(low, { pivoting: true });
    expect(Array.from(pivoted.permutation.slice(0, 2))).toEqual(golden.pivots);
    expectClose(
      [Math.abs(pivoted.upper.data[0] as number), Math.abs(pivoted.upper.data[6] as number)],
      golden.pivotedDiagonal.map(Math.abs),
      GOLDEN,
    );
  });

  it("inverse, determinant, logarithm and condition", () => {
    expectClose(inverse(square).data, golden.inverse, GOLDEN);
    expectClose(lu(square).inverse().data, golden.inverse, GOLDEN);
    expectClose(determinant(square), golden.determinant, GOLDEN);
    const { sign, logAbsolute } = logDeterminant(square);
    expectClose([sign, logAbsolute], golden.slogdet, GOLDEN);
    expectClose(qr(square).logDeterminant, golden.slogdet[1], GOLDEN);
    expectClose(conditionNumber(square), golden.condition, GOLDEN);
  });

  it("functions of a symmetric matrix", () => {
    expectClose(projectSemidefiniteCone(symmetric).data, golden.semidefinite, GOLDEN);
    const eigen = symmetricEigen(symmetric);
    expectClose(eigen.map(Math.exp).data, golden.exponential, GOLDEN);
    expectClose(eigen.determinant, golden.symmetricDeterminant, GOLDEN);
    expectClose(Math.exp(eigen.logDeterminant), Math.abs(golden.symmetricDeterminant), GOLDEN);
    expectClose(eigen.pseudoInverse().data, inverse(symmetric).data, GOLDEN);
  });

  it("non-negative least squares, tall and wide", () => {
    for (const [rows, cols, fit] of [
      [23, 11, golden.nnls],
      [5, 13, golden.nnlsWide],
    ] as const) {
      const found = nonNegativeLeastSquares(matrix(rows, cols, fit.a), Float64Array.from(fit.b));
      expect(found.status).toBe("optimal");
      expect(found.kktResidual).toBeLessThan(1e-14);
      expectClose(found.residualNorm, fit.norm, GOLDEN);
      if (rows > cols) expectClose(found.x, fit.x, GOLDEN);
    }
  });
});
