import { createRng } from "@attnlab/random";

/** The least $k$ powers of a sample's second moment that depth $L = 4$ needs. */
export const HIGHEST_POWER = 4;

/**
 * Monte Carlo estimates of $M_{jk} = \mathbb{E} \operatorname{tr}(\Sigma S^j \Sigma^{-1} S^k)$, $j, k \le 4$, for $S = F W F$, $\Sigma = F^2$ and $W$ the second
 * moment of `examples` standard normal vectors; with $F = I$ it is $\mathbb{E} \operatorname{tr} W^{j+k}$.
 *
 * @param families - the diagonals $F$; all see the same draws.
 * @returns one table `[(j, k)]` of 25 numbers per family.
 */
export function wishartMoments(
  seed: number,
  families: readonly (readonly number[])[],
  { samples, examples }: { readonly samples: number; readonly examples: number },
): Float64Array[] {
  const dim = (families[0] as readonly number[]).length;
  const rng = createRng(seed).split("moments");
  const draws = new Float64Array(examples * dim);
  const second = new Float64Array(dim * dim);
  const powers = Array.from({ length: HIGHEST_POWER + 1 }, () => new Float64Array(dim * dim));
  const size = HIGHEST_POWER + 1;
  const totals = families.map(() => new Float64Array(size * size));
  for (let i = 0; i < dim; i++) (powers[0] as Float64Array)[i * dim + i] = 1;
  for (let s = 0; s < samples; s++) {
    rng.fillNormal(draws);
    second.fill(0);
    for (let e = 0; e < examples; e++) {
      for (let r = 0; r < dim; r++) {
        const x = (draws[e * dim + r] as number) / examples;
        for (let c = 0; c < dim; c++) second[r * dim + c] = (second[r * dim + c] as number) + x * (draws[e * dim + c] as number);
      }
    }
    families.forEach((scales, f) => {
      powersOf(second, scales, powers);
      const total = totals[f] as Float64Array;
      for (let j = 0; j < size; j++) {
        for (let k = 0; k < size; k++)
          total[j * size + k] =
            (total[j * size + k] as number) + weightedTrace(powers[j] as Float64Array, powers[k] as Float64Array, scales);
      }
    });
  }
  return totals.map((total) => total.map((value) => value / samples));
}

/** Writes $S, S^2, \dots$ behind $S^0 = I$. */
function powersOf(second: Float64Array, scales: readonly number[], powers: readonly Float64Array[]): void {
  const dim = scales.length;
  const first = powers[1] as Float64Array;
  for (let r = 0; r < dim; r++) {
    for (let c = 0; c < dim; c++) first[r * dim + c] = (second[r * dim + c] as number) * (scales[r] as number) * (scales[c] as number);
  }
  for (let k = 2; k < powers.length; k++) {
    const [before, next] = [powers[k - 1] as Float64Array, powers[k] as Float64Array];
    for (let r = 0; r < dim; r++) {
      for (let c = 0; c < dim; c++) {
        let total = 0;
        for (let m = 0; m < dim; m++) total += (before[r * dim + m] as number) * (first[m * dim + c] as number);
        next[r * dim + c] = total;
      }
    }
  }
}

/** $\operatorname{tr}(F^2 A F^{-2} B)$ for symmetric B. */
function weightedTrace(a: Float64Array, b: Float64Array, scales: readonly number[]): number {
  const dim = scales.length;
  let total = 0;
  for (let r = 0; r < dim; r++) {
    for (let c = 0; c < dim; c++) {
      const weight = ((scales[r] as number) / (scales[c] as number)) ** 2;
      total += weight * (a[r * dim + c] as number) * (b[r * dim + c] as number);
    }
  }
  return total;
}
