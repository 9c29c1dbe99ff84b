import { booleanOption, optionTable } from "@attnlab/check";
import { checkFloat64 } from "./check-float64.ts";
import { product } from "./gemm.ts";
import { checkMatrix, checkSameSize, type Matrix } from "./matrix.ts";

/** Options of {@link matmul}. */
export interface MatmulOptions {
  /** Multiply with the transpose of `a`; default `false`. */
  readonly transposeA?: boolean;
  /** Multiply with the transpose of `b`; default `false`. */
  readonly transposeB?: boolean;
}

const OPTIONS = optionTable("matmul", {
  transposeA: booleanOption({ doc: "Multiply with the transpose of a.", default: false }),
  transposeB: booleanOption({ doc: "Multiply with the transpose of b.", default: false }),
});

/**
 * The product of two matrices, blocked for the cache as in {@link gemm}; ONNX Runtime is faster from about 64 rows on, see the README.
 *
 * $C_{ij} = \sum_k A_{ik} B_{kj}$
 *
 * Shapes: `a [m, k]`, `b [k, n]` → `[m, n]`, after the transposes that the options ask for.
 *
 * @param options.transposeA - use the transpose of `a`; default `false`.
 * @param options.transposeB - use the transpose of `b`; default `false`.
 * @throws ShapeError when the inner sizes differ.
 * @example
 * ```ts
 * import { matmul, matrix } from "@attnlab/linalg";
 * const a = matrix(2, 2, [1, 2, 3, 4]);
 * Array.from(matmul(a, a, { transposeB: true }).data); // => [5, 11, 11, 25]
 * ```
 */
export function matmul(a: Matrix, b: Matrix, options?: MatmulOptions): Matrix {
  const { transposeA, transposeB } = OPTIONS.parse(options);
  checkMatrix("matmul", "a", a);
  checkMatrix("matmul", "b", b);
  const [rows, inner] = transposeA ? [a.cols, a.rows] : [a.rows, a.cols];
  const [innerB, cols] = transposeB ? [b.cols, b.rows] : [b.rows, b.cols];
  checkSameSize("matmul", "columns of a must equal rows of b", [inner, innerB]);
  const data = new Float64Array(rows * cols);
  product({ rows, inner, cols, transposeA, transposeB }, a.data, b.data, data);
  return { rows, cols, data };
}

/**
 * The product of a matrix and a vector.
 *
 * $y_i = \sum_j A_{ij} x_j$
 *
 * Shapes: `a [m, n]`, `x [n]` → `[m]`.
 *
 * @throws ShapeError when the sizes differ.
 * @example
 * ```ts
 * import { matrix, matvec } from "@attnlab/linalg";
 * Array.from(matvec(matrix(2, 2, [1, 2, 3, 4]), Float64Array.of(1, 1))); // => [3, 7]
 * ```
 */
export function matvec(a: Matrix, x: Float64Array): Float64Array {
  checkMatrix("matvec", "a", a);
  checkFloat64("matvec", "x", x);
  checkSameSize("matvec", "columns of a must equal x.length", [a.cols, x.length]);
  const { rows, cols, data } = a;
  const y = new Float64Array(rows);
  for (let i = 0; i < rows; i++) {
    let sum = 0;
    const from = i * cols;
    for (let j = 0; j < cols; j++) sum += (data[from + j] as number) * (x[j] as number);
    y[i] = sum;
  }
  return y;
}

/**
 * The product of a transposed matrix and a vector, without forming the transpose.
 *
 * $x_j = \sum_i A_{ij} y_i$
 *
 * Shapes: `a [m, n]`, `y [m]` → `[n]`.
 *
 * @throws ShapeError when the sizes differ.
 * @example
 * ```ts
 * import { matrix, matvecTransposed } from "@attnlab/linalg";
 * Array.from(matvecTransposed(matrix(2, 2, [1, 2, 3, 4]), Float64Array.of(1, 1))); // => [4, 6]
 * ```
 */
export function matvecTransposed(a: Matrix, y: Float64Array): Float64Array {
  checkMatrix("matvecTransposed", "a", a);
  checkFloat64("matvecTransposed", "y", y);
  checkSameSize("matvecTransposed", "rows of a must equal y.length", [a.rows, y.length]);
  const { rows, cols, data } = a;
  const x = new Float64Array(cols);
  for (let i = 0; i < rows; i++) {
    const scale = y[i] as number;
    if (scale === 0) continue;
    const from = i * cols;
    for (let j = 0; j < cols; j++) x[j] = (x[j] as number) + scale * (data[from + j] as number);
  }
  return x;
}
