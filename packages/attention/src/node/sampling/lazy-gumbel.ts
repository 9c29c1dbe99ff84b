import { optionTable } from "@attnlab/check";
import { createAliasTable, drawBinomial, drawDistinct, drawGumbel, type Rng } from "@attnlab/random";
import { rngOption } from "./rng-option.ts";
import { outside, type SoftmaxDistribution, summarizeTop, type TopSummary } from "./softmax-distribution.ts";

/** One draw, and what it cost. */
export interface LazyGumbelDraw {
  /** $J$, drawn from the softmax distribution. */
  readonly index: number;
  /** $\max_j (y_j + G_j)$, a Gumbel number around $\log\sum_j e^{y_j}$. */
  readonly maximum: number;
  /** $m$: how many outcomes outside the top set were looked at. */
  readonly tail: number;
}

/** Options of {@link lazyGumbelSample}. */
export interface LazyGumbelSampleOptions {
  /** The source of chance. */
  readonly rng: Rng;
}

const table = optionTable("lazyGumbelSample", { rng: rngOption });

/**
 * Draws from a softmax distribution while looking at its largest logits and a few others.
 *
 * $$J = \operatorname{argmax}_j (y_j + G_j) \sim \frac{e^{y_j}}{\sum_i e^{y_i}}$$
 *
 * With $M$ the maximum over the top set $S$, only a Gumbel number above $\beta = M - \min_S y - c$ can win outside of it: $m \sim
 * \text{Binomial}(n - k, 1 - e^{-e^{-\beta}})$ of them are, at places drawn without repetition. Exact when the gap bound $c$ is true.
 * Costs $k$ Gumbel numbers and $m$ logits; see {@link expectedTail}.
 *
 * @param distribution - see {@link SoftmaxDistribution}.
 * @param options.rng - the source of chance.
 * @returns see {@link LazyGumbelDraw}.
 * @throws OptionError, ShapeError or DataError for a top set that is none, logits that are not finite, or a bad option.
 * @example
 * ```ts
 * import { createRng } from "@attnlab/random";
 * import { lazyGumbelSample } from "@attnlab/attention/node";
 * const logits = [0, 5, -1, 4, 0.5];
 * const distribution = { count: 5, logit: (j: number) => logits[j] as number, top: [1, 3], topLogits: [5, 4] };
 * lazyGumbelSample(distribution, { rng: createRng(1) }).index; // => 1
 * ```
 * @see Mussmann, Levy, Ermon 2017; Haris 2024 draws the keys of attention this way.
 */
export function lazyGumbelSample(distribution: SoftmaxDistribution, options: LazyGumbelSampleOptions): LazyGumbelDraw {
  const { rng } = table.parse({ ...options });
  const { top, topLogits } = distribution;
  const summary = summarizeTop(table.owner, distribution);
  let index = 0;
  let maximum = Number.NEGATIVE_INFINITY;
  for (let i = 0; i < top.length; i++) {
    const perturbed = (topLogits[i] as number) + drawGumbel(rng);
    if (perturbed > maximum) {
      maximum = perturbed;
      index = top[i] as number;
    }
  }
  return challenge(distribution, summary, rng, { index, maximum });
}

/** Draws again and again from one distribution. */
export interface LazyGumbelSampler {
  /** $\log\sum_{j \in S} e^{y_j}$ of the top set. */
  readonly topLogSum: number;
  readonly draw: (rng: Rng) => LazyGumbelDraw;
}

/**
 * Prepares many draws from one softmax distribution: {@link lazyGumbelSample} at $O(1) + m$ instead of $k + m$ per draw.
 *
 * Maximum and argument of the maximum in $S$ are independent: $\max_S (y_j + G_j) = \log\sum_S e^{y_j} + G$, and when nothing outside beats it,
 * the index is a draw from the softmax of the top set, by an alias table.
 *
 * @param distribution - see {@link SoftmaxDistribution}.
 * @returns see {@link LazyGumbelSampler}; the same distribution as `lazyGumbelSample`, not the same draws.
 * @throws OptionError, ShapeError or DataError for a top set that is none or logits that are not finite.
 * @example
 * ```ts
 * import { createRng } from "@attnlab/random";
 * import { createLazyGumbelSampler } from "@attnlab/attention/node";
 * const sampler = createLazyGumbelSampler({ count: 1000, logit: () => 0, top: [7], topLogits: [30] });
 * const rng = createRng(1);
 * [1, 2, 3].map(() => sampler.draw(rng).index); // => [7, 7, 7]
 * ```
 */
export function createLazyGumbelSampler(distribution: SoftmaxDistribution): LazyGumbelSampler {
  const { top, topLogits } = distribution;
  const summary = summarizeTop("createLazyGumbelSampler", distribution);
  const weights = Float64Array.from(topLogits, (logit) => Math.exp(logit - summary.maximum));
  const topLogSum = summary.maximum + Math.log(weights.reduce((a, b) => a + b, 0));
  const alias = createAliasTable(weights);
  return {
    topLogSum,
    draw: (rng) => {
      const best = { index: -1, maximum: topLogSum + drawGumbel(rng) };
      const draw = challenge(distribution, summary, rng, best);
      return draw.index === -1 ? { ...draw, index: top[alias.draw(rng)] as number } : draw;
    },
  };
}

/** Lets the outcomes outside the top set beat the best inside. */
function challenge(
  { count, logit }: SoftmaxDistribution,
  { sorted, ceiling }: TopSummary,
  rng: Rng,
  best: { readonly index: number; readonly maximum: number },
): LazyGumbelDraw {
  let { index, maximum } = best;
  const rest = count - sorted.length;
  if (rest === 0) return { index, maximum, tail: 0 };
  const cutoff = maximum - ceiling;
  // 1 - exp(-exp(-cutoff)) without the cancellation that makes it 0 from a cutoff of 37 on.
  const tail = drawBinomial(rng, rest, -Math.expm1(-Math.exp(-cutoff)));
  if (tail > 0) {
    for (const rank of drawDistinct(rng, tail, rest)) {
      const candidate = outside(sorted, rank);
      const perturbed = logit(candidate) + drawGumbel(rng, cutoff);
      if (perturbed > maximum) {
        maximum = perturbed;
        index = candidate;
      }
    }
  }
  return { index, maximum, tail };
}
