import { PANEL } from "./smo-module.ts";
import type { SmoWorkspace } from "./smo-workspace.ts";

/** Kernel columns in the order of a solver's variables, as many as fit into `cacheMb`. */
export interface KernelCache {
  /** K between the variable at `position` and the first `length`; valid until the next but one call. */
  readonly column: (position: number, length: number) => Float64Array;
  /** Columns stored, in whole or in part. */
  readonly size: () => number;
  /** Follows a new order of the first variables: what was at `kept`, then what was at `dropped`, both ascending. */
  readonly reorder: (kept: Int32Array, dropped: Int32Array) => void;
}

const NONE = -1;
const SLOTS_PER_BLOCK = 32;

/** Sizes of a cache. */
export interface CacheSize {
  /** Columns that fit, two at least. */
  readonly slots: number;
  /** Numbers per column, filled up to whole panels. */
  readonly stride: number;
}

// What a memory with addresses of 32 bits has room for, beside a solver's other arrays.
const MOST_MB = 3_000;

/** How many columns of `length` a cache holds for `numRows` rows. */
export function cacheSize(numRows: number, length: number, cacheMb: number): CacheSize {
  const stride = PANEL * Math.ceil(length / PANEL);
  const fitting = Math.floor((Math.min(cacheMb, MOST_MB) * 2 ** 20) / (8 * stride));
  return { slots: Math.max(2, Math.min(numRows, fitting)), stride };
}

/**
 * A least-recently-used cache. A column may be stored in part: its first `filled` entries, which later calls extend.
 *
 * @param rowAt - the row of each variable by position; the solver reorders it together with `reorder`.
 */
export function createKernelCache(
  { kernel, take }: SmoWorkspace,
  rowAt: Int32Array,
  numRows: number,
  { slots: numSlots, stride }: CacheSize,
): KernelCache {
  const length = rowAt.length;
  const slots: Float64Array[] = [];
  let taken = 0;
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
    if (taken === slots.length && taken < numSlots) {
      // Slots are cut from blocks: thousands of separate arrays would keep the garbage collector busy.
      const more = Math.min(SLOTS_PER_BLOCK, numSlots - slots.length);
      const block = take(more * stride);
      for (let s = 0; s < more; s++) slots.push(block.subarray(s * stride, (s + 1) * stride));
    }
    if (taken < numSlots) {
      taken++;
      return taken - 1;
    }
    const oldest = newer[numSlots] as number;
    unlink(oldest);
    slotOfRow[rowOfSlot[oldest] as number] = NONE;
    return oldest;
  };

  const column = (position: number, wanted: number): Float64Array => {
    const row = rowAt[position] as number;
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
      kernel.fill(position, from, wanted, values);
      filled[slot] = wanted;
    }
    return values;
  };
  const before = new Float64Array(length);
  const reorder = (kept: Int32Array, dropped: Int32Array): void => {
    const count = kept.length + dropped.length;
    for (let slot = 0; slot < taken; slot++) {
      const values = slots[slot] as Float64Array;
      const have = filled[slot] as number;
      before.set(values.subarray(0, Math.min(have, count)));
      let k = 0;
      for (; k < kept.length && (kept[k] as number) < have; k++) values[k] = before[kept[k] as number] as number;
      // A column that was stored in part has gaps from here on.
      if (have < count) filled[slot] = k;
      else for (let s = 0; s < dropped.length; s++) values[kept.length + s] = before[dropped[s] as number] as number;
    }
  };
  return { column, size: () => taken, reorder };
}
