import type { Matrix } from "@attnlab/linalg";
import { rowDot } from "../row-dot.ts";

/** L with A = L L'; undefined when a pivot is not positive. Unlike `cholesky` of linalg it does not throw: near a solution this happens and is handled. */
export function lowerCholesky(a: Matrix): Matrix | undefined {
  const n = a.rows;
  const L = new Float64Array(n * n);
  for (let i = 0; i < n; i++) {
    const row = L.subarray(i * n, i * n + i);
    for (let j = 0; j < i; j++) {
      const rest = (a.data[i * n + j] as number) - rowDot(L, j * n, row.subarray(0, j));
      row[j] = rest / (L[j * n + j] as number);
    }
    const pivot = (a.data[i * n + i] as number) - rowDot(row, 0, row);
    if (!(pivot > 0)) return undefined;
    L[i * n + i] = Math.sqrt(pivot);
  }
  return { rows: n, cols: n, data: L };
}

/** x with L x = b, or with L' x = b. */
export function solveLower(L: Matrix, b: Float64Array, transposed: boolean): Float64Array {
  const n = L.rows;
  const x = b.slice();
  if (!transposed) {
    for (let i = 0; i < n; i++) x[i] = ((x[i] as number) - rowDot(L.data, i * n, x.subarray(0, i))) / (L.data[i * n + i] as number);
    return x;
  }
  for (let i = n - 1; i >= 0; i--) {
    const v = (x[i] as number) / (L.data[i * n + i] as number);
    x[i] = v;
    for (let j = 0; j < i; j++) x[j] = (x[j] as number) - v * (L.data[i * n + j] as number);
  }
  return x;
}

/** L^{-1}. */
export function invertLower(L: Matrix): Matrix {
  const n = L.rows;
  const columns = new Float64Array(n * n);
  for (let j = 0; j < n; j++) {
    const unit = new Float64Array(n);
    unit[j] = 1;
    const x = solveLower(L, unit, false);
    for (let i = 0; i < n; i++) columns[i * n + j] = x[i] as number;
  }
  return { rows: n, cols: n, data: columns };
}
