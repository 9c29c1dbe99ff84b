import { DataError, problem, show } from "@attnlab/check";

/** The members of every cell, one cell after the other. */
export interface CellLists {
  /** Cell `c` has `members[offsets[c]]` to `members[offsets[c + 1] - 1]`; `[cells + 1]`. */
  readonly offsets: Int32Array;
  /** Positions in ascending order within each cell, `[count]`. */
  readonly members: Int32Array;
}

/**
 * Turns "which cell is each key in" into "which keys are in each cell", by counting.
 *
 * @param assignments - the cell of each key, `[count]`.
 * @param cells - the number of cells.
 * @throws DataError when an assignment is no cell.
 * @example
 * ```ts
 * import { cellLists } from "@attnlab/neighbors";
 * const { offsets, members } = cellLists(Int32Array.of(2, 0, 2, 2), 3);
 * offsets; // => Int32Array [0, 1, 1, 4]
 * members; // => Int32Array [1, 0, 2, 3]
 * ```
 */
export function cellLists(assignments: Int32Array, cells: number): CellLists {
  const offsets = new Int32Array(cells + 1);
  for (const cell of assignments) {
    if (!(cell >= 0 && cell < cells)) {
      const expected = `assignments must be cells from 0 to ${cells - 1}`;
      throw new DataError(problem({ where: "cellLists", expected, got: show(cell), fix: "Pass the number of cells of the assignment." }));
    }
    (offsets[cell + 1] as number)++;
  }
  for (let cell = 0; cell < cells; cell++) (offsets[cell + 1] as number) += offsets[cell] as number;
  const next = offsets.slice(0, cells);
  const members = new Int32Array(assignments.length);
  for (let i = 0; i < assignments.length; i++) members[(next[assignments[i] as number] as number)++] = i;
  return { offsets, members };
}
