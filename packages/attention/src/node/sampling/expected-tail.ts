import { type SoftmaxDistribution, summarizeTop } from "./softmax-distribution.ts";

/** Mean and variance of the work of one draw. */
export interface ExpectedTail {
  readonly mean: number;
  readonly variance: number;
}

/**
 * How many outcomes outside the top set one draw of {@link lazyGumbelSample} looks at.
 *
 * $$E[m] = (n - k) \frac{a}{1 + a}, \qquad a = \frac{e^{\min_S y + c}}{\sum_S e^{y_j}}$$
 *
 * With $c = 0$, $a \le 1/k$, so $E[m] \le (n - k)/(k + 1)$: about $\sqrt n$ at $k = \sqrt n$. The variance is that of a binomial number whose
 * probability $1 - e^{-aE}$ is random, $E \sim \text{Exp}(1)$.
 *
 * @param distribution - see {@link SoftmaxDistribution}; its `logit` is not asked.
 * @throws OptionError, ShapeError or DataError for a top set that is none.
 * @example
 * ```ts
 * import { expectedTail } from "@attnlab/attention/node";
 * expectedTail({ count: 100, logit: () => 0, top: [0, 1, 2], topLogits: [3, 2, 1] }).mean; // => 8.01167
 * ```
 */
export function expectedTail(distribution: SoftmaxDistribution): ExpectedTail {
  const { ceiling, maximum } = summarizeTop("expectedTail", distribution);
  const rest = distribution.count - distribution.top.length;
  let sum = 0;
  for (let i = 0; i < distribution.topLogits.length; i++) sum += Math.exp((distribution.topLogits[i] as number) - maximum);
  // 1/a: a itself overflows for a wide gap, its inverse at worst vanishes.
  const inverse = sum * Math.exp(maximum - ceiling);
  const mean = 1 / (1 + inverse);
  // E[q] - E[q^2] and Var(q) of q = 1 - exp(-aE), over common denominators so that nothing cancels.
  const spread = (1 - mean) / (2 + inverse);
  return { mean: rest * mean, variance: rest * spread + rest ** 2 * spread * mean };
}
