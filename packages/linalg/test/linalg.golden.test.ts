import { expectClose, loadGolden } from "@attnlab/testing";
import { describe, expect, it } from "vitest";
import {
  cholesky,
  correlationMatrix,
  cosineSimilarity,
  directionalDivergence,
  entropyBregmanDivergence,
  entropyPotential,
  leastSquares,
  lpBregmanDivergence,
  lpNorm,
  lu,
  matmul,
  matrix,
  nuclearNorm,
  solve,
  spectralNorm,
  svd,
  symmetricEigen,
} from "../src/index.ts";

interface Golden {
  readonly x: number[];
  readonly y: number[];
  readonly near: number[];
  readonly norms: readonly { readonly p: number | "Infinity"; readonly norm: number }[];
  readonly bregman: readonly {
    readonly p: number;
    readonly apart: number;
    readonly near: number;
    readonly directional: number;
    readonly directionalNear: number;
  }[];
  readonly entropy: { readonly potential: number; readonly divergence: number };
  readonly A: number[];
  readonly b11: number[];
  readonly singularValues: number[];
  readonly nuclear: number;
  readonly spectral: number;
  readonly condition: number;
  readonly leastSquares: number[];
  readonly low: number[];
  readonly b7: number[];
  readonly leastSquaresLow: number[];
  readonly S: number[];
  readonly solve: number[];
  readonly determinant: number;
  readonly spd: number[];
  readonly lower: number[];
  readonly logDeterminant: number;
  readonly eigenvalues: number[];
  readonly correlation: number[];
  readonly product: number[];
}

const golden = loadGolden<Golden>(new URL("golden/linalg.json", import.meta.url));
const x = Float64Array.from(golden.x);
const y = Float64Array.from(golden.y);
const near = Float64Array.from(golden.near);
const A = matrix(11, 5, golden.A);
const S = matrix(7, 7, golden.S);
const b7 = Float64Array.from(golden.b7);

describe("geometry against numpy, scipy and 60-digit arithmetic", () => {
  for (const { p, norm } of golden.norms) it(`lp norm, p = ${p}`, () => expectClose(lpNorm(x, Number(p)), norm));

  for (const { p, apart, near: close, directional, directionalNear } of golden.bregman) {
    it(`Bregman and directional divergence, p = ${p}`, () => {
      expectClose(lpBregmanDivergence(x, y, p), apart);
      expectClose(directionalDivergence(x, y, p), directional);
    });
    it(`close arguments keep their digits, p = ${p}`, () => {
      // The divergence is 1e-14 of the norm: the textbook form would have no digit left.
      const tolerance = { relative: 1e-8, absolute: 0, reason: "x - near is exact to 1e-16 of x, 1e-9 of the difference" };
      expectClose(lpBregmanDivergence(x, near, p), close, tolerance);
      expectClose(directionalDivergence(x, near, p), directionalNear, tolerance);
    });
  }

  it("negative entropy and its divergence", () => {
    const a = x.map(Math.abs);
    const b = y.map(Math.abs);
    expectClose(entropyPotential(a), golden.entropy.potential);
    expectClose(entropyBregmanDivergence(a, b), golden.entropy.divergence);
  });

  it("at p = 2 the directional divergence is 1 - cosine", () => expectClose(directionalDivergence(x, y, 2), 1 - cosineSimilarity(x, y)));
});

describe("decompositions against numpy", () => {
  it("singular values and the norms made of them", () => {
    const factored = svd(A);
    expectClose(factored.singularValues, golden.singularValues, { purpose: "golden" });
    expectClose(factored.condition, golden.condition, { purpose: "golden" });
    expectClose(nuclearNorm(A), golden.nuclear, { purpose: "golden" });
    expectClose(spectralNorm(A), golden.spectral, { purpose: "golden" });
  });

  it("least squares, of full and of deficient rank", () => {
    expectClose(leastSquares(A, Float64Array.from(golden.b11)), golden.leastSquares, { purpose: "golden" });
    const low = matrix(7, 5, golden.low);
    expect(svd(low).rank).toBe(2);
    expectClose(leastSquares(low, b7), golden.leastSquaresLow, { purpose: "golden" });
  });

  it("solve, determinant, Cholesky and eigenvalues", () => {
    expectClose(solve(S, b7), golden.solve, { purpose: "golden" });
    expectClose(lu(S).determinant, golden.determinant, { purpose: "golden" });
    const factored = cholesky(matrix(7, 7, golden.spd));
    expectClose(factored.lower.data, golden.lower, { purpose: "golden" });
    expectClose(factored.logDeterminant, golden.logDeterminant, { purpose: "golden" });
    const symmetric = S.data.map((v, at) => (v + (S.data[(at % 7) * 7 + Math.floor(at / 7)] as number)) / 2);
    expectClose(symmetricEigen(matrix(7, 7, symmetric)).values, golden.eigenvalues, { purpose: "golden" });
  });

  it("correlation and products", () => {
    expectClose(correlationMatrix(A).data, golden.correlation);
    expectClose(matmul(A, A, { transposeA: true }).data, golden.product);
  });
});
