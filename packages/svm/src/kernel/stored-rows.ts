import type { Matrix } from "@attnlab/linalg";
import type { CsrMatrix } from "../linear/csr-matrix.ts";
import { isSparse, type SampleRows } from "../linear/sample-rows.ts";

/** Rows inside a fitted model, as plain arrays that survive JSON; sparse when `indptr` and `indices` are there. */
export interface StoredRows {
  readonly rows: number;
  readonly cols: number;
  readonly data: readonly number[];
  readonly indptr?: readonly number[];
  readonly indices?: readonly number[];
}

/** Copies chosen rows into plain arrays. */
export function storeRows(rows: SampleRows, chosen: readonly number[]): StoredRows {
  const { cols } = rows;
  if (!isSparse(rows)) {
    const data = new Float64Array(chosen.length * cols);
    chosen.forEach((i, k) => {
      data.set(rows.data.subarray(i * cols, (i + 1) * cols), k * cols);
    });
    return { rows: chosen.length, cols, data: Array.from(data) };
  }
  const indptr = [0];
  const indices: number[] = [];
  const data: number[] = [];
  for (const i of chosen) {
    for (let k = rows.indptr[i] as number; k < (rows.indptr[i + 1] as number); k++) {
      indices.push(rows.indices[k] as number);
      data.push(rows.data[k] as number);
    }
    indptr.push(data.length);
  }
  return { rows: chosen.length, cols, data, indptr, indices };
}

/** The rows as typed arrays again. */
export function loadRows({ rows, cols, data, indptr, indices }: StoredRows): SampleRows {
  if (indptr === undefined || indices === undefined) return { rows, cols, data: Float64Array.from(data) } satisfies Matrix;
  const sparse: CsrMatrix = {
    rows,
    cols,
    indptr: Int32Array.from(indptr),
    indices: Int32Array.from(indices),
    data: Float64Array.from(data),
  };
  return sparse;
}
