import type { Matrix } from "@attnlab/linalg";
import type { CsrMatrix } from "../linear/csr-matrix.ts";
import { isSparse, type SampleRows } from "../linear/sample-rows.ts";

/** Writes $\langle x, r_{listed[k]}\rangle$ to `out[k]` for `from <= k < to`. */
export type ListedDots = (x: Float64Array, listed: Int32Array, from: number, to: number, out: Float64Array) => void;

/** Inner products of one dense vector with chosen rows. */
export function listedDots(rows: SampleRows): ListedDots {
  return isSparse(rows) ? sparseDots(rows) : denseDots(rows);
}

/** Four rows at a time: each number of `x` is loaded once for four products, and four sums run without waiting for each other. */
function denseDots({ cols, data }: Matrix): ListedDots {
  return (x, listed, from, to, out) => {
    let k = from;
    for (; k + 3 < to; k += 4) {
      const r0 = (listed[k] as number) * cols;
      const r1 = (listed[k + 1] as number) * cols;
      const r2 = (listed[k + 2] as number) * cols;
      const r3 = (listed[k + 3] as number) * cols;
      let s0 = 0;
      let s1 = 0;
      let s2 = 0;
      let s3 = 0;
      for (let j = 0; j < cols; j++) {
        const v = x[j] as number;
        s0 += v * (data[r0 + j] as number);
        s1 += v * (data[r1 + j] as number);
        s2 += v * (data[r2 + j] as number);
        s3 += v * (data[r3 + j] as number);
      }
      out[k] = s0;
      out[k + 1] = s1;
      out[k + 2] = s2;
      out[k + 3] = s3;
    }
    for (; k < to; k++) {
      const r = (listed[k] as number) * cols;
      let sum = 0;
      for (let j = 0; j < cols; j++) sum += (x[j] as number) * (data[r + j] as number);
      out[k] = sum;
    }
  };
}

function sparseDots({ indptr, indices, data }: CsrMatrix): ListedDots {
  return (x, listed, from, to, out) => {
    for (let k = from; k < to; k++) {
      const r = listed[k] as number;
      const stop = indptr[r + 1] as number;
      let sum = 0;
      for (let at = indptr[r] as number; at < stop; at++) sum += (data[at] as number) * (x[indices[at] as number] as number);
      out[k] = sum;
    }
  };
}

/** Writes row i as a dense vector to `x`. */
export function spreadRow(rows: SampleRows, i: number, x: Float64Array): void {
  if (!isSparse(rows)) {
    x.set(rows.data.subarray(i * rows.cols, (i + 1) * rows.cols));
    return;
  }
  x.fill(0);
  for (let k = rows.indptr[i] as number; k < (rows.indptr[i + 1] as number); k++) x[rows.indices[k] as number] = rows.data[k] as number;
}
