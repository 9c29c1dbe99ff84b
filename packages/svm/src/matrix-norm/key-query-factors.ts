import { type Matrix, svd, transpose } from "@attnlab/linalg";

/** Key and query matrices of one product. */
export interface KeyQueryFactors {
  /** K, `[rank, r]`. */
  readonly key: Matrix;
  /** Q, `[rank, c]`. */
  readonly query: Matrix;
}

/**
 * Splits a matrix into the key and query matrices of least size.
 *
 * $W = K^\top Q$ with $\tfrac12(\lVert K\rVert_F^2 + \lVert Q\rVert_F^2) = \lVert W\rVert_*$, the least possible: $K = \Sigma^{1/2} U^\top$ and $Q = \Sigma^{1/2} V^\top$.
 *
 * Shapes: `W [r, c]` → `key [k, r]`, `query [k, c]`, k the numerical rank, at least 1.
 *
 * @throws ShapeError when a size is 0.
 * @throws DataError when `W` holds NaN or infinities.
 * @example
 * ```ts
 * import { matrix } from "@attnlab/linalg";
 * import { keyQueryFactors } from "@attnlab/svm";
 * const { key, query } = keyQueryFactors(matrix(2, 2, [0, 0, 9, 0]));
 * [key, query].map(({ data }) => Array.from(data, (v) => Math.abs(Number(v.toFixed(9))))); // => [[0, 3], [3, 0]]
 * ```
 */
export function keyQueryFactors(W: Matrix): KeyQueryFactors {
  const { left, singularValues, right, rank } = svd(W);
  const k = Math.max(1, rank);
  return { key: rootRows(left, singularValues, k), query: rootRows(right, singularValues, k) };
}

/** The first k columns, each times the root of its singular value, as rows. */
function rootRows(vectors: Matrix, singularValues: Float64Array, k: number): Matrix {
  const turned = transpose(vectors);
  const data = turned.data
    .slice(0, k * vectors.rows)
    .map((v, at) => v * Math.sqrt(singularValues[Math.floor(at / vectors.rows)] as number));
  return { rows: k, cols: vectors.rows, data };
}
