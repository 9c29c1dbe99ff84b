import { booleanOption, DataError, integerOption, OptionError, optionTable, problem, ShapeError, show } from "@attnlab/check";
import type { Rng } from "@attnlab/random";
import { optionalRng } from "./rng-option.ts";

/** Options of {@link batchIndices}. */
export interface BatchOptions {
  /** Samples per batch. */
  readonly size: number;
  /** Shuffles the samples; without it they come in order. It is drawn from, so each call (epoch) has a new order. */
  readonly rng?: Rng;
  /** Leaves out a last batch that is not full. Default false. */
  readonly dropLast?: boolean;
}

const table = optionTable("batchIndices", {
  size: integerOption({ doc: "Samples per batch.", min: 1, required: true }),
  rng: optionalRng,
  dropLast: booleanOption({ doc: "Leaves out a last batch that is not full.", default: false }),
});

/**
 * Cuts the positions 0 to `count - 1` into batches: one pass over the data.
 *
 * @param count - number of samples.
 * @returns the positions of each batch; every position appears once (with `dropLast`, at most once).
 * @throws OptionError on a bad `count`, or an unknown or bad option.
 * @example
 * ```ts
 * import { batchIndices } from "@attnlab/datasets";
 * batchIndices(5, { size: 2 }).map((batch) => batch.length); // => [2, 2, 1]
 * ```
 */
export function batchIndices(count: number, options: BatchOptions): Int32Array[] {
  const { size, rng, dropLast } = table.parse(options);
  if (!Number.isSafeInteger(count) || count < 1) {
    const expected = "count must be a whole number >= 1";
    throw new OptionError(problem({ where: "batchIndices", expected, got: show(count), fix: "Pass the number of samples." }));
  }
  const order = Int32Array.from(rng === undefined ? { length: count } : rng.permutation(count), (value, i) => value ?? i);
  const batches: Int32Array[] = [];
  for (let start = 0; start < count; start += size) {
    if (!dropLast || start + size <= count) batches.push(order.slice(start, start + size));
  }
  return batches;
}

/** Arrays that {@link takeRows} reads. */
export type RowArray = Float64Array | Float32Array | Int32Array | Uint32Array | Uint8Array;

// Not by values.constructor: a Buffer is a Uint8Array too, and its constructor gives memory that is not cleared.
const ROW_ARRAYS = [Float64Array, Float32Array, Int32Array, Uint32Array, Uint8Array] as const;

function emptyLike<T extends RowArray>(values: T, length: number): T {
  const make = ROW_ARRAYS.find((kind) => values instanceof kind) ?? Float64Array;
  return new make(length) as T;
}

/**
 * Gathers rows of a row-major array: `[rows, rowSize]` and `[count]` positions give `[count, rowSize]`.
 *
 * @param rowSize - elements per sample, 1 for labels.
 * @returns a new array of the same kind.
 * @throws ShapeError when `values` is not a whole number of rows.
 * @throws DataError when an index is outside the rows.
 * @example
 * ```ts
 * import { takeRows } from "@attnlab/datasets";
 * takeRows(Int32Array.of(1, 2, 3, 4, 5, 6), 2, [2, 0]); // => Int32Array [5, 6, 1, 2]
 * ```
 */
export function takeRows<T extends RowArray>(values: T, rowSize: number, indices: ArrayLike<number>): T {
  const rows = values.length / rowSize;
  if (!Number.isSafeInteger(rowSize) || rowSize < 1 || !Number.isSafeInteger(rows)) {
    const expected = "values must be a whole number of rows";
    const got = `${values.length} values and rowSize ${show(rowSize)}`;
    throw new ShapeError(problem({ where: "takeRows", expected, got, fix: "Pass the number of elements of one sample." }));
  }
  const out = emptyLike(values, indices.length * rowSize);
  for (let i = 0; i < indices.length; i++) {
    const row = indices[i] as number;
    if (!Number.isSafeInteger(row) || row < 0 || row >= rows) {
      const expected = `every index must be a whole number from 0 to ${rows - 1}`;
      throw new DataError(problem({ where: "takeRows", expected, got: show(row), fix: "Take indices from these rows." }));
    }
    out.set(values.subarray(row * rowSize, (row + 1) * rowSize), i * rowSize);
  }
  return out;
}
