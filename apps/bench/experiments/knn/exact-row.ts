import type { AttentionInput, FloatTensor, SoftmaxDistribution } from "@attnlab/attention/node";

/** Attention of one query in float64, from its definition. */
export interface ExactRow {
  /** Scaled scores. */
  readonly logits: Float64Array;
  readonly weights: Float64Array;
  /** $\log\sum_j e^{y_j}$. */
  readonly lse: number;
  readonly output: Float64Array;
  /** $\operatorname{Var} v_J$ for $J$ drawn from the weights, by component. */
  readonly variance: Float64Array;
}

/** Tokens and width of a tensor of one head. */
export function sizesOf({ shape }: FloatTensor): readonly [number, number] {
  return shape.slice(-2) as [number, number];
}

/** Computes one row of a head. */
export function exactRow({ query, key, value }: AttentionInput, row: number): ExactRow {
  const [keys, headDim] = sizesOf(key);
  const valueDim = sizesOf(value)[1];
  const logits = new Float64Array(keys);
  for (let j = 0; j < keys; j++) {
    let sum = 0;
    for (let t = 0; t < headDim; t++) sum += (query.data[row * headDim + t] as number) * (key.data[j * headDim + t] as number);
    logits[j] = sum / Math.sqrt(headDim);
  }
  const { weights, lse } = softmax(logits);
  const output = new Float64Array(valueDim);
  const squares = new Float64Array(valueDim);
  weights.forEach((weight, j) => {
    for (let t = 0; t < valueDim; t++) {
      const v = value.data[j * valueDim + t] as number;
      (output[t] as number) += weight * v;
      (squares[t] as number) += weight * v * v;
    }
  });
  return { logits, weights, lse, output, variance: squares.map((square, t) => Math.max(0, square - (output[t] as number) ** 2)) };
}

/** Softmax in float64. */
export function softmax(logits: Float64Array): { readonly weights: Float64Array; readonly lse: number } {
  const maximum = logits.reduce((a, b) => Math.max(a, b), Number.NEGATIVE_INFINITY);
  const exponentials = logits.map((y) => Math.exp(y - maximum));
  const sum = exponentials.reduce((a, b) => a + b, 0);
  return { weights: exponentials.map((e) => e / sum), lse: maximum + Math.log(sum) };
}

/** A distribution whose `k` largest logits are known, the first `skip` of which are left out, as if a search had missed them. */
export function distributionOf(logits: Float64Array, k: number, skip = 0): SoftmaxDistribution & { readonly trueGap: number } {
  const order = Int32Array.from(logits.keys()).sort((a, b) => (logits[b] as number) - (logits[a] as number) || a - b);
  const top = order.slice(skip, skip + k);
  const topLogits = Float64Array.from(top, (j) => logits[j] as number);
  const missed = logits[order[skip > 0 ? 0 : Math.min(k, logits.length - 1)] as number] as number;
  const trueGap = Math.max(0, missed - (topLogits.at(-1) as number));
  return { count: logits.length, logit: (j) => logits[j] as number, top, topLogits, trueGap };
}
