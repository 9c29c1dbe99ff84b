import { numberOption, type OptionRule, optionTable } from "@attnlab/check";
import type { Matrix } from "./matrix.ts";
import { svdOf } from "./svd.ts";

/** Options of {@link rank}. */
export interface RankOptions {
  /** Largest singular value, relative to the first, that counts as zero; default max(m, n) times the rounding unit. */
  readonly tol?: number;
}

const OPTIONS = optionTable("rank", {
  tol: numberOption({
    doc: "Largest singular value, relative to the first, that counts as zero.",
    min: 0,
    below: 1,
  }) as OptionRule<number | undefined>,
});

/**
 * The numerical rank of a matrix.
 *
 * $\#\{k : \sigma_k > \tau\sigma_1\}$
 *
 * Shape: `a [m, n]`.
 *
 * @param options.tol - $\tau$; default max(m, n) times the rounding unit 2.2e-16.
 * @throws ShapeError when a size is 0.
 * @throws DataError when `a` holds NaN or infinities.
 * @example
 * ```ts
 * import { matrix, rank } from "@attnlab/linalg";
 * rank(matrix(2, 2, [1, 2, 2, 4])); // => 1
 * ```
 */
export function rank(a: Matrix, options?: RankOptions): number {
  const { tol } = OPTIONS.parse(options);
  const { singularValues, rank: atRounding } = svdOf("rank", a);
  if (tol === undefined) return atRounding;
  return singularValues.filter((s) => s > tol * (singularValues[0] as number)).length;
}

/**
 * The condition number in the 2-norm: how much relative errors of the data can grow in the solution of a system.
 *
 * $\kappa(A) = \sigma_1 / \sigma_{\min(m,n)}$
 *
 * Shape: `a [m, n]`.
 *
 * @returns at least 1; Infinity for a matrix with dependent columns, to the last digit.
 * @throws ShapeError when a size is 0.
 * @throws DataError when `a` holds NaN or infinities.
 * @example
 * ```ts
 * import { conditionNumber, matrix } from "@attnlab/linalg";
 * conditionNumber(matrix(2, 2, [4, 0, 0, 0.5])); // => 8
 * ```
 */
export function conditionNumber(a: Matrix): number {
  return svdOf("conditionNumber", a).condition;
}
