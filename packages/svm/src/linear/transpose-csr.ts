import type { CsrMatrix } from "./csr-matrix.ts";
import { isSparse, type SampleRows } from "./sample-rows.ts";

/** The columns of a matrix as sparse rows, with a constant row of `bias` behind them unless it is 0: `[cols (+ 1), rows]`. */
export function columnsAsRows(matrix: SampleRows, bias: number): CsrMatrix {
  const { rows, cols } = matrix;
  const visit = (entry: (row: number, column: number, value: number) => void): void => {
    for (let i = 0; i < rows; i++) {
      if (isSparse(matrix)) {
        for (let k = matrix.indptr[i] as number; k < (matrix.indptr[i + 1] as number); k++) {
          entry(i, matrix.indices[k] as number, matrix.data[k] as number);
        }
      } else for (let j = 0; j < cols; j++) if (matrix.data[i * cols + j] !== 0) entry(i, j, matrix.data[i * cols + j] as number);
      if (bias !== 0) entry(i, cols, bias);
    }
  };
  const count = bias === 0 ? cols : cols + 1;
  const indptr = new Int32Array(count + 1);
  visit((_, j) => {
    indptr[j + 1] = (indptr[j + 1] as number) + 1;
  });
  for (let j = 0; j < count; j++) indptr[j + 1] = (indptr[j + 1] as number) + (indptr[j] as number);
  const next = indptr.slice();
  const indices = new Int32Array(indptr[count] as number);
  const data = new Float64Array(indptr[count] as number);
  visit((i, j, value) => {
    const at = next[j] as number;
    indices[at] = i;
    data[at] = value;
    next[j] = at + 1;
  });
  return { rows: count, cols: rows, indptr, indices, data };
}
