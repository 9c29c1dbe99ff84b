import { DataError, problem, ShapeError, show } from "@attnlab/check";

/** A dense real matrix as a plain value: row-major float64 elements and explicit sizes, element (i, j) at `data[i * cols + j]`. */
export interface Matrix {
  readonly rows: number;
  readonly cols: number;
  readonly data: Float64Array;
}

/**
 * Makes a {@link Matrix}; a `Float64Array` is kept without a copy, other numbers are converted.
 *
 * Shape: `data` holds `rows * cols` numbers, row by row.
 *
 * @param data - elements; default: zeros.
 * @throws ShapeError when a size is not a whole number >= 0, or `data` is no list or has another length.
 * @throws DataError when an element is no number; NaN and infinities are left for the functions that compute with the matrix to refuse.
 * @example
 * ```ts
 * import { matrix } from "@attnlab/linalg";
 * const a = matrix(2, 3, [1, 2, 3, 4, 5, 6]);
 * a.data[1 * a.cols + 0]; // => 4
 * ```
 */
export function matrix(rows: number, cols: number, data?: ArrayLike<number>): Matrix {
  for (const size of [rows, cols]) {
    if (!Number.isSafeInteger(size) || size < 0) {
      const fix = "Pass matrix(rows, cols, data).";
      throw new ShapeError(problem({ where: "matrix", expected: "sizes must be whole numbers >= 0", got: show(size), fix }));
    }
  }
  if (data !== undefined) checkNumbers("matrix", "data", data);
  const elements = data === undefined ? new Float64Array(rows * cols) : data instanceof Float64Array ? data : Float64Array.from(data);
  const made: Matrix = { rows, cols, data: elements };
  checkMatrix("matrix", "data", made);
  return made;
}

/**
 * Makes a {@link Matrix} from an array of rows.
 *
 * @throws ShapeError when the rows are no lists or differ in length.
 * @throws DataError when an element is no number.
 * @example
 * ```ts
 * import { matrixFromRows } from "@attnlab/linalg";
 * matrixFromRows([[1, 2], [3, 4], [5, 6]]).rows; // => 3
 * ```
 */
export function matrixFromRows(rows: readonly ArrayLike<number>[]): Matrix {
  const noList = Array.isArray(rows) ? rows.findIndex((row: unknown) => !isList(row)) : 0;
  if (!Array.isArray(rows) || noList >= 0) {
    const got = Array.isArray(rows) ? `${show(rows[noList])} at row ${noList}` : show(rows);
    const fix = "Pass one list of numbers per row: [[1, 2], [3, 4]].";
    throw new ShapeError(problem({ where: "matrixFromRows", expected: "rows must be an array of arrays", got, fix }));
  }
  const cols = rows[0]?.length ?? 0;
  const data = new Float64Array(rows.length * cols);
  rows.forEach((row, i) => {
    if (row.length !== cols) {
      const got = `${row.length} in row ${i} and ${cols} in row 0`;
      throw new ShapeError(
        problem({ where: "matrixFromRows", expected: "rows must be equally long", got, fix: "Pass rows of one length." }),
      );
    }
    checkNumbers("matrixFromRows", `row ${i}`, row);
    data.set(row, i * cols);
  });
  return { rows: rows.length, cols, data };
}

function isList(value: unknown): value is ArrayLike<unknown> {
  return Array.isArray(value) || (ArrayBuffer.isView(value) && !(value instanceof DataView));
}

/** Requires a list of numbers: conversion would make NaN of words and 0 of null. */
function checkNumbers(where: string, name: string, values: ArrayLike<number>): void {
  if (!isList(values)) {
    const fix = "Pass an array or a typed array of numbers.";
    throw new ShapeError(problem({ where, expected: `${name} must be a list of numbers`, got: show(values), fix }));
  }
  if (values instanceof Float64Array || values instanceof Float32Array) return;
  for (let i = 0; i < values.length; i++) {
    if (typeof values[i] === "number") continue;
    const fix = "Convert it with Number first.";
    throw new DataError(problem({ where, expected: `${name} must hold numbers`, got: `${show(values[i])} at index ${i}`, fix }));
  }
}

/**
 * The n by n identity.
 *
 * @example
 * ```ts
 * import { identity } from "@attnlab/linalg";
 * Array.from(identity(2).data); // => [1, 0, 0, 1]
 * ```
 */
