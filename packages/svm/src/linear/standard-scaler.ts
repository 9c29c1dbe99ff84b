import { DataError, problem, ShapeError } from "@attnlab/check";
import { checkFinite, checkMatrix, checkSameSize, type Matrix } from "@attnlab/linalg";
import { checkFields, checkList } from "../check-input.ts";

/** Mean and scale of every feature; plain data, so `JSON.stringify` stores it. */
export interface StandardScaler {
  readonly mean: readonly number[];
  /** Population standard deviation; 1 for a feature that never changes. */
  readonly scale: readonly number[];
}

/**
 * Measures the mean and the standard deviation of every feature: kernels with one width, and penalties, want features of one size.
 *
 * Shape: `rows [samples, features]` → `mean [features]`, `scale [features]`.
 *
 * @throws ShapeError when there is no row or no column.
 * @throws DataError on NaN.
 * @example
 * ```ts
 * import { matrixFromRows } from "@attnlab/linalg";
 * import { fitStandardScaler } from "@attnlab/svm";
 * fitStandardScaler(matrixFromRows([[1, 7], [3, 7]])); // => { mean: [2, 7], scale: [1, 1] }
 * ```
 */
export function fitStandardScaler(rows: Matrix): StandardScaler {
  checkMatrix("fitStandardScaler", "rows", rows);
  checkFinite("fitStandardScaler", "rows", rows.data);
  if (rows.rows < 1 || rows.cols < 1) {
    const fix = "Pass at least one sample with at least one feature.";
    throw new ShapeError(
      problem({ where: "fitStandardScaler", expected: "rows must not be empty", got: `${rows.rows} x ${rows.cols}`, fix }),
    );
  }
  const mean = new Array<number>(rows.cols).fill(0);
  const square = new Array<number>(rows.cols).fill(0);
  rows.data.forEach((v, k) => {
    mean[k % rows.cols] = (mean[k % rows.cols] as number) + v / rows.rows;
  });
  rows.data.forEach((v, k) => {
    const from = v - (mean[k % rows.cols] as number);
    square[k % rows.cols] = (square[k % rows.cols] as number) + (from * from) / rows.rows;
  });
  return { mean, scale: square.map((v) => (v > 0 ? Math.sqrt(v) : 1)) };
}

/**
 * Applies a scaler: $(x - \text{mean}) / \text{scale}$, feature by feature.
 *
 * Shape: `rows [rows, features]` → the same.
 *
 * @throws ShapeError when the rows have other features than the scaler.
 * @throws DataError on NaN.
 * @example
 * ```ts
 * import { matrixFromRows } from "@attnlab/linalg";
 * import { standardize } from "@attnlab/svm";
 * Array.from(standardize({ mean: [2, 7], scale: [1, 2] }, matrixFromRows([[5, 8]])).data); // => [3, 0.5]
 * ```
 */
export function standardize(scaler: StandardScaler, rows: Matrix): Matrix {
  checkFields("standardize", "scaler", scaler, ["mean", "scale"]);
  const { mean, scale } = scaler;
  for (const [name, values] of Object.entries({ mean, scale })) {
    checkList("standardize", `scaler.${name}`, values);
    checkFinite("standardize", `scaler.${name}`, values);
  }
  checkSameSize("standardize", "scaler.mean and scaler.scale must have the same length", [mean.length, scale.length]);
  if (scale.some((s) => s === 0)) {
    const fix = "fitStandardScaler gives 1 to a feature that never changes.";
    throw new DataError(
      problem({ where: "standardize", expected: "scaler.scale must not be 0", got: `0 at index ${scale.indexOf(0)}`, fix }),
    );
  }
  checkMatrix("standardize", "rows", rows);
  checkFinite("standardize", "rows", rows.data);
  if (rows.cols !== mean.length) {
    const expected = `rows must have the scaler's ${mean.length} features`;
    const fix = "Pass the features the scaler was fitted on.";
    throw new ShapeError(problem({ where: "standardize", expected, got: String(rows.cols), fix }));
  }
  return { ...rows, data: rows.data.map((v, k) => (v - (mean[k % rows.cols] as number)) / (scale[k % rows.cols] as number)) };
}
