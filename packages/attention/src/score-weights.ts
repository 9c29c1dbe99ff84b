import { booleanOption, numberOption } from "@attnlab/check";
import {
  abs,
  add,
  clip,
  constant,
  div,
  max,
  maximum,
  mul,
  pow,
  powAbs,
  reciprocal,
  stopGradient,
  sum,
  type Tensor,
  where,
} from "@attnlab/graph";

/** Which weights scores get before their sum is divided out. */
export interface ScoreWeightOptions {
  /** $p > 0$. Default 2. */
  readonly power?: number;
  /** `true`: $|z|^p / (1 + |z|^p)$, which ends at 1. `false`: $|z|^p$ itself, its limit for small scores. Default `true`. */
  readonly saturating?: boolean;
  /** $\epsilon > 0$, added to the sum of the weights of a row. Default 1e-12. */
  readonly epsilon?: number;
}

/** The rules of {@link ScoreWeightOptions}. */
export const scoreWeightRules = {
  power: numberOption({ doc: "Power of the scores.", above: 0, default: 2 }),
  saturating: booleanOption({ doc: "Weights end at 1 for large scores.", default: true }),
  epsilon: numberOption({ doc: "Added to the sum of the weights of a row.", above: 0, default: 1e-12 }),
};

/** Powers stop here: a weight of 1 to within 1e-18, and finite in float32. */
const LARGEST_POWER = 1e18;

/**
 * Normalised weights of scores: $\alpha = w / (\sum w + \epsilon)$.
 *
 * Hidden scores count as 0, so that their weights are multiplied out before the sum: the functions are even, and a large negative
 * number would give a hidden key the largest weight of all.
 */
export function normalizedWeights(scores: Tensor, visible: Tensor | undefined, options: Required<ScoreWeightOptions>): Tensor {
  const { power, saturating, epsilon } = options;
  const seen = visible === undefined ? scores : where(visible, scores, 0);
  if (saturating) {
    const bound = LARGEST_POWER ** (1 / power);
    const powers = powAbs(clip(seen, -bound, bound), power);
    const weights = mul(powers, reciprocal(add(powers, 1)));
    return div(weights, add(sum(weights, -1, { keepDims: true }), epsilon));
  }
  // A common factor of a row cancels; dividing by the largest score keeps its power finite, and epsilon shrinks along.
  const size = maximum(max(abs(stopGradient(seen)), -1, { keepDims: true }), 1); // [..., queries, 1]
  const shrink = reciprocal(size);
  const weights = powAbs(mul(seen, shrink), power);
  return div(weights, add(sum(weights, -1, { keepDims: true }), mul(pow(shrink, constant(power, scores.dtype)), epsilon)));
}
