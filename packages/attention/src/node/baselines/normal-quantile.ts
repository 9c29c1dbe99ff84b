/** $z$ with $P(|N| > z) = \delta$ for a standard normal $N$, to about 1e-12. */
export function twoSidedQuantile(delta: number): number {
  let [low, high] = [0, 8.3];
  for (let step = 0; step < 60; step++) {
    const middle = (low + high) / 2;
    if (centralProbability(middle) < 1 - delta) low = middle;
    else high = middle;
  }
  return high;
}

/** $P(|N| \le z) = 2\phi(z) \sum_k z^{2k+1} / (1 \cdot 3 \cdots (2k+1))$; all terms are positive. */
function centralProbability(z: number): number {
  let [term, sum] = [z, z];
  for (let odd = 3; term > 1e-17 * sum; odd += 2) {
    term *= (z * z) / odd;
    sum += term;
  }
  return Math.sqrt(2 / Math.PI) * Math.exp((-z * z) / 2) * sum;
}
