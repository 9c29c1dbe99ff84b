import { isSparse, rowOperations, type SampleRows } from "../linear/sample-rows.ts";
import { applyKernel, type Kernel } from "./kernel.ts";
import { type ListedDots, listedDots, spreadRow } from "./listed-dots.ts";
import type { DenseKernel } from "./ordered-kernel.ts";

/** Kernel values between the rows of one data set. */
export interface KernelSource {
  readonly numRows: number;
  /** K(x_i, x_i), `[numRows]`. */
  readonly diagonal: Float64Array;
  /** Writes K(x_row, x_listed[k]) to `out[k]` for `from <= k < to`. */
  readonly fill: (row: number, listed: Int32Array, from: number, to: number, out: Float64Array) => void;
  /** The rows themselves, where they are dense and the kernel is not precomputed. */
  readonly dense?: DenseKernel;
}

/** The kernel on rows; with `"precomputed"` the rows are its values. */
export function kernelSource(kernel: Kernel, rows: SampleRows): KernelSource {
  if (kernel.name === "precomputed") return precomputed(rows);
  const ofRows = rowOperations(rows).squaredNorms();
  let dots: ListedDots | undefined;
  const x = new Float64Array(rows.cols);
  const every = Int32Array.from(ofRows.keys());
  const diagonal = ofRows.slice();
  for (let i = 0; i < rows.rows; i++) {
    applyKernel(kernel, diagonal, { from: i, to: i + 1 }, { ofX: ofRows[i] as number, ofRows, listed: every });
  }
  return {
    numRows: rows.rows,
    diagonal,
    fill: (row, listed, from, to, out) => {
      spreadRow(rows, row, x);
      dots ??= listedDots(rows);
      dots(x, listed, from, to, out);
      applyKernel(kernel, out, { from, to }, { ofX: ofRows[row] as number, ofRows, listed });
    },
    ...(isSparse(rows) ? {} : { dense: { kernel, rows, ofRows } }),
  };
}

function precomputed(rows: SampleRows): KernelSource {
  const values = new Float64Array(rows.cols);
  const diagonal = new Float64Array(rows.rows);
  for (let i = 0; i < rows.rows; i++) {
    spreadRow(rows, i, values);
    diagonal[i] = values[i] as number;
  }
  return {
    numRows: rows.rows,
    diagonal,
    fill: (row, listed, from, to, out) => {
      spreadRow(rows, row, values);
      for (let k = from; k < to; k++) out[k] = values[listed[k] as number] as number;
    },
  };
}

/**
 * A source for lists that name a row twice, as the two multipliers of a regression row do: each value is computed once.
 */
export function pairedSource(source: KernelSource): KernelSource {
  const place = new Int32Array(source.numRows);
  const stamp = new Int32Array(source.numRows);
  const distinct = new Int32Array(source.numRows);
  const scratch = new Float64Array(source.numRows);
  let call = 0;
  return {
    ...source,
    fill: (row, listed, from, to, out) => {
      call++;
      let count = 0;
      for (let k = from; k < to; k++) {
        const r = listed[k] as number;
        if (stamp[r] === call) continue;
        stamp[r] = call;
        place[r] = count;
        distinct[count] = r;
        count++;
      }
      source.fill(row, distinct, 0, count, scratch);
      for (let k = from; k < to; k++) out[k] = scratch[place[listed[k] as number] as number] as number;
    },
  };
}
