import type { Matrix } from "@attnlab/linalg";
import type { CsrMatrix } from "../linear/csr-matrix.ts";
import { isSparse, type SampleRows } from "../linear/sample-rows.ts";
import { simdDots } from "./simd-dots.ts";

/** Writes $\langle x, r_{listed[k]}\rangle$ to `out[k]` for `from <= k < to`. */
export type ListedDots = (x: Float64Array, listed: Int32Array, from: number, to: number, out: Float64Array) => void;

/** Inner products of one dense vector with chosen rows. */
export function listedDots(rows: SampleRows): ListedDots {
  return isSparse(rows) ? sparseDots(rows) : (simdDots(rows) ?? denseDots(rows));
}

/** Two rows at a time, even and odd columns apart: four sums that do not wait for each other, in the order of the SIMD kernel. */
export function denseDots({ cols, data }: Matrix): ListedDots {
  const whole = cols - (cols % 2);
  return (x, listed, from, to, out) => {
    for (let k = from; k < to; k += 2) {
      const r = (listed[k] as number) * cols;
      const next = (listed[k + 1 < to ? k + 1 : k] as number) * cols;
      let even = 0;
      let odd = 0;
      let nextEven = 0;
      let nextOdd = 0;
      for (let j = 0; j < whole; j += 2) {
        const a = x[j] as number;
        const b = x[j + 1] as number;
        even += a * (data[r + j] as number);
        odd += b * (data[r + j + 1] as number);
        nextEven += a * (data[next + j] as number);
        nextOdd += b * (data[next + j + 1] as number);
      }
      if (whole < cols) {
        even += (x[whole] as number) * (data[r + whole] as number);
        nextEven += (x[whole] as number) * (data[next + whole] as number);
      }
      out[k] = even + odd;
      if (k + 1 < to) out[k + 1] = nextEven + nextOdd;
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
