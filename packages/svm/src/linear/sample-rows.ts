import { problem, ShapeError, show } from "@attnlab/check";
import { checkFinite, checkMatrix, type Matrix } from "@attnlab/linalg";
import { checkMagnitude } from "../check-input.ts";
import { rowDot } from "../row-dot.ts";
import { type CsrMatrix, checkCsr } from "./csr-matrix.ts";

/** Samples as rows, dense or sparse: `[samples, features]`. */
export type SampleRows = Matrix | CsrMatrix;

/** Whether rows are stored as {@link CsrMatrix}. */
export function isSparse(rows: SampleRows): rows is CsrMatrix {
  return "indptr" in rows;
}

/**
 * Requires at least one sample with at least one feature, sizes that fit and finite numbers.
 * @throws ShapeError or DataError otherwise.
 */
export function checkRows(where: string, rows: SampleRows): void {
  const given: unknown = rows;
  if (typeof given !== "object" || given === null || !("rows" in given && "cols" in given && "data" in given)) {
    const fix = "Make rows with matrixFromRows of @attnlab/linalg or csrMatrix of @attnlab/svm.";
    throw new ShapeError(problem({ where, expected: "rows must be a Matrix or a CsrMatrix", got: show(given), fix }));
  }
  for (const size of [rows.rows, rows.cols]) {
    if (Number.isSafeInteger(size)) continue;
    const fix = "Make rows with matrixFromRows of @attnlab/linalg or csrMatrix of @attnlab/svm.";
    throw new ShapeError(problem({ where, expected: "rows.rows and rows.cols must be whole numbers", got: show(size), fix }));
  }
  if (rows.rows < 1 || rows.cols < 1) {
    const fix = "Pass at least one sample with at least one feature.";
    throw new ShapeError(problem({ where, expected: "rows must not be empty", got: `${rows.rows} x ${rows.cols}`, fix }));
  }
  if (isSparse(rows)) checkCsr(where, rows);
  else {
    checkMatrix(where, "rows", rows);
    checkFinite(where, "rows", rows.data);
  }
  checkMagnitude(where, "rows", rows.data);
}

/**
 * Requires rows for a model that was fitted on `numFeatures` columns.
 * @throws ShapeError or DataError otherwise.
 */
export function checkRowsFor(where: string, rows: SampleRows, numFeatures: number): void {
  checkRows(where, rows);
  if (rows.cols === numFeatures) return;
  const expected = `rows must have the ${numFeatures} columns the model was fitted on`;
  throw new ShapeError(problem({ where, expected, got: String(rows.cols), fix: "Pass the same features in the same order." }));
}

/** The three things coordinate descent does with a row. */
export interface RowOperations {
  /** $\langle x_i, w\rangle$ */
  readonly dot: (i: number, w: Float64Array) => number;
  /** $w \leftarrow w + a\,x_i$ */
  readonly addTo: (i: number, a: number, w: Float64Array) => void;
  /** $\lVert x_i\rVert^2$ of every row. */
  readonly squaredNorms: () => Float64Array;
}

/** Inner products and updates with the rows of a matrix, dense or sparse. */
export function rowOperations(rows: SampleRows): RowOperations {
  return isSparse(rows) ? sparseOperations(rows) : denseOperations(rows);
}

function denseOperations({ rows, cols, data }: Matrix): RowOperations {
  const dot = (i: number, w: Float64Array): number => rowDot(data, i * cols, w);
  const addTo = (i: number, a: number, w: Float64Array): void => {
    const from = i * cols;
    for (let j = 0; j < cols; j++) w[j] = (w[j] as number) + a * (data[from + j] as number);
  };
  const squaredNorms = (): Float64Array => Float64Array.from({ length: rows }, (_, i) => dot(i, data.subarray(i * cols, (i + 1) * cols)));
  return { dot, addTo, squaredNorms };
}

function sparseOperations({ rows, indptr, indices, data }: CsrMatrix): RowOperations {
  const dot = (i: number, w: Float64Array): number => {
    const stop = indptr[i + 1] as number;
    let k = indptr[i] as number;
    let even = 0;
    let odd = 0;
    for (; k + 1 < stop; k += 2) {
      even += (data[k] as number) * (w[indices[k] as number] as number);
      odd += (data[k + 1] as number) * (w[indices[k + 1] as number] as number);
    }
    return k < stop ? even + odd + (data[k] as number) * (w[indices[k] as number] as number) : even + odd;
  };
  const addTo = (i: number, a: number, w: Float64Array): void => {
    const stop = indptr[i + 1] as number;
    for (let k = indptr[i] as number; k < stop; k++) {
      const j = indices[k] as number;
      w[j] = (w[j] as number) + a * (data[k] as number);
    }
  };
  const squaredNorms = (): Float64Array => {
    const norms = new Float64Array(rows);
    for (let i = 0; i < rows; i++) {
      let sum = 0;
      for (let k = indptr[i] as number; k < (indptr[i + 1] as number); k++) sum += (data[k] as number) * (data[k] as number);
      norms[i] = sum;
    }
    return norms;
  };
  return { dot, addTo, squaredNorms };
}
