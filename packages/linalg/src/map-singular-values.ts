import { checkFunction } from "./check-function.ts";
import { checkVector } from "./check-vector.ts";
import { checkSameSize, type Matrix } from "./matrix.ts";
import { svdOf } from "./svd.ts";

/**
 * Applies a function to the singular values of a matrix and puts it together again.
 *
 * $A = U \operatorname{diag}(\sigma) V^\top \mapsto U \operatorname{diag}(f(\sigma)) V^\top$
 *
 * Shape: `a [m, n]` → `[m, n]`; `f` maps `[min(m, n)]`, descending, to the same length. When it returns equal values, `a` comes back to the last bit.
 *
 * @param where - the function that asks, for messages; default `"mapSingularValues"`.
 * @throws ShapeError when a size is 0 or `f` changes the length.
 * @throws DataError when `a` holds NaN or infinities.
 * @example
 * ```ts
 * import { mapSingularValues, matrix } from "@attnlab/linalg";
 * const a = matrix(2, 2, [4, 0, 0, 9]);
 * Array.from(mapSingularValues(a, (sigma) => sigma.map(Math.sqrt)).data); // => [2, 0, 0, 3]
 * ```
 */
export function mapSingularValues(a: Matrix, f: (sigma: Float64Array) => Float64Array, where = "mapSingularValues"): Matrix {
  checkFunction(where, "f", f);
  const { left, singularValues, right } = svdOf(where, a);
  const mapped = f(singularValues.slice());
  checkVector(where, "the result of f", mapped);
  checkSameSize(where, "f must return as many values as it gets", [mapped.length, singularValues.length]);
  if (mapped.every((v, k) => v === singularValues[k])) return { rows: a.rows, cols: a.cols, data: a.data.slice() };
  const out = new Float64Array(a.rows * a.cols);
  const k = singularValues.length;
  for (let i = 0; i < a.rows; i++) {
    for (let r = 0; r < k; r++) {
      const scale = (left.data[i * k + r] as number) * (mapped[r] as number);
      if (scale === 0) continue;
      for (let j = 0; j < a.cols; j++) out[i * a.cols + j] = (out[i * a.cols + j] as number) + scale * (right.data[j * k + r] as number);
    }
  }
  return { rows: a.rows, cols: a.cols, data: out };
}
