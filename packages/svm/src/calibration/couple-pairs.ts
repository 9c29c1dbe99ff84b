/**
 * Class probabilities from those of pairs: the p that minimises $\sum_{i<j} (r_{ji} p_i - r_{ij} p_j)^2$ over the simplex.
 *
 * `pairs[i * k + j]` is r_ij, the probability of class i among i and j. The result is written to `out`, `[k]`. The iteration ends, as in libsvm, at a
 * residual of 0.005 / k, so that every runtime that reads the exported model finds the same digits.
 *
 * Wu, Lin and Weng 2004, algorithm 2.
 */
export function couplePairs(pairs: Float64Array, out: Float64Array): void {
  const k = out.length;
  const Q = new Float64Array(k * k);
  const Qp = new Float64Array(k);
  for (let i = 0; i < k; i++) {
    out[i] = 1 / k;
    for (let j = 0; j < k; j++) {
      if (j === i) continue;
      const rji = pairs[j * k + i] as number;
      Q[i * k + i] = (Q[i * k + i] as number) + rji * rji;
      Q[i * k + j] = -rji * (pairs[i * k + j] as number);
    }
  }
  const maxIter = Math.max(100, k);
  const eps = 0.005 / k;
  for (let iteration = 0; iteration < maxIter; iteration++) {
    let pQp = 0;
    for (let i = 0; i < k; i++) {
      let sum = 0;
      for (let j = 0; j < k; j++) sum += (Q[i * k + j] as number) * (out[j] as number);
      Qp[i] = sum;
      pQp += sum * (out[i] as number);
    }
    let worst = 0;
    for (let i = 0; i < k; i++) worst = Math.max(worst, Math.abs((Qp[i] as number) - pQp));
    if (worst < eps) return;
    for (let i = 0; i < k; i++) {
      const change = (pQp - (Qp[i] as number)) / (Q[i * k + i] as number);
      const scale = 1 / (1 + change);
      pQp = (pQp + change * (change * (Q[i * k + i] as number) + 2 * (Qp[i] as number))) * scale * scale;
      out[i] = (out[i] as number) + change;
      for (let j = 0; j < k; j++) {
        Qp[j] = ((Qp[j] as number) + change * (Q[i * k + j] as number)) * scale;
        out[j] = (out[j] as number) * scale;
      }
    }
  }
}
