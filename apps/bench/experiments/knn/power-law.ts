/** The exponent $b$ of the least-squares fit $\log y = a + b \log x$; NaN for fewer than two points or values that are not positive. */
export function powerLawExponent(points: readonly { readonly x: number; readonly y: number }[]): number {
  if (points.length < 2 || points.some(({ x, y }) => !(x > 0 && y > 0))) return Number.NaN;
  const logs = points.map(({ x, y }) => [Math.log(x), Math.log(y)] as const);
  const mean = (at: 0 | 1): number => logs.reduce((sum, pair) => sum + pair[at], 0) / logs.length;
  const [meanX, meanY] = [mean(0), mean(1)];
  let [covariance, variance] = [0, 0];
  for (const [x, y] of logs) {
    covariance += (x - meanX) * (y - meanY);
    variance += (x - meanX) ** 2;
  }
  return covariance / variance;
}
