import { Matrix as MlMatrix, SingularValueDecomposition } from "ml-matrix";
import { checkFactorable, checkNotEmpty, type LinearSolve, linearSolve } from "./linear-solve.ts";
import type { Matrix } from "./matrix.ts";
import { fromMlMatrix, toMlMatrix } from "./ml-matrix.ts";
import { largestMagnitude } from "./norm.ts";

/** A thin singular value decomposition. */
export interface Svd {
  /** U with orthonormal columns, `[m, k]`, k = min(m, n). */
  readonly left: Matrix;
  /** Singular values, descending, `[k]`. */
  readonly singularValues: Float64Array;
  /** V with orthonormal columns, `[n, k]`. */
  readonly right: Matrix;
  /** Singular values above max(m, n) times the rounding unit times the largest. */
  readonly rank: number;
  /** Ratio of the largest to the smallest singular value; Infinity for a singular matrix. */
  readonly condition: number;
  /** The least-squares solution of least norm. */
  readonly solve: LinearSolve;
  /** The Moore-Penrose inverse $V_r \operatorname{diag}(1/\sigma_r) U_r^\top$ over the r = `rank` leading triples, `[n, m]`. */
  readonly pseudoInverse: () => Matrix;
}

/**
 * The thin singular value decomposition.
 *
 * $A = U \operatorname{diag}(\sigma) V^\top$
 *
 * Shape: `a [m, n]`.
 *
 * @throws ShapeError when a size is 0.
 * @throws DataError when `a` holds NaN or infinities.
 * @example
 * ```ts
 * import { matrix, svd } from "@attnlab/linalg";
 * Array.from(svd(matrix(2, 2, [0, -3, 2, 0])).singularValues, (s) => Math.round(s * 1e12) / 1e12); // => [3, 2]
 * ```
 */
export function svd(a: Matrix): Svd {
  return svdOf("svd", a);
}

/** {@link svd} on behalf of another function. */
export function svdOf(where: string, a: Matrix): Svd {
  checkFactorable(where, a);
  checkNotEmpty(where, a);
  // Scaled to largest element 1: squares inside the iteration neither overflow nor vanish.
  const scale = largestMagnitude(a.data) || 1;
  const scaled: Matrix = { rows: a.rows, cols: a.cols, data: a.data.map((v) => v / scale) };
  const factored = new SingularValueDecomposition(toMlMatrix(scaled), { autoTranspose: true });
  const k = Math.min(a.rows, a.cols);
  const left = fromMlMatrix(factored.leftSingularVectors.subMatrix(0, a.rows - 1, 0, k - 1));
  const right = fromMlMatrix(factored.rightSingularVectors.subMatrix(0, a.cols - 1, 0, k - 1));
  const singularValues = Float64Array.from(factored.diagonal.slice(0, k), (s) => s * scale);
  const largest = singularValues[0] as number;
  const cutoff = Math.max(a.rows, a.cols) * Number.EPSILON * largest;
  const rank = singularValues.filter((s) => s > cutoff).length;
  return {
    left,
    singularValues,
    right,
    rank,
    condition: largest / (singularValues[k - 1] as number),
    solve: linearSolve("svd.solve", a.rows, (b) => pseudoSolve(left, singularValues, right, rank, b)),
    pseudoInverse: () => pseudoInverseOf(left, singularValues, right, rank),
  };
}

/** V_r diag(1/sigma) U_r' b over the r leading triples: small singular values are noise, not information. */
function pseudoSolve(left: Matrix, sigma: Float64Array, right: Matrix, rank: number, b: MlMatrix): MlMatrix {
  const out = MlMatrix.zeros(right.rows, b.columns);
  for (let c = 0; c < b.columns; c++) {
    for (let r = 0; r < rank; r++) {
      let along = 0;
      for (let i = 0; i < left.rows; i++) along += (left.data[i * left.cols + r] as number) * b.get(i, c);
      along /= sigma[r] as number;
      for (let i = 0; i < right.rows; i++) out.set(i, c, out.get(i, c) + along * (right.data[i * right.cols + r] as number));
    }
  }
  return out;
}

function pseudoInverseOf(left: Matrix, sigma: Float64Array, right: Matrix, rank: number): Matrix {
  const k = sigma.length;
  const out = new Float64Array(right.rows * left.rows);
  for (let i = 0; i < right.rows; i++) {
    for (let r = 0; r < rank; r++) {
      const scale = (right.data[i * k + r] as number) / (sigma[r] as number);
      for (let j = 0; j < left.rows; j++)
        out[i * left.rows + j] = (out[i * left.rows + j] as number) + scale * (left.data[j * k + r] as number);
    }
  }
  return { rows: right.rows, cols: left.rows, data: out };
}
