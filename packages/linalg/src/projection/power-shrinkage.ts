const MAX_STEPS = 100;

/**
 * The solution w >= 0 of w + mu w^(p-1) = c for c >= 0, mu >= 0, p > 1: the stationarity condition of every lp proximal problem.
 *
 * Newton from above on a convex increasing function: in w for p > 2, in s = w^(p-1) for p < 2, where w itself would have an infinite slope
 * at zero. The start solves the equation with one of its two terms left out, within a factor of two of the right-hand side.
 */
export function powerShrinkage(c: number, mu: number, p: number): number {
  if (c === 0 || mu === 0) return c;
  if (p === 2) return c / (1 + mu);
  if (p === 3) return (2 * c) / (1 + Math.sqrt(1 + 4 * mu * c));
  if (p > 2) return rootFromAbove(1, mu, p - 1, c);
  const power = 1 / (p - 1);
  const s = power === 2 ? (2 * c) / (mu + Math.sqrt(mu * mu + 4 * c)) : rootFromAbove(mu, 1, power, c);
  const w = s ** power;
  // A high power magnifies the rounding of s: the difference is better as long as it does not cancel.
  return w > c / 2 ? c - mu * s : w;
}

/** The positive root of linear t + scale t^power = c, power > 1. */
function rootFromAbove(linear: number, scale: number, power: number, c: number): number {
  let t = Math.min(c / linear, (c / scale) ** (1 / power));
  for (let step = 0; step < MAX_STEPS; step++) {
    const raised = scale * t ** (power - 1);
    const next = t - ((linear + raised) * t - c) / (linear + power * raised);
    if (!(next < t)) break;
    t = next;
  }
  return t;
}

/** The shrunk magnitudes w(mu), their lp norm, and the norm's derivative in mu. */
export interface ShrunkVector {
  readonly w: Float64Array;
  readonly norm: number;
  readonly slope: number;
}

/** {@link powerShrinkage} of every magnitude, with what a Newton step in mu needs. */
export function shrinkAll(magnitudes: Float64Array, mu: number, p: number): ShrunkVector {
  const w = new Float64Array(magnitudes.length);
  let largest = 0;
  for (let i = 0; i < w.length; i++) {
    const v = powerShrinkage(magnitudes[i] as number, mu, p);
    w[i] = v;
    if (v > largest) largest = v;
  }
  let sum = 0;
  let slope = 0;
  for (let i = 0; i < w.length; i++) {
    const v = w[i] as number;
    if (v === 0) continue;
    // Relative to the largest element, so that neither p = 50 nor p = 1.01 leaves the number range.
    const share = (v / largest) ** p;
    sum += share;
    const raised = v ** (p - 1);
    // dw/dmu = -w^(p-1) / (1 + mu (p-1) w^(p-2)), and d norm = norm^(1-p) sum of w^(p-1) dw.
    slope -= (share * raised) / (v + mu * (p - 1) * raised);
  }
  const norm = largest * sum ** (1 / p);
  return { w, norm, slope: sum === 0 ? 0 : (norm * slope) / sum };
}
