import { optionTable } from "@attnlab/check";
import { checkVector } from "../check-vector.ts";
import { dualExponent, largestMagnitude, lpNorm } from "../norm.ts";
import { monotoneRoot } from "../projection/monotone-root.ts";
import { shrinkAll } from "../projection/power-shrinkage.ts";
import { LP_PROX_RULES, type LpProxOptions } from "./lp-norm-prox.ts";
import { shrink } from "./soft-threshold.ts";

const OPTIONS = optionTable("proxSquaredLpNorm", LP_PROX_RULES);

/**
 * The proximal operator of half the squared lp norm.
 *
 * $\arg\min_w \; \tfrac{t}{2}\lVert w\rVert_p^2 + \tfrac12\lVert w - x\rVert_2^2$
 *
 * Shape: `x [n]` → `[n]`. Homogeneous: scaling `x` scales the result. p = 1 and Infinity by sorting, p = 2 in closed form, else by Newton.
 *
 * @param options.p - exponent, 1 <= p <= Infinity.
 * @param options.weight - $t$, >= 0; default `1`.
 * @throws OptionError when p or the weight is out of range.
 * @throws DataError when `x` holds NaN or infinities.
 * @example
 * ```ts
 * import { proxSquaredLpNorm } from "@attnlab/linalg";
 * Array.from(proxSquaredLpNorm(Float64Array.of(4, 1), { p: 1 })); // => [2, 0]
 * ```
 * @see The stationarity condition is $w + \mu\phi(w) = x$ with $\mu = t\lVert w\rVert_p^{2-p}$, one equation in $\mu$.
 */
export function proxSquaredLpNorm(x: Float64Array, options: LpProxOptions): Float64Array {
  const { p, weight } = OPTIONS.parse(options);
  checkVector("proxSquaredLpNorm", "x", x);
  const scale = largestMagnitude(x);
  if (scale === 0 || weight === 0) return x.slice();
  if (p === 2) return x.map((v) => v / (1 + weight));
  const unit = x.map((v) => Math.abs(v) / scale);
  const w = p === 1 ? squaredL1(unit, weight) : p === Number.POSITIVE_INFINITY ? squaredLargest(unit, weight) : squaredLp(unit, weight, p);
  return x.map((v, i) => Math.sign(v) * scale * (w[i] as number));
}

/** Soft thresholding at theta = weight ||w||_1, which is (weight / (1 + k weight)) times the sum of the k largest. */
function squaredL1(c: Float64Array, weight: number): Float64Array {
  const sorted = c.toSorted().reverse();
  let sum = 0;
  let theta = 0;
  for (let k = 0; k < sorted.length; k++) {
    const next = sorted[k] as number;
    if (next <= theta) break;
    sum += next;
    theta = (weight * sum) / (1 + (k + 1) * weight);
  }
  return c.map((v) => shrink(v, theta));
}

/** Clipping at the level m where the clipped parts sum to weight m: (sum of the k largest) / (k + weight). */
function squaredLargest(c: Float64Array, weight: number): Float64Array {
  const sorted = c.toSorted().reverse();
  let sum = 0;
  let level = 0;
  for (let k = 0; k < sorted.length; k++) {
    const next = sorted[k] as number;
    if (next <= level) break;
    sum += next;
    level = sum / (k + 1 + weight);
  }
  return c.map((v) => Math.min(v, level));
}

function squaredLp(c: Float64Array, weight: number, p: number): Float64Array {
  const q = dualExponent(p);
  const whole = lpNorm(c, p);
  // ||c||_p <= N + ||c - w||_p and ||c - w||_q = weight N bound the norm N of the solution from below, 0 <= w <= c from above.
  const smallest = whole / (1 + weight * c.length ** Math.max(0, 1 / p - 1 / q));
  const ends = [smallest, whole].map((norm) => Math.log(weight) + (2 - p) * Math.log(norm)).sort((a, b) => a - b) as [number, number];
  const root = monotoneRoot(
    (logMu) => {
      const mu = Math.exp(logMu);
      const { norm, slope } = shrinkAll(c, mu, p);
      return { value: logMu + (p - 2) * Math.log(norm) - Math.log(weight), slope: 1 + ((p - 2) * slope * mu) / norm };
    },
    ends[0],
    ends[1],
    ends[0] + (ends[1] - ends[0]) / 2,
  );
  return shrinkAll(c, Math.exp(root), p).w;
}
