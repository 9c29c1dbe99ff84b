import type { Matrix } from "@attnlab/linalg";
import { applyKernel, type Kernel } from "./kernel.ts";
import type { KernelSource } from "./kernel-source.ts";
import type { SmoMemory } from "./smo-memory.ts";
import { PANEL } from "./smo-module.ts";

/** Kernel values in the order of a solver's variables. */
export interface OrderedKernel {
  /** Writes K between the variable at `position` and those at `from` to `to - 1` to the same places of `out`, and perhaps some behind them. */
  readonly fill: (position: number, from: number, to: number, out: Float64Array) => void;
  /** Follows a new order of the rows it was made with. */
  readonly reorder: () => void;
}

/** Values that the source works out row by row. */
export function listedKernel(source: KernelSource, rowAt: Int32Array): OrderedKernel {
  return {
    fill: (position, from, to, out) => source.fill(rowAt[position] as number, rowAt, from, to, out),
    reorder: () => undefined,
  };
}

/** Dense rows with their kernel. */
export interface DenseKernel {
  readonly kernel: Kernel;
  readonly rows: Matrix;
  /** Squared lengths of the rows. */
  readonly ofRows: Float64Array;
}

/** Numbers that {@link packedKernel} takes from the memory. */
export function packedLength(length: number, cols: number): number {
  return (cols + 3) * (length + PANEL);
}

/**
 * Values by the memory's functions on rows that are packed in the solver's order, {@link PANEL} rows side by side. A row that stands in two
 * places, as those of a regression do, is worked out once.
 */
export function packedKernel({ kernel, rows, ofRows }: DenseKernel, memory: SmoMemory, rowAt: Int32Array): OrderedKernel {
  const { cols, data } = rows;
  const { dots, rbf } = memory.functions;
  const length = rowAt.length;
  const padded = PANEL * Math.ceil(length / PANEL);
  const bytes = 8 * PANEL * cols;
  const panels = memory.take(padded * cols);
  const norms = memory.take(padded);
  const scratch = memory.take(padded);
  // Distinct rows in the order in which they first occur, and where in it the row of each variable is.
  const distinct = new Int32Array(length);
  const placeOf = new Int32Array(length);
  const countTo = new Int32Array(length + 1);
  const seen = new Int32Array(rows.rows);
  let repeated = false;
  const addressOf = (place: number): number => panels.byteOffset + bytes * Math.floor(place / PANEL) + 8 * (place % PANEL);

  const reorder = (): void => {
    let count = 0;
    seen.fill(-1);
    rowAt.forEach((row, t) => {
      if (seen[row] === -1) {
        seen[row] = count;
        distinct[count] = row;
        norms[count] = ofRows[row] as number;
        let at = (addressOf(count) - panels.byteOffset) / 8;
        for (let j = row * cols; j < (row + 1) * cols; j++) {
          panels[at] = data[j] as number;
          at += PANEL;
        }
        count++;
      }
      placeOf[t] = seen[row] as number;
      countTo[t + 1] = count;
    });
    repeated = count < length;
  };
  reorder();

  /** Values with the distinct rows from a multiple of {@link PANEL} on. */
  const fillDistinct = (place: number, from: number, to: number, out: Float64Array): void => {
    const address = out.byteOffset + 8 * from;
    const ofX = norms[place] as number;
    dots(addressOf(from), addressOf(PANEL * Math.ceil(to / PANEL)), addressOf(place), address, bytes);
    if (kernel.name === "rbf") {
      const end = address + 16 * Math.ceil((to - from) / 2);
      rbf(address, end, norms.byteOffset + 8 * from, memory.fractions.byteOffset, ofX, kernel.gamma);
    } else applyKernel(kernel, out, { from, to }, { ofX, ofRows, listed: distinct });
  };
  const fill = (position: number, from: number, to: number, out: Float64Array): void => {
    if (from >= to) return;
    const place = placeOf[position] as number;
    if (!repeated) {
      fillDistinct(place, PANEL * Math.floor(from / PANEL), to, out);
      return;
    }
    fillDistinct(place, 0, countTo[to] as number, scratch);
    for (let t = from; t < to; t++) out[t] = scratch[placeOf[t] as number] as number;
  };
  return { fill, reorder };
}