export function identity(n: number): Matrix {
  const eye = matrix(n, n);
  for (let i = 0; i < n; i++) eye.data[i * n + i] = 1;
  return eye;
}

/**
 * The transpose, as a new matrix.
 *
 * Shape: `[rows, cols]` → `[cols, rows]`.
 *
 * @throws ShapeError when `a` is no matrix.
 * @example
 * ```ts
 * import { matrix, transpose } from "@attnlab/linalg";
 * Array.from(transpose(matrix(2, 3, [1, 2, 3, 4, 5, 6])).data); // => [1, 4, 2, 5, 3, 6]
 * ```
 */
export function transpose(a: Matrix): Matrix {
  checkMatrix("transpose", "a", a);
  const { rows, cols, data } = a;
  const turned = new Float64Array(rows * cols);
  for (let i = 0; i < rows; i++) for (let j = 0; j < cols; j++) turned[j * rows + i] = data[i * cols + j] as number;
  return { rows: cols, cols: rows, data: turned };
}

/**
 * Requires a {@link Matrix}: whole sizes, and a `Float64Array` of as many elements as they say.
 *
 * @param where - the function that asks, for the message.
 * @param name - the argument that is checked, for the message.
 * @throws ShapeError otherwise.
 * @example
 * ```ts
 * import { checkMatrix, matrix } from "@attnlab/linalg";
 * checkMatrix("solveHardMargin", "rows", matrix(2, 2));
 * ```
 */
export function checkMatrix(where: string, name: string, a: Matrix): void {
  if (!isMatrix(a)) {
    const fix = "Make it with matrix or matrixFromRows of @attnlab/linalg.";
    throw new ShapeError(problem({ where, expected: `${name} must be a Matrix { rows, cols, data: Float64Array }`, got: show(a), fix }));
  }
  if (a.data.length === a.rows * a.cols) return;
  const expected = `${name} must hold rows x cols = ${a.rows} x ${a.cols} elements`;
  throw new ShapeError(problem({ where, expected, got: String(a.data.length), fix: `Pass ${a.rows * a.cols} numbers, row by row.` }));
}

/** Whether a value has the parts of a matrix; plain JavaScript passes whatever it likes. */
function isMatrix(value: unknown): value is Matrix {
  if (typeof value !== "object" || value === null || !("rows" in value && "cols" in value && "data" in value)) return false;
  const sizes = [value.rows, value.cols];
  return sizes.every((n) => typeof n === "number" && Number.isSafeInteger(n) && n >= 0) && value.data instanceof Float64Array;
}

/**
 * Requires finite numbers.
 *
 * @param where - the function that asks, for the message.
 * @param name - the argument that is checked, for the message.
 * @throws DataError naming the first element that is NaN or infinite.
 * @example
 * ```ts
 * import { checkFinite } from "@attnlab/linalg";
 * checkFinite("solveHardMargin", "rhs", [1, 2]);
 * ```
 */
export function checkFinite(where: string, name: string, values: ArrayLike<number>): void {
  if (!isList(values)) {
    const fix = "Pass an array or a typed array of numbers.";
    throw new ShapeError(problem({ where, expected: `${name} must be a list of numbers`, got: show(values), fix }));
  }
  for (let i = 0; i < values.length; i++) {
    if (!Number.isFinite(values[i])) {
      const got = `${show(values[i])} at index ${i}`;
      const fix = "Remove or repair the NaN and infinite values first.";
      throw new DataError(problem({ where, expected: `${name} must be finite numbers`, got, fix }));
    }
  }
}

/**
 * Requires two sizes to agree.
 *
 * @param rule - what must equal what, for the message.
 * @throws ShapeError otherwise.
 * @example
 * ```ts
 * import { checkSameSize } from "@attnlab/linalg";
 * checkSameSize("dot", "a.length must equal b.length", [3, 3]);
 * ```
 */
export function checkSameSize(where: string, rule: string, sizes: readonly [number, number]): void {
  if (!Array.isArray(sizes)) {
    throw new ShapeError(problem({ where, expected: "sizes must be a pair of numbers", got: show(sizes), fix: "Pass [size, otherSize]." }));
  }
  if (sizes[0] === sizes[1]) return;
  throw new ShapeError(
    problem({ where, expected: rule, got: `${show(sizes[0])} and ${show(sizes[1])}`, fix: "Pass arguments whose sizes agree." }),
  );
}
