import type { NearestKeys } from "../sampling/nearest-keys.ts";
import type { VisibleHead } from "../visible-head.ts";

/** One row of attention in float64. */
export interface SoftmaxRow {
  readonly output: Float64Array;
  readonly lse: number;
}

/** Sampled keys of one query, their logits, and how many keys they stand for. */
export interface Tail {
  readonly indices: Int32Array;
  readonly logits: Float64Array;
  readonly population: number;
}

/** Softmax over the given keys, shifted by the largest logit. */
export function softmaxRow({ value, valueDim }: VisibleHead, indices: ArrayLike<number>, logits: Float64Array): SoftmaxRow {
  const largest = logits.reduce((most, y) => Math.max(most, y), Number.NEGATIVE_INFINITY);
  const output = new Float64Array(valueDim);
  let total = 0;
  for (let i = 0; i < indices.length; i++) {
    const weight = Math.exp((logits[i] as number) - largest);
    if (weight === 0) continue;
    total += weight;
    const from = (indices[i] as number) * valueDim;
    for (let j = 0; j < valueDim; j++) (output[j] as number) += weight * (value[from + j] as number);
  }
  for (let j = 0; j < valueDim; j++) (output[j] as number) /= total;
  return { output, lse: largest + Math.log(total) };
}

/**
 * The estimator of top keys and a uniform sample $T$ of the $r$ others: $\hat N = \sum_S e^{y_j} v_j + \frac{r}{|T|} \sum_T e^{y_j} v_j$,
 * divided by the same with $v \equiv 1$.
 *
 * When `adaptive`, the tail is left out of a row where its sampling variance is larger than the squared bias of leaving it out, both
 * estimated from the sample: $\|\hat o - o_S\|^2$ is bias plus variance, so the tail stays when it is above twice the variance.
 *
 * @returns the row, and whether the tail entered it.
 */
export function rowWithTail(
  head: VisibleHead,
  { indices, logits }: NearestKeys,
  tail: Tail,
  adaptive: boolean,
): SoftmaxRow & { readonly usesTail: boolean } {
  const near = softmaxRow(head, indices, logits);
  const count = tail.indices.length;
  if (count === 0) return { ...near, usesTail: false };
  const far = softmaxRow(head, tail.indices, tail.logits);
  const farLse = far.lse + Math.log(tail.population / count);
  const lse = Math.max(near.lse, farLse) + Math.log1p(Math.exp(-Math.abs(near.lse - farLse)));
  const [a, b] = [Math.exp(near.lse - lse), Math.exp(farLse - lse)];
  const output = near.output.map((x, j) => a * x + b * (far.output[j] as number));
  if (adaptive && !pays(head, tail, { near: near.output, output, lse })) return { ...near, usesTail: false };
  return { output, lse, usesTail: true };
}

function pays(
  { value, valueDim }: VisibleHead,
  { indices, logits, population }: Tail,
  { near, output, lse }: { readonly near: Float64Array; readonly output: Float64Array; readonly lse: number },
): boolean {
  const count = indices.length;
  if (count === population) return true;
  let [variance, moved] = [0, 0];
  for (let j = 0; j < valueDim; j++) {
    let [sum, squares] = [0, 0];
    for (let i = 0; i < count; i++) {
      const term =
        population *
        Math.exp((logits[i] as number) - lse) *
        ((value[(indices[i] as number) * valueDim + j] as number) - (output[j] as number));
      sum += term;
      squares += term * term;
    }
    // Sampling without replacement: what is drawn has no variance left.
    variance += (((squares - (sum * sum) / count) / (count - 1)) * (1 - count / population)) / count;
    moved += ((output[j] as number) - (near[j] as number)) ** 2;
  }
  return moved > 2 * variance;
}
