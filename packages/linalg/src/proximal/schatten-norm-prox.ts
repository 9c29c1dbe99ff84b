import { optionTable } from "@attnlab/check";
import { mapSingularValues } from "../map-singular-values.ts";
import type { Matrix } from "../matrix.ts";
import { LP_PROX_RULES, type LpProxOptions, proxNormChecked, WEIGHT_RULE } from "./lp-norm-prox.ts";

/** Options of {@link proxNuclearNorm}. */
export interface WeightOptions {
  /** Weight of the norm, >= 0; default `1`. */
  readonly weight?: number;
}

const SCHATTEN = optionTable("proxSchattenNorm", LP_PROX_RULES);
const NUCLEAR = optionTable("proxNuclearNorm", { weight: WEIGHT_RULE });

/**
 * The proximal operator of a Schatten norm: that of the lp norm, on the singular values.
 *
 * $\arg\min_W \; t\lVert \sigma(W)\rVert_p + \tfrac12\lVert W - A\rVert_F^2$
 *
 * Shape: `a [m, n]` → `[m, n]`. p = 1 is the nuclear norm, 2 the Frobenius norm, Infinity the spectral norm.
 *
 * @param options.p - exponent, 1 <= p <= Infinity.
 * @param options.weight - $t$, >= 0; default `1`.
 * @throws OptionError when p or the weight is out of range.
 * @throws ShapeError when a size is 0.
 * @throws DataError when `a` holds NaN or infinities.
 * @example
 * ```ts
 * import { matrix, proxSchattenNorm } from "@attnlab/linalg";
 * Array.from(proxSchattenNorm(matrix(2, 2, [3, 0, 0, 1]), { p: Infinity }).data); // => [2, 0, 0, 1]
 * ```
 */
export function proxSchattenNorm(a: Matrix, options: LpProxOptions): Matrix {
  const { p, weight } = SCHATTEN.parse(options);
  return mapSingularValues(a, (sigma) => proxNormChecked(sigma, p, weight), "proxSchattenNorm");
}

/**
 * The proximal operator of the nuclear norm, singular value thresholding.
 *
 * $\arg\min_W \; t\sum_k \sigma_k(W) + \tfrac12\lVert W - A\rVert_F^2 = U \operatorname{diag}((\sigma - t)_+) V^\top$
 *
 * Shape: `a [m, n]` → `[m, n]`.
 *
 * @param options.weight - $t$, >= 0; default `1`.
 * @throws OptionError when the weight is negative.
 * @throws ShapeError when a size is 0.
 * @throws DataError when `a` holds NaN or infinities.
 * @example
 * ```ts
 * import { matrix, proxNuclearNorm } from "@attnlab/linalg";
 * Array.from(proxNuclearNorm(matrix(2, 2, [3, 0, 0, 1]), { weight: 2 }).data); // => [1, 0, 0, 0]
 * ```
 */
export function proxNuclearNorm(a: Matrix, options?: WeightOptions): Matrix {
  const { weight } = NUCLEAR.parse(options);
  return mapSingularValues(a, (sigma) => proxNormChecked(sigma, 1, weight), "proxNuclearNorm");
}
