import { wasmWorkspaces } from "../wasm-memory.ts";
import type { CsrMatrix } from "./csr-matrix.ts";
import { isSparse, rowOperations, type SampleRows } from "./sample-rows.ts";
import { type SparseFunctions, sparseModule, UNROLLED } from "./sparse-module.ts";

/** The rows of a matrix with one vector of weights w, which coordinate descent reads and changes row by row. */
export interface WeightedRows {
  /** w, `[features]`; one solver after the other clears it. */
  readonly weights: Float64Array;
  /** $\langle x_i, w\rangle$ */
  readonly dot: (i: number) => number;
  /** $w \leftarrow w + a\,x_i$ */
  readonly add: (i: number, a: number) => void;
}

const open = wasmWorkspaces<SparseFunctions>(sparseModule);
/** Below this many stored numbers packing them costs more than it gains. */
const LEAST = 2 ** 14;

/** The fastest way to go through the rows here; sparse ones in WebAssembly, which checks no index twice, take half the time of plain loops. */
export function weightedRows(rows: SampleRows): WeightedRows {
  return (isSparse(rows) && rows.data.length >= LEAST ? packedRows(rows) : undefined) ?? plainRows(rows);
}

/** By the operations of the matrix. */
export function plainRows(rows: SampleRows): WeightedRows {
  const weights = new Float64Array(rows.cols);
  const { dot, addTo } = rowOperations(rows);
  return { weights, dot: (i) => dot(i, weights), add: (i, a) => addTo(i, a, weights) };
}

/** By WebAssembly, where the platform has it; until the next call of this function. */
export function packedRows({ rows, cols, indptr, indices, data }: CsrMatrix): WeightedRows | undefined {
  const start = new Int32Array(rows + 1);
  for (let i = 0; i < rows; i++) {
    const count = (indptr[i + 1] as number) - (indptr[i] as number);
    start[i + 1] = (start[i] as number) + UNROLLED * Math.ceil(count / UNROLLED);
  }
  const stored = start[rows] as number;
  const workspace = open(12 * stored + 8 * (cols + 4));
  if (workspace === undefined) return undefined;
  const { take, functions } = workspace;
  const result = take(1);
  const weights = take(cols);
  const numbers = take(stored);
  const addresses = new Int32Array(numbers.buffer, take(stored / 2).byteOffset, stored);
  for (let i = 0; i < rows; i++) {
    const stop = indptr[i + 1] as number;
    let at = start[i] as number;
    for (let k = indptr[i] as number; k < stop; k++, at++) {
      numbers[at] = data[k] as number;
      addresses[at] = weights.byteOffset + 8 * (indices[k] as number);
    }
    const end = start[i + 1] as number;
    numbers.fill(0, at, end);
    addresses.fill(weights.byteOffset, at, end);
  }
  const [firstAddress, firstNumber, resultAt] = [addresses.byteOffset, numbers.byteOffset, result.byteOffset];
  return {
    weights,
    dot: (i) => {
      const from = start[i] as number;
      const to = start[i + 1] as number;
      if (from === to) return 0;
      functions.dot(firstAddress + 4 * from, firstAddress + 4 * to, firstNumber + 8 * from, resultAt);
      return result[0] as number;
    },
    add: (i, a) => {
      const from = start[i] as number;
      const to = start[i + 1] as number;
      if (from < to) functions.add(firstAddress + 4 * from, firstAddress + 4 * to, firstNumber + 8 * from, a);
    },
  };
}
