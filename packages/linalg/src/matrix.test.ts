import { describe, expect, it } from "vitest";
import { inverse, leastSquares, matrix, matrixFromRows, svd, symmetricEigen, transpose } from "./index.ts";

/** What plain JavaScript may pass for a matrix. */
const NO_MATRICES: readonly (readonly [string, unknown])[] = [
  ["undefined", undefined],
  ["null", null],
  ["[[1, 2]]", [[1, 2]]],
  ["{ rows, cols, data }", { rows: 1, cols: 2, data: [1, 2] }],
  ["{ rows, cols, data }", { rows: 1, cols: 2, data: Float32Array.of(1, 2) }],
  ["{ rows, cols, data }", { rows: 1.5, cols: 2, data: new Float64Array(3) }],
  ["{ rows, cols, data }", { rows: -1, cols: -2, data: new Float64Array(2) }],
];

describe("arguments that are no matrix", () => {
  it.each(NO_MATRICES)("refuses %s", (got, value) => {
    expect(() => svd(value as never)).toThrow(
      `svd: a must be a Matrix { rows, cols, data: Float64Array }; got ${got}. Make it with matrix or matrixFromRows of @attnlab/linalg.`,
    );
  });

  it("refuses them in functions with more arguments, and in transpose", () => {
    expect(() => leastSquares([[1]] as never, Float64Array.of(1))).toThrow(
      "must be a Matrix { rows, cols, data: Float64Array }; got [[1]]",
    );
    expect(() => transpose([[1]] as never)).toThrow("transpose: a must be a Matrix");
  });

  it("refuses rows that are no lists", () => {
    expect(() => matrixFromRows(undefined as never)).toThrow("matrixFromRows: rows must be an array of arrays; got undefined");
    expect(() => matrixFromRows([[1], 2 as never])).toThrow("matrixFromRows: rows must be an array of arrays; got 2 at row 1");
  });
});

describe("matrices without elements", () => {
  it("are refused by decompositions and one-off answers alike", () => {
    const empty = matrix(0, 0);
    const message = (where: string): string => `${where}: a must have rows and columns; got 0 x 0. Pass a matrix with elements.`;
    expect(() => symmetricEigen(empty)).toThrow(message("symmetricEigen"));
    expect(() => inverse(empty)).toThrow(message("inverse"));
    expect(() => leastSquares(empty, new Float64Array(0))).toThrow(message("svd"));
  });
});
