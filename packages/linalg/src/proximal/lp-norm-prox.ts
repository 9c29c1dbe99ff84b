import { numberOption, optionTable } from "@attnlab/check";
import { checkVector } from "../check-vector.ts";
import { dualExponent, lpNorm } from "../norm.ts";
import { projectChecked } from "../projection/lp-ball.ts";
import { powerShrinkage } from "../projection/power-shrinkage.ts";
import { shrink } from "./soft-threshold.ts";

/** Options of the proximal operators of lp norms. */
export interface LpProxOptions {
  /** Exponent of the norm. */
  readonly p: number;
  /** Weight of the norm, >= 0; default `1`. */
  readonly weight?: number;
}

/** Weight of the function in front of the squared distance, shared by all proximal operators. */
export const WEIGHT_RULE = numberOption({ doc: "Weight of the function, for example a step size times a penalty.", min: 0, default: 1 });

/** The rules behind {@link LpProxOptions} for a norm with 1 <= p <= Infinity. */
export const LP_PROX_RULES = {
  p: numberOption({ doc: "Exponent of the norm, from 1 to Infinity.", min: 1, max: Number.POSITIVE_INFINITY, required: true }),
  weight: WEIGHT_RULE,
} as const;

const NORM = optionTable("proxLpNorm", LP_PROX_RULES);
const POWER = optionTable("proxLpPower", { p: numberOption({ doc: "Exponent, finite.", min: 1, required: true }), weight: WEIGHT_RULE });

/**
 * The proximal operator of an lp norm.
 *
 * $\arg\min_w \; t\lVert w\rVert_p + \tfrac12\lVert w - x\rVert_2^2 = x - P_{\lVert\cdot\rVert_q \le t}(x)$ (Moreau), $1/p + 1/q = 1$
 *
 * Shape: `x [n]` → `[n]`. p = 1 is soft thresholding, p = 2 shrinks the whole vector, p = Infinity clips the largest elements.
 *
 * @param options.p - exponent, 1 <= p <= Infinity.
 * @param options.weight - $t$, >= 0; default `1`.
 * @throws OptionError when p or the weight is out of range.
 * @throws DataError when `x` holds NaN or infinities.
 * @example
 * ```ts
 * import { proxLpNorm } from "@attnlab/linalg";
 * Array.from(proxLpNorm(Float64Array.of(5, -1), { p: Infinity, weight: 2 })); // => [3, -1]
 * ```
 */
export function proxLpNorm(x: Float64Array, options: LpProxOptions): Float64Array {
  const { p, weight } = NORM.parse(options);
  checkVector("proxLpNorm", "x", x);
  return proxNormChecked(x, p, weight);
}

/** {@link proxLpNorm} on checked arguments. */
export function proxNormChecked(x: Float64Array, p: number, weight: number): Float64Array {
  if (p === 1) return x.map((v) => shrink(v, weight));
  if (p === 2) {
    const norm = lpNorm(x, 2);
    const keep = norm > weight ? (norm - weight) / norm : 0;
    return x.map((v) => v * keep);
  }
  const dual = projectChecked(x, dualExponent(p), weight);
  return x.map((v, i) => v - (dual[i] as number));
}

/**
 * The proximal operator of the p-th power of an lp norm, element by element.
 *
 * $\arg\min_w \; \tfrac{t}{p}\lVert w\rVert_p^p + \tfrac12\lVert w - x\rVert_2^2$, that is $w_i + t\,\phi(w_i) = x_i$ with the lp mirror map
 *
 * Shape: `x [n]` → `[n]`.
 *
 * @param options.p - exponent, 1 <= p < Infinity.
 * @param options.weight - $t$, >= 0; default `1`.
 * @throws OptionError when p or the weight is out of range.
 * @throws DataError when `x` holds NaN or infinities.
 * @example
 * ```ts
 * import { proxLpPower } from "@attnlab/linalg";
 * Array.from(proxLpPower(Float64Array.of(2, -6), { p: 3 })); // => [1, -2]
 * ```
 */
export function proxLpPower(x: Float64Array, options: LpProxOptions): Float64Array {
  const { p, weight } = POWER.parse(options);
  checkVector("proxLpPower", "x", x);
  return x.map((v) => (p === 1 ? shrink(v, weight) : Math.sign(v) * powerShrinkage(Math.abs(v), weight, p)));
}
