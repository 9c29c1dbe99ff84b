import type { Matrix } from "@attnlab/linalg";
import type { CsrMatrix } from "../linear/csr-matrix.ts";
import { isSparse, type SampleRows } from "../linear/sample-rows.ts";

/** Writes $\langle x, r_{listed[k]}\rangle$ to `out[k]` for `from <= k < to`. */
export type ListedDots = (x: Float64Array, listed: Int32Array, from: number, to: number, out: Float64Array) => void;

/** Inner products of one dense vector with chosen rows. */
export function listedDots(rows: SampleRows): ListedDots {
  return isSparse(rows) ? sparseDots(rows) : denseDots(rows);
}

/** Four rows at a time, four columns at a time: each number of `x` is loaded once for four products, and the sums do not wait for each other. */
function denseDots({ cols, data }: Matrix): ListedDots {
  const whole = cols - (cols % 4);
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
      for (let j = 0; j < whole; j += 4) {
        const a = x[j] as number;
        const b = x[j + 1] as number;
        const c = x[j + 2] as number;
        const d = x[j + 3] as number;
        s0 +=
          a * (data[r0 + j] as number) +
          b * (data[r0 + j + 1] as number) +
          (c * (data[r0 + j + 2] as number) + d * (data[r0 + j + 3] as number));
        s1 +=
          a * (data[r1 + j] as number) +
          b * (data[r1 + j + 1] as number) +
          (c * (data[r1 + j + 2] as number) + d * (data[r1 + j + 3] as number));
        s2 +=
          a * (data[r2 + j] as number) +
          b * (data[r2 + j + 1] as number) +
          (c * (data[r2 + j + 2] as number) + d * (data[r2 + j + 3] as number));
        s3 +=
          a * (data[r3 + j] as number) +
          b * (data[r3 + j + 1] as number) +
          (c * (data[r3 + j + 2] as number) + d * (data[r3 + j + 3] as number));
      }
      for (let j = whole; j < cols; j++) {
        const a = x[j] as number;
        s0 += a * (data[r0 + j] as number);
        s1 += a * (data[r1 + j] as number);
        s2 += a * (data[r2 + j] as number);
        s3 += a * (data[r3 + j] as number);
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
