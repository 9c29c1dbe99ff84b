import { type Matrix, matmul, svd, transpose } from "@attnlab/linalg";
import { completeColumns } from "./complete-columns.ts";
import { invertLower, lowerCholesky } from "./lower-cholesky.ts";

/**
 * A square root of the operator $H(E) = T_{11} E\, T_{22} + T_{12} E^\top T_{12}$, which is what a scaling matrix T does to an off-diagonal block E,
 * or of its inverse: `forward` maps E to a vector with $\langle E, H(F)\rangle$ = the inner product of the vectors of E and F.
 */
export interface CoupledBlock {
  /** E `[r, c]`, at `from` of `data`, to its vector, written at `to` of `out`. */
  readonly forward: (data: Float64Array, from: number, out: Float64Array, to: number) => void;
  /** The adjoint of `forward`. */
  readonly adjoint: (vector: Float64Array) => Matrix;
}

/**
 * Decouples the operator: with $T_{11} = C_1 C_1^\top$, $T_{22} = C_2 C_2^\top$ and $C_1^{-1} T_{12} C_2^{-\top} = P \operatorname{diag}(\kappa) Q^\top$ it couples, in the
 * basis $C_1 P$, $C_2 Q$, only entry (a, b) with entry (b, a), by the factor $\kappa_a \kappa_b < 1$. Undefined when T is not positive definite to rounding.
 */
export function coupledBlock(T: Matrix, sizes: { readonly r: number; readonly c: number }, inverse: boolean): CoupledBlock | undefined {
  const { r, c } = sizes;
  const C1 = lowerCholesky(block(T, [0, r], [0, r]));
  const C2 = lowerCholesky(block(T, [r, r + c], [r, r + c]));
  if (C1 === undefined || C2 === undefined) return undefined;
  const C1inverse = invertLower(C1);
  const C2inverse = invertLower(C2);
  const coupling = svd(matmul(matmul(C1inverse, block(T, [0, r], [r, r + c])), C2inverse, { transposeB: true }));
  const kappa = coupling.singularValues;
  if (!((kappa[0] as number) < 1)) return undefined;
  const P = completeColumns(coupling.left);
  const Q = completeColumns(coupling.right);
  const left = inverse ? matmul(P, C1inverse, { transposeA: true }) : transpose(matmul(C1, P));
  const right = inverse ? matmul(C2inverse, Q, { transposeA: true }) : matmul(C2, Q);
  const weights = entryWeights(kappa, r, c, inverse);
  const leftT = transpose(left);
  const rightT = transpose(right);
  return {
    forward: (data, from, out, to) => {
      const E: Matrix = { rows: r, cols: c, data: data.subarray(from, from + r * c) };
      const turned = matmul(left, matmul(E, right)).data;
      rotatePairs(turned, c, kappa.length);
      for (let at = 0; at < r * c; at++) out[to + at] = (weights[at] as number) * (turned[at] as number);
    },
    adjoint: (vector) => {
      const turned = vector.map((v, at) => v * (weights[at] as number));
      rotatePairs(turned, c, kappa.length);
      return matmul(leftT, matmul({ rows: r, cols: c, data: turned }, rightT));
    },
  };
}

/** Entries (a, b) and (b, a), a < b, become their scaled sum and difference; twice gives the identity. */
function rotatePairs(data: Float64Array, c: number, k: number): void {
  for (let a = 0; a < k; a++) {
    for (let b = a + 1; b < k; b++) {
      const above = data[a * c + b] as number;
      const below = data[b * c + a] as number;
      data[a * c + b] = (above + below) * Math.SQRT1_2;
      data[b * c + a] = (above - below) * Math.SQRT1_2;
    }
  }
}

function entryWeights(kappa: Float64Array, r: number, c: number, inverse: boolean): Float64Array {
  const weights = new Float64Array(r * c).fill(1);
  for (let a = 0; a < kappa.length; a++) {
    for (let b = 0; b < kappa.length; b++) {
      const product = (kappa[a] as number) * (kappa[b] as number);
      const eigenvalue = a <= b ? 1 + product : 1 - product;
      weights[a * c + b] = inverse ? 1 / Math.sqrt(eigenvalue) : Math.sqrt(eigenvalue);
    }
  }
  return weights;
}

/** Rows [from, to) and columns [from, to) of a matrix. */
export function block(a: Matrix, [top, bottom]: readonly [number, number], [first, last]: readonly [number, number]): Matrix {
  const rows = bottom - top;
  const cols = last - first;
  const data = new Float64Array(rows * cols);
  for (let i = 0; i < rows; i++) data.set(a.data.subarray((top + i) * a.cols + first, (top + i) * a.cols + last), i * cols);
  return { rows, cols, data };
}
