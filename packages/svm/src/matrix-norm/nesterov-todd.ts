import { type Matrix, matmul, svd, symmetricEigen, transpose } from "@attnlab/linalg";
import { lowerCholesky } from "./lower-cholesky.ts";

/** The point between two positive definite matrices S and Z: in its coordinates both are the same diagonal matrix. */
export interface NesterovTodd {
  /** G with $G^{-1} S G^{-\top} = G^\top Z G = \operatorname{diag}(d)$. */
  readonly G: Matrix;
  /** $G^{-1}$ */
  readonly inverse: Matrix;
  /** d > 0; its squares are the eigenvalues of S Z. */
  readonly d: Float64Array;
}

/** The scaling of S and Z; undefined when rounding has made one of them indefinite. */
export function nesterovTodd(S: Matrix, Z: Matrix): NesterovTodd | undefined {
  const L = lowerCholesky(S);
  const R = lowerCholesky(Z);
  if (L === undefined || R === undefined) return undefined;
  // From the factors and not from S Z: the small d keep their digits.
  const { left, singularValues: d, right } = svd(matmul(R, L, { transposeA: true }));
  const n = S.rows;
  if (!((d[n - 1] as number) > 0)) return undefined;
  const root = d.map(Math.sqrt);
  const G = scaleColumns(matmul(L, right), root);
  const inverse = transpose(scaleColumns(matmul(R, left), root));
  return { G, inverse, d };
}

/** Divides column j by `by[j]`. */
function scaleColumns(a: Matrix, by: Float64Array): Matrix {
  return { ...a, data: a.data.map((v, at) => v / (by[at % a.cols] as number)) };
}

/** The largest step in (0, 1] that keeps diag(d) + step X positive semidefinite. */
export function largestStep(d: Float64Array, X: Matrix): number {
  const n = d.length;
  const scaled: Matrix = { rows: n, cols: n, data: new Float64Array(n * n) };
  for (let i = 0; i < n; i++) {
    for (let j = 0; j <= i; j++) {
      const mean = ((X.data[i * n + j] as number) + (X.data[j * n + i] as number)) / 2;
      const value = mean / Math.sqrt((d[i] as number) * (d[j] as number));
      scaled.data[i * n + j] = value;
      scaled.data[j * n + i] = value;
    }
  }
  const least = symmetricEigen(scaled).values[0] as number;
  return least >= 0 ? Number.POSITIVE_INFINITY : -1 / least;
}
