import { numberOption, OptionError, optionTable, problem, show } from "@attnlab/check";
import { bernoulli, constant, isTensor, mul, type Tensor, where } from "@attnlab/graph";

/** Options of {@link dropout}. */
export interface DropoutOptions {
  /** Probability that an entry is dropped, in [0, 1). */
  readonly rate: number;
  /** Key of the random numbers, from `randomKey` or `randomSplit`: uint32 of shape [2]. Each use needs a key of its own. */
  readonly key: Tensor;
}

const table = optionTable("dropout", {
  rate: numberOption({ doc: "Probability that an entry is dropped.", min: 0, below: 1, required: true }),
});

/**
 * Checks dropout options before they are used.
 * @throws {@link OptionError} on an unknown option, a rate outside [0, 1) or a missing key.
 */
export function checkDropout(where: string, options: DropoutOptions): void {
  const { key, ...rest } = options;
  table.parse(rest);
  if (isTensor(key)) return;
  const fix = "Pass randomKey(seed), or one of the keys of randomSplit.";
  throw new OptionError(problem({ where, expected: "key must be a traced random key", got: show(key), fix }));
}

/**
 * Sets entries to zero at random and scales the others: $y = x \odot b / (1 - r)$, $b \sim \text{Bernoulli}(1 - r)$, so that
 * $\mathbb{E}\,y = x$.
 *
 * Shapes: `x [...]` → the same. Keeps the dtype. A rate of 0 returns `x` itself; leave dropout out for inference.
 *
 * @param options.rate - $r$ in [0, 1); required.
 * @param options.key - key of the random numbers; required.
 * @throws {@link OptionError} on an unknown option, a rate outside [0, 1) or a missing key.
 * @example
 * ```ts
 * import { tensorData } from "@attnlab/check";
 * import { dropout } from "@attnlab/attention";
 * import { evaluate, randomKey, specOf, trace } from "@attnlab/graph";
 * const x = tensorData("float64", [8], new Float64Array(8).fill(3));
 * const program = trace((x) => dropout(x, { rate: 0.25, key: randomKey(1) }), [specOf(x)]);
 * evaluate(program, [x]).data.every((v) => v === 0 || v === 4); // => true
 * ```
 * @see Srivastava et al. 2014; scaled while training, so that inference needs no change.
 */
export function dropout(x: Tensor, options: DropoutOptions): Tensor {
  checkDropout("dropout", options);
  const { rate, key } = options;
  if (rate === 0) return x;
  // The factors carry no gradient, so both directions cost one product.
  return mul(x, where(bernoulli(key, 1 - rate, x.shape), constant(1 / (1 - rate), x.dtype), 0));
}
