import { problem, ShapeError } from "@attnlab/check";
import type { Matrix as MlMatrix } from "ml-matrix";
import { checkFinite, checkMatrix, checkSameSize, type Matrix } from "./matrix.ts";
import { fromMlMatrix, toMlMatrix } from "./ml-matrix.ts";

/** Solves for one right-hand side `b [m]` → `[n]`, or for several as the columns of `b [m, k]` → `[n, k]`. */
export interface LinearSolve {
  (b: Float64Array): Float64Array;
  (b: Matrix): Matrix;
}

/** Checks right-hand sides against `rows` and hands them to `run` as columns. */
export function linearSolve(where: string, rows: number, run: (columns: MlMatrix) => MlMatrix): LinearSolve {
  function solve(b: Float64Array): Float64Array;
  function solve(b: Matrix): Matrix;
  function solve(b: Float64Array | Matrix): Float64Array | Matrix {
    const columns: Matrix = b instanceof Float64Array ? { rows: b.length, cols: 1, data: b } : b;
    checkMatrix(where, "b", columns);
    checkSameSize(where, "rows of b must equal rows of a", [columns.rows, rows]);
    checkFinite(where, "b", columns.data);
    const x = fromMlMatrix(run(toMlMatrix(columns)));
    return b instanceof Float64Array ? x.data : x;
  }
  return solve;
}

/** Requires a matrix of finite numbers; it may be empty. */
export function checkFactorable(where: string, a: Matrix): void {
  checkMatrix(where, "a", a);
  checkFinite(where, "a", a.data);
}

/** Requires at least one row and one column. */
export function checkNotEmpty(where: string, a: Matrix): void {
  if (a.rows > 0 && a.cols > 0) return;
  const got = `${a.rows} x ${a.cols}`;
  throw new ShapeError(problem({ where, expected: "a must have rows and columns", got, fix: "Pass a matrix with elements." }));
}
