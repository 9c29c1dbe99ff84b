import { integerOption, OptionError, type OptionRule, optionTable, problem, ShapeError } from "@attnlab/check";
import type { Rng } from "@attnlab/random";
import { createGroupMeans } from "./group-means.ts";
import { createLazyGumbelSampler } from "./lazy-gumbel.ts";
import { rngOption } from "./rng-option.ts";
import type { SoftmaxDistribution } from "./softmax-distribution.ts";

/** Options of {@link softmaxExpectation}. */
export interface SoftmaxExpectationOptions {
  /** The source of chance. */
  readonly rng: Rng;
  /** $s$, draws in all, at least 2. */
  readonly samples: number;
  /** Groups of equal size, whose means' median is the estimate; default 1, the mean. `samples` must be a multiple of it. */
  readonly groups?: number;
}

/** An estimate of an expectation. */
export interface SoftmaxExpectation {
  readonly estimate: Float64Array;
  /** The standard error of the mean of all draws, component by component. */
  readonly standardError: Float64Array;
  /** Outcomes outside the top set that were looked at, in all draws. */
  readonly tail: number;
}

const table = optionTable("softmaxExpectation", {
  rng: rngOption,
  samples: integerOption({ doc: "Draws in all.", min: 2, required: true }),
  groups: integerOption({ doc: "Groups whose means' median is the estimate.", min: 1, default: 1 }) as OptionRule<number>,
});

/**
 * Estimates the expectation of a vector under a softmax distribution by lazy Gumbel draws.
 *
 * $$E_{J \sim p}[f(J)] \approx \frac1s \sum_t f(J_t), \qquad p(j) = \frac{e^{y_j}}{\sum_i e^{y_i}}$$
 *
 * Attention is one: its output is the expectation of a row of the values. So are its gradients.
 *
 * @param distribution - see {@link SoftmaxDistribution}.
 * @param vectorOf - $f$, of one length for all outcomes; asked once for each draw.
 * @param options - see {@link SoftmaxExpectationOptions}.
 * @returns see {@link SoftmaxExpectation}. The mean is unbiased and its error is `standardError`; a median of means withstands values of any size.
 * @throws OptionError, ShapeError or DataError for a bad distribution or option, or vectors of different lengths.
 * @example
 * ```ts
 * import { createRng } from "@attnlab/random";
 * import { softmaxExpectation } from "@attnlab/attention/node";
 * const distribution = { count: 3, logit: () => -50, top: [0, 2], topLogits: [40, 40] };
 * const { estimate } = softmaxExpectation(distribution, (j) => [j, 5], { rng: createRng(1), samples: 10_000 });
 * estimate.map((x) => Math.round(x)); // => Float64Array [1, 5]
 * ```
 * @see Haris 2024 writes attention and its gradients as such expectations.
 */
export function softmaxExpectation(
  distribution: SoftmaxDistribution,
  vectorOf: (index: number) => ArrayLike<number>,
  options: SoftmaxExpectationOptions,
): SoftmaxExpectation {
  const { rng, samples, groups } = table.parse({ ...options });
  if (samples % groups !== 0) {
    const got = `${samples} samples in ${groups} groups`;
    const fix = `Pass samples: ${Math.ceil(samples / groups) * groups}.`;
    throw new OptionError(problem({ where: table.owner, expected: "samples must be a multiple of groups", got, fix }));
  }
  const sampler = createLazyGumbelSampler(distribution);
  const first = sampler.draw(rng);
  const vector = vectorOf(first.index);
  const width = vector.length;
  const means = createGroupMeans(groups, width);
  // Deviations from the first draw: sums of squares around a far-away zero would cancel.
  const origin = Float64Array.from(vector);
  const [sums, squares] = [new Float64Array(width), new Float64Array(width)];
  let tail = first.tail;
  means.add(0, vector, 0);
  for (let t = 1; t < samples; t++) {
    const draw = sampler.draw(rng);
    const values = vectorOf(draw.index);
    if (values.length !== width) {
      const got = `${width} and ${values.length}`;
      const fix = "Return as many numbers for every outcome.";
      throw new ShapeError(problem({ where: table.owner, expected: "vectorOf must return vectors of one length", got, fix }));
    }
    tail += draw.tail;
    means.add(t % groups, values, 0);
    for (let i = 0; i < width; i++) {
      const deviation = (values[i] as number) - (origin[i] as number);
      (sums[i] as number) += deviation;
      (squares[i] as number) += deviation * deviation;
    }
  }
  const estimate = new Float64Array(width);
  means.write(samples / groups, estimate, 0);
  const standardError = squares.map((square, i) => {
    const variance = (square - (sums[i] as number) ** 2 / samples) / (samples - 1);
    return Math.sqrt(Math.max(0, variance) / samples);
  });
  return { estimate, standardError, tail };
}
