import { OptionError, problem, show } from "@attnlab/check";
import { checkFinite, checkMatrix, type Matrix } from "./matrix.ts";
import { checkExponent, dualExponent, lpNorm } from "./norm.ts";
import { svdOf } from "./svd.ts";

/**
 * The Schatten norm, the lp norm of the singular values.
 *
 * $\lVert A\rVert_{S_p} = \lVert \sigma(A)\rVert_p$
 *
 * Shape: `a [m, n]`. p = 1 is the nuclear norm, 2 the Frobenius norm, Infinity the spectral norm.
 *
 * @param p - exponent in (0, Infinity].
 * @throws OptionError when p is not in (0, Infinity].
 * @throws ShapeError when a size is 0.
 * @throws DataError when `a` holds NaN or infinities.
 * @example
 * ```ts
 * import { matrix, schattenNorm } from "@attnlab/linalg";
 * schattenNorm(matrix(2, 2, [3, 0, 0, 4]), 2); // => 5
 * ```
 */
export function schattenNorm(a: Matrix, p: number): number {
  checkExponent("schattenNorm", p, 0);
  return lpNorm(svdOf("schattenNorm", a).singularValues, p);
}

/**
 * The dual of a Schatten norm.
 *
 * $\lVert G\rVert_{S_p}^* = \max_{\lVert A\rVert_{S_p} \le 1} \langle G, A\rangle = \lVert G\rVert_{S_q}$ with $q = p/(p-1)$.
 *
 * Shape: `g [m, n]`.
 *
 * @param p - exponent of the primal norm, in [1, Infinity].
 * @throws OptionError when p < 1.
 * @throws ShapeError when a size is 0.
 * @throws DataError when `g` holds NaN or infinities.
 * @example
 * ```ts
 * import { dualSchattenNorm, matrix } from "@attnlab/linalg";
 * dualSchattenNorm(matrix(2, 2, [3, 0, 0, 4]), 1); // => 4
 * ```
 */
export function dualSchattenNorm(g: Matrix, p: number): number {
  const q = dualExponent(p);
  return lpNorm(svdOf("dualSchattenNorm", g).singularValues, q);
}

/**
 * The Frobenius norm, the root of the sum of squares; its own dual.
 *
 * $\lVert A\rVert_F = \sqrt{\sum_{ij} A_{ij}^2}$
 *
 * Shape: `a [m, n]`.
 *
 * @example
 * ```ts
 * import { frobeniusNorm, matrix } from "@attnlab/linalg";
 * frobeniusNorm(matrix(2, 2, [1, 1, 1, 1])); // => 2
 * ```
 */
export function frobeniusNorm(a: Matrix): number {
  checkMatrix("frobeniusNorm", "a", a);
  return lpNorm(a.data, 2);
}

/**
 * The operator norm that a vector norm induces.
 *
 * $\max_{\lVert x\rVert_p \le 1} \lVert A x\rVert_p$: the largest column sum for p = 1, row sum for p = Infinity, singular value for p = 2.
 *
 * Shape: `a [m, n]`.
 *
 * @param p - 1, 2 or Infinity; no other p has a formula.
 * @throws OptionError for another p.
 * @throws ShapeError when p is 2 and a size is 0.
 * @throws DataError when `a` holds NaN or infinities.
 * @example
 * ```ts
 * import { inducedNorm, matrix } from "@attnlab/linalg";
 * inducedNorm(matrix(2, 2, [1, -2, 3, 4]), 1); // => 6
 * inducedNorm(matrix(2, 2, [1, -2, 3, 4]), Infinity); // => 7
 * ```
 */
export function inducedNorm(a: Matrix, p: number): number {
  checkMatrix("inducedNorm", "a", a);
  checkFinite("inducedNorm", "a", a.data);
  if (p === 2) return svdOf("inducedNorm", a).singularValues[0] as number;
  if (p !== 1 && p !== Number.POSITIVE_INFINITY) {
    const fix = "Other induced norms have no formula: see schattenNorm and lpNorm.";
    throw new OptionError(problem({ where: "inducedNorm", expected: "p must be 1, 2 or Infinity", got: show(p), fix }));
  }
  const sums = new Float64Array(p === 1 ? a.cols : a.rows);
  a.data.forEach((v, at) => {
    const line = p === 1 ? at % a.cols : Math.floor(at / a.cols);
    sums[line] = (sums[line] as number) + Math.abs(v);
  });
  return sums.reduce((m, v) => Math.max(m, v), 0);
}
