import { DataError, problem, ShapeError, show } from "@attnlab/check";
import { checkFinite } from "@attnlab/linalg";
import { checkList } from "../check-input.ts";

/** A sparse real matrix in compressed sparse rows: row i holds `data[k]` in column `indices[k]` for `indptr[i] <= k < indptr[i + 1]`. */
export interface CsrMatrix {
  readonly rows: number;
  readonly cols: number;
  /** Start of each row, `[rows + 1]`. */
  readonly indptr: Int32Array;
  /** Column of each stored number, ascending within a row. */
  readonly indices: Int32Array;
  /** The stored numbers; all others are zero. */
  readonly data: Float64Array;
}

/**
 * Makes a {@link CsrMatrix} from one list of `[column, value]` pairs per row; zeros are dropped.
 *
 * Shape: `entries` has one list per row → `[rows, cols]`.
 *
 * @param cols - number of columns, a whole number >= 1.
 * @param entries - the pairs of each row, in any order.
 * @throws ShapeError when a column is outside 0 ... cols - 1.
 * @throws DataError when a row names a column twice, or a value is NaN or infinite.
 * @example
 * ```ts
 * import { csrMatrix } from "@attnlab/svm";
 * const rows = csrMatrix(3, [[[2, 5], [0, 1]], []]);
 * Array.from(rows.indptr); // => [0, 2, 2]
 * Array.from(rows.indices); // => [0, 2]
 * ```
 */
export function csrMatrix(cols: number, entries: readonly (readonly (readonly [number, number])[])[]): CsrMatrix {
  if (!Number.isSafeInteger(cols) || cols < 1) {
    const fix = "Pass csrMatrix(number of columns, entries).";
    throw new ShapeError(problem({ where: "csrMatrix", expected: "cols must be a whole number >= 1", got: show(cols), fix }));
  }
  checkEntries(entries);
  const kept = entries.map((row) => row.filter(([, value]) => value !== 0).sort((a, b) => a[0] - b[0]));
  const count = kept.reduce((sum, row) => sum + row.length, 0);
  const made = {
    rows: kept.length,
    cols,
    indptr: new Int32Array(kept.length + 1),
    indices: new Int32Array(count),
    data: new Float64Array(count),
  };
  let at = 0;
  kept.forEach((row, i) => {
    for (const [column, value] of row) {
      made.indices[at] = column;
      made.data[at] = value;
      at++;
    }
    made.indptr[i + 1] = at;
  });
  checkCsr("csrMatrix", made);
  return made;
}

function checkEntries(entries: unknown): void {
  checkList("csrMatrix", "entries", entries);
  (entries as readonly unknown[]).forEach((row, i) => {
    checkList("csrMatrix", `row ${i} of entries`, row);
    const list = row as readonly unknown[];
    const bad = list.findIndex((entry) => !Array.isArray(entry) || entry.length !== 2 || !Number.isInteger(entry[0]));
    if (bad < 0) return;
    const fix = "Count columns from 0.";
    throw new ShapeError(
      problem({ where: "csrMatrix", expected: "entries must be pairs [whole column, value]", got: `${show(list[bad])} in row ${i}`, fix }),
    );
  });
}

/**
 * Requires a well-formed {@link CsrMatrix} of finite numbers.
 * @throws ShapeError or DataError otherwise.
 */
export function checkCsr(where: string, { rows, cols, indptr, indices, data }: CsrMatrix): void {
  for (const [name, values] of Object.entries({ indptr, indices, data })) checkList(where, `rows.${name}`, values);
  const end = indptr[rows] as number;
  if (indptr.length !== rows + 1 || indptr[0] !== 0 || end !== indices.length || end !== data.length) {
    const got = `indptr of ${indptr.length} from ${indptr[0]} to ${end}, ${indices.length} indices and ${data.length} numbers for ${rows} rows`;
    const expected = "indptr must hold rows + 1 offsets from 0 to the number of indices and of data";
    throw new ShapeError(problem({ where, expected, got, fix: "csrMatrix(cols, entries) builds the three arrays." }));
  }
  for (let i = 0; i < rows; i++) {
    const stop = indptr[i + 1] as number;
    if (stop < (indptr[i] as number)) {
      const got = `${indptr[i]} then ${stop} at row ${i}`;
      throw new ShapeError(problem({ where, expected: "indptr must not decrease", got, fix: "Each row ends where the next begins." }));
    }
    let last = -1;
    for (let k = indptr[i] as number; k < stop; k++) {
      const column = indices[k] as number;
      if (column < 0 || column >= cols) {
        const fix = "Count columns from 0, and pass their number as cols.";
        throw new ShapeError(problem({ where, expected: `a column must be 0 to ${cols - 1}`, got: `${column} in row ${i}`, fix }));
      }
      if (column <= last) {
        const got = `${column} after ${last} in row ${i}`;
        const fix = "Sort each row by column and add up repeated entries.";
        throw new DataError(problem({ where, expected: "columns must ascend within a row", got, fix }));
      }
      last = column;
    }
  }
  checkFinite(where, "rows.data", data);
}
