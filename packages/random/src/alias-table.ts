import { DataError, problem, show } from "@attnlab/check";
import type { Rng } from "./rng.ts";

/** A discrete distribution that is drawn from in constant time. */
export interface AliasTable {
  /** Number of outcomes. */
  readonly size: number;
  /** An outcome, from 0 to `size - 1`. */
  readonly draw: (rng: Rng) => number;
}

/**
 * Prepares draws from a discrete distribution: $P(i) = w_i / \sum_j w_j$, linear time once, constant time per draw.
 *
 * @param weights - finite, not negative, at least one of them positive; copied.
 * @returns see {@link AliasTable}. An outcome of weight 0 is never drawn.
 * @throws DataError for other weights.
 * @example
 * ```ts
 * import { createAliasTable, createRng } from "@attnlab/random";
 * const coin = createAliasTable([1, 0, 3]);
 * const rng = createRng(1);
 * Array.from({ length: 8 }, () => coin.draw(rng)); // => [2, 0, 0, 2, 0, 2, 2, 2]
 * ```
 * @see M. Vose, "A linear algorithm for generating random numbers with a given distribution", 1991.
 */
export function createAliasTable(weights: ArrayLike<number>): AliasTable {
  const size = weights.length;
  const largest = checkWeights(weights);
  let total = 0;
  // Weights near the largest double would overflow the sum; their ratios to the largest one cannot.
  for (let i = 0; i < size; i++) total += (weights[i] as number) / largest;
  const share = Float64Array.from({ length: size }, (_, i) => (((weights[i] as number) / largest) * size) / total);
  const alias = Uint32Array.from(share, (_, i) => i);
  const small: number[] = [];
  const large: number[] = [];
  for (let i = 0; i < size; i++) ((share[i] as number) < 1 ? small : large).push(i);
  while (small.length > 0 && large.length > 0) {
    const below = small.pop() as number;
    const above = large.at(-1) as number;
    alias[below] = above;
    const rest = (share[above] as number) - (1 - (share[below] as number));
    share[above] = rest;
    if (rest < 1) small.push(large.pop() as number);
  }
  // What is left of either kind is 1 up to rounding; but rounding must not make an outcome of weight 0 possible.
  const heaviest = argmax(weights);
  for (const i of small) {
    if ((weights[i] as number) > 0) share[i] = 1;
    else alias[i] = heaviest;
  }
  for (const i of large) share[i] = 1;
  return {
    size,
    draw: (rng) => {
      const i = rng.integer(size);
      return rng.uniform() < (share[i] as number) ? i : (alias[i] as number);
    },
  };
}

function argmax(weights: ArrayLike<number>): number {
  let best = 0;
  for (let i = 1; i < weights.length; i++) if ((weights[i] as number) > (weights[best] as number)) best = i;
  return best;
}

function checkWeights(weights: ArrayLike<number>): number {
  const where = "createAliasTable";
  let largest = 0;
  for (let i = 0; i < weights.length; i++) {
    const weight = weights[i] as number;
    if (!(weight >= 0 && weight < Number.POSITIVE_INFINITY)) {
      const got = `${show(weights[i])} at index ${i}`;
      throw new DataError(problem({ where, expected: "weights must be finite and not negative", got, fix: "Shift or clip them first." }));
    }
    largest = Math.max(largest, weight);
  }
  if (largest === 0) {
    const got = weights.length === 0 ? "no weights" : "only zeros";
    throw new DataError(problem({ where, expected: "a weight must be positive", got, fix: "Pass at least one positive weight." }));
  }
  return largest;
}
