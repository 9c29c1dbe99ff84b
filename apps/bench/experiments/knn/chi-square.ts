/** Outcome of a test of goodness of fit. */
export interface GoodnessOfFit {
  readonly statistic: number;
  readonly degrees: number;
  /** The chance of a statistic at least as large when the expected probabilities are true. */
  readonly p: number;
}

const FEWEST = 5;

/** Pearson's test of counts against probabilities; outcomes expected fewer than five times are pooled. */
export function chiSquareTest(counts: ArrayLike<number>, probabilities: ArrayLike<number>): GoodnessOfFit {
  const draws = Array.from(counts).reduce((a, b) => a + b, 0);
  let [statistic, cells, pooledCount, pooledExpected] = [0, 0, 0, 0];
  const add = (count: number, expected: number): void => {
    statistic += (count - expected) ** 2 / expected;
    cells++;
  };
  for (let j = 0; j < counts.length; j++) {
    const expected = draws * (probabilities[j] as number);
    if (expected >= FEWEST) add(counts[j] as number, expected);
    else {
      pooledCount += counts[j] as number;
      pooledExpected += expected;
    }
  }
  if (pooledExpected > 0) add(pooledCount, pooledExpected);
  const degrees = cells - 1;
  return { statistic, degrees, p: upperGamma(degrees / 2, statistic / 2) };
}

/** The regularised upper incomplete gamma function $Q(a, x)$. */
export function upperGamma(a: number, x: number): number {
  if (x <= 0) return 1;
  const front = Math.exp(a * Math.log(x) - x - logGamma(a));
  if (x < a + 1) {
    // The series of the lower function.
    let [term, sum] = [1 / a, 1 / a];
    for (let n = 1; n < 10_000 && term > sum * 1e-16; n++) {
      term *= x / (a + n);
      sum += term;
    }
    return 1 - front * sum;
  }
  // Lentz's method for the continued fraction of the upper one.
  let b = x + 1 - a;
  let [c, d] = [1e300, 1 / b];
  let fraction = d;
  for (let i = 1; i < 10_000; i++) {
    const factor = -i * (i - a);
    b += 2;
    d = 1 / (factor * d + b);
    c = b + factor / c;
    fraction *= c * d;
    if (Math.abs(c * d - 1) < 1e-15) break;
  }
  return front * fraction;
}

/** $\log\Gamma(a)$ by Stirling's series, after a shift to where it is exact to the last digits. */
function logGamma(a: number): number {
  let [z, shift] = [a, 0];
  while (z < 12) {
    shift += Math.log(z);
    z++;
  }
  const series = 1 / (12 * z) - 1 / (360 * z ** 3) + 1 / (1260 * z ** 5) - 1 / (1680 * z ** 7);
  return (z - 0.5) * Math.log(z) - z + Math.log(2 * Math.PI) / 2 + series - shift;
}
