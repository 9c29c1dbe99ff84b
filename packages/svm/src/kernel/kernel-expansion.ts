import { rowOperations, type SampleRows } from "../linear/sample-rows.ts";
import { applyKernel, type Kernel } from "./kernel.ts";
import { listedDots, spreadRow } from "./listed-dots.ts";
import { loadRows, type StoredRows, storeRows } from "./stored-rows.ts";

/** The support vectors that a fitted kernel machine is a combination of. */
export interface KernelExpansion {
  readonly kernel: Kernel;
  /** Columns of the rows it was fitted on, and that it predicts for. */
  readonly numFeatures: number;
  /** Rows of the fitted data that are support vectors. */
  readonly supportIndices: readonly number[];
  /** Those rows; empty with a precomputed kernel. */
  readonly supportVectors: StoredRows;
}

/** The expansion over chosen rows of the data. */
export function makeExpansion(kernel: Kernel, rows: SampleRows, supportIndices: readonly number[]): KernelExpansion {
  const supportVectors = storeRows(rows, kernel.name === "precomputed" ? [] : supportIndices);
  return { kernel, numFeatures: rows.cols, supportIndices, supportVectors };
}

/** Calls `use` with the kernel values between each row and all support vectors; the array is reused. */
export function forEachKernelRow(expansion: KernelExpansion, rows: SampleRows, use: (values: Float64Array, row: number) => void): void {
  const { kernel, supportIndices } = expansion;
  const count = supportIndices.length;
  const values = new Float64Array(count);
  const x = new Float64Array(rows.cols);
  if (kernel.name === "precomputed") {
    for (let i = 0; i < rows.rows; i++) {
      spreadRow(rows, i, x);
      supportIndices.forEach((j, s) => {
        values[s] = x[j] as number;
      });
      use(values, i);
    }
    return;
  }
  const vectors = loadRows(expansion.supportVectors);
  const dots = listedDots(vectors);
  const ofRows = rowOperations(vectors).squaredNorms();
  const listed = Int32Array.from(ofRows.keys());
  const ofX = rowOperations(rows).squaredNorms();
  for (let i = 0; i < rows.rows; i++) {
    spreadRow(rows, i, x);
    dots(x, listed, 0, count, values);
    applyKernel(kernel, values, { from: 0, to: count }, { ofX: ofX[i] as number, ofRows, listed });
    use(values, i);
  }
}
