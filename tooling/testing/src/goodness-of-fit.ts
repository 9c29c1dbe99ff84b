/**
 * How surprising counts are under a distribution, as a standard normal number: Pearson's statistic with cells of expectation below 5
 * pooled, by the cube-root transformation of Wilson and Hilferty. Above 3.72 with probability 1e-4.
 */
export function surprise(counts: ArrayLike<number>, probabilities: ArrayLike<number>): number {
  let total = 0;
  for (let i = 0; i < counts.length; i++) total += counts[i] as number;
  let statistic = 0;
  let cells = 0;
  let [pooled, pooledExpected] = [0, 0];
  const add = (count: number, expected: number): void => {
    statistic += (count - expected) ** 2 / expected;
    cells++;
  };
  for (let i = 0; i < counts.length; i++) {
    const expected = total * (probabilities[i] as number);
    if (expected >= 5) add(counts[i] as number, expected);
    else {
      pooled += counts[i] as number;
      pooledExpected += expected;
    }
  }
  if (pooledExpected > 0) add(pooled, pooledExpected);
  else if (pooled > 0) return Number.POSITIVE_INFINITY;
  const freedom = cells - 1;
  const spread = 2 / (9 * freedom);
  return (Math.cbrt(statistic / freedom) - (1 - spread)) / Math.sqrt(spread);
}
