import type { AttentionProblem } from "./attention-problem.ts";

/** The logistic loss of one layer of attention at some weights, relative to a token selection. */
export interface LossPoint {
  /** $L(W) - L^*$ with $L^*$ the limit of the selection; full relative precision, however small. */
  readonly excess: number;
  /** $\partial L/\partial W$, `[d d]`. */
  readonly gradient: Float64Array;
  /** Token with the highest attention of each sample. */
  readonly selected: Int32Array;
  /** Least difference of the two highest attention probabilities over the samples. */
  readonly leastGap: number;
}

/** $L^* = \frac1n \sum_i \log(1 + e^{-\gamma_{i\alpha_i}})$: the loss when attention hardens on a selection. */
export function lossLimit({ gamma, sizes }: AttentionProblem, selected: ArrayLike<number>): number {
  let sum = 0;
  for (let i = 0; i < sizes.samples; i++) {
    sum += Math.log1p(Math.exp(-(gamma.data[i * sizes.tokens + (selected[i] as number)] as number)));
  }
  return sum / sizes.samples;
}

/**
 * Loss and gradient in closed form, in the form that does not cancel when attention saturates: every difference is taken to the
 * token of highest attention before it is weighted.
 *
 * $\nabla L = \frac1n\sum_i l'(m_i) \sum_{t \ne k} c_{it} (x_{it} - x_{ik}) z_i^\top$, $c_{it} = a_{it} \sum_s a_{is} (\gamma_{it} - \gamma_{is})$.
 *
 * @param limit - the selection whose $L^*$ is subtracted.
 */
export function lossAt({ sizes, samples, gamma }: AttentionProblem, W: Float64Array, limit: ArrayLike<number>): LossPoint {
  const { samples: n, tokens: T, dim: d } = sizes;
  const [x, z] = [samples.tokens.data, samples.queries.data];
  const gradient = new Float64Array(d * d);
  const selected = new Int32Array(n);
  const key = new Float64Array(d);
  const weight = new Float64Array(T);
  const back = new Float64Array(d);
  let excess = 0;
  let leastGap = 1;
  for (let i = 0; i < n; i++) {
    for (let a = 0; a < d; a++) {
      let sum = 0;
      for (let b = 0; b < d; b++) sum += (W[a * d + b] as number) * (z[i * d + b] as number);
      key[a] = sum;
    }
    let k = 0;
    for (let t = 0; t < T; t++) {
      let sum = 0;
      for (let a = 0; a < d; a++) sum += (x[(i * T + t) * d + a] as number) * (key[a] as number);
      weight[t] = sum;
      if (sum > (weight[k] as number)) k = t;
    }
    selected[i] = k;
    const top = weight[k] as number;
    let total = 0;
    let second = 0;
    for (let t = 0; t < T; t++) {
      const e = Math.exp((weight[t] as number) - top);
      weight[t] = e;
      total += e;
      if (t !== k) second = Math.max(second, e);
    }
    leastGap = Math.min(leastGap, (1 - second) / total);

    const scoreOf = (t: number): number => gamma.data[i * T + t] as number;
    // m_i - gamma_ik = sum over t != k of a_t (gamma_t - gamma_k): no cancellation with gamma itself.
    let below = 0;
    for (let t = 0; t < T; t++) if (t !== k) below += ((weight[t] as number) / total) * (scoreOf(t) - scoreOf(k));
    const goal = scoreOf(limit[i] as number);
    const change = scoreOf(k) - goal + below;
    excess += Math.log1p(Math.expm1(-change) / (1 + Math.exp(goal))) / n;

    const slope = -1 / (1 + Math.exp(scoreOf(k) + below)) / n;
    back.fill(0);
    for (let t = 0; t < T; t++) {
      if (t === k) continue;
      const c = slope * ((weight[t] as number) / total) * (scoreOf(t) - scoreOf(k) - below);
      for (let a = 0; a < d; a++) {
        back[a] = (back[a] as number) + c * ((x[(i * T + t) * d + a] as number) - (x[(i * T + k) * d + a] as number));
      }
    }
    for (let a = 0; a < d; a++) {
      for (let b = 0; b < d; b++) gradient[a * d + b] = (gradient[a * d + b] as number) + (back[a] as number) * (z[i * d + b] as number);
    }
  }
  return { excess, gradient, selected, leastGap };
}
