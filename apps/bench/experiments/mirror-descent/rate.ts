/**
 * Candidate rate of the directional divergence after k un-normalised steps, up to a constant; recalled, not confirmed by the paper's text.
 *
 * $(\log k)^{-(p-1)}$ for p < 2, $(\log\log k)^2/\log k$ for p = 2, $\log\log k/\log k$ for p > 2.
 */
export function candidateRate(p: number, k: number): number {
  const log = Math.log(k);
  if (p < 2) return log ** -(p - 1);
  return Math.log(log) ** (p === 2 ? 2 : 1) / log;
}
