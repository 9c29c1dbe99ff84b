import type { Rng } from "@attnlab/random";

/**
 * One draw of the gamma distribution with the given shape and scale 1, by Marsaglia and Tsang's squeeze of a cubed normal.
 *
 * @param shape - $k > 0$; below 1 by the identity $\Gamma_k = \Gamma_{k+1} U^{1/k}$.
 */
export function gammaVariate(rng: Rng, shape: number): number {
  if (shape < 1) return gammaVariate(rng, shape + 1) * (1 - rng.uniform()) ** (1 / shape);
  const d = shape - 1 / 3;
  const c = 1 / Math.sqrt(9 * d);
  for (;;) {
    const z = rng.normal();
    const v = (1 + c * z) ** 3;
    if (v <= 0) continue;
    // 1 - u is never 0.
    if (Math.log(1 - rng.uniform()) < z ** 2 / 2 + d - d * v + d * Math.log(v)) return d * v;
  }
}
