import { Matrix as MlMatrix } from "ml-matrix";
import type { Matrix } from "./matrix.ts";

/** Our row-major matrix as an ml-matrix value; the only bridge to that library. */
export function toMlMatrix(a: Matrix): MlMatrix {
  const out = new MlMatrix(a.rows, a.cols);
  for (let i = 0; i < a.rows; i++) for (let j = 0; j < a.cols; j++) out.set(i, j, a.data[i * a.cols + j] as number);
  return out;
}

/** The way back from ml-matrix. */
export function fromMlMatrix(a: MlMatrix): Matrix {
  const data = new Float64Array(a.rows * a.columns);
  for (let i = 0; i < a.rows; i++) for (let j = 0; j < a.columns; j++) data[i * a.columns + j] = a.get(i, j);
  return { rows: a.rows, cols: a.columns, data };
}
