import type { KernelSource } from "./kernel-source.ts";

/** Kernel columns in the order of a solver's variables, as many as fit into `cacheMb`. */
export interface KernelCache {
  /** K between `row` and the first `length` variables; valid until the next but one call. */
  readonly column: (row: number, length: number) => Float64Array;
  /** After the first `before` variables were reordered so that position k holds what was at `kept[k]`, and the others came behind. */
  readonly compact: (kept: Int32Array, before: number) => void;
}

const NONE = -1;

/**
 * A least-recently-used cache. A column may be stored in part: its first `filled` entries, which later calls extend.
 *
 * @param rowAt - the row of each variable by position; the solver reorders it together with `compact`.
 */
export function createKernelCache(source: KernelSource, rowAt: Int32Array, cacheMb: number): KernelCache {
  const length = rowAt.length;
  const { numRows } = source;
  const numSlots = Math.max(2, Math.min(numRows, Math.floor((cacheMb * 2 ** 20) / (8 * length))));
  const slots: Float64Array[] = [];
  const rowOfSlot = new Int32Array(numSlots).fill(NONE);
  const slotOfRow = new Int32Array(numRows).fill(NONE);
  const filled = new Int32Array(numSlots);
  // Recency as a doubly linked ring; the entry behind the last slot is its head.
  const newer = new Int32Array(numSlots + 1).fill(numSlots);
  const older = new Int32Array(numSlots + 1).fill(numSlots);

  const unlink = (slot: number): void => {
    newer[older[slot] as number] = newer[slot] as number;
    older[newer[slot] as number] = older[slot] as number;
  };
  const linkNewest = (slot: number): void => {
    const newest = older[numSlots] as number;
    older[numSlots] = slot;
    older[slot] = newest;
    newer[newest] = slot;
    newer[slot] = numSlots;
  };
  const takeSlot = (): number => {
    if (slots.length < numSlots) {
      slots.push(new Float64Array(length));
      return slots.length - 1;
    }
    const oldest = newer[numSlots] as number;
    unlink(oldest);
    slotOfRow[rowOfSlot[oldest] as number] = NONE;
    return oldest;
  };

  const column = (row: number, wanted: number): Float64Array => {
    let slot = slotOfRow[row] as number;
    if (slot === NONE) {
      slot = takeSlot();
      rowOfSlot[slot] = row;
      slotOfRow[row] = slot;
      filled[slot] = 0;
    } else unlink(slot);
    linkNewest(slot);
    const values = slots[slot] as Float64Array;
    const from = filled[slot] as number;
    if (from < wanted) {
      source.fill(row, rowAt, from, wanted, values);
      filled[slot] = wanted;
    }
    return values;
  };
  const compact = (kept: Int32Array, before: number): void => {
    slots.forEach((values, slot) => {
      const have = Math.min(filled[slot] as number, before);
      let k = 0;
      // kept ascends, so every entry moves forward and nothing is overwritten before it is read.
      for (; k < kept.length && (kept[k] as number) < have; k++) values[k] = values[kept[k] as number] as number;
      filled[slot] = k;
    });
  };
  return { column, compact };
}
