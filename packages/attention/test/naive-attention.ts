import { type TensorData, tensorData } from "@attnlab/check";
import type { Rng } from "@attnlab/random";
import type { AttentionInput } from "../src/node/attention-input.ts";

/** What the naive loops understand. */
export interface NaiveOptions {
  readonly scale?: number;
  readonly causal?: boolean;
  /** `[keys]`, `[batch, keys]` or `[batch, heads, keys]`. */
  readonly keyMask?: TensorData;
}

/** Normal queries, keys and values of the given sizes. */
export function randomInput(
  rng: Rng,
  leading: readonly number[],
  { queries, keys, headDim, valueDim }: { queries: number; keys: number; headDim: number; valueDim: number },
): AttentionInput {
  const normal = (shape: number[]) => {
    const size = shape.reduce((a, b) => a * b, 1);
    return tensorData("float32", shape, rng.fillNormal(new Float32Array(size)));
  };
  return {
    query: normal([...leading, queries, headDim]),
    key: normal([...leading, keys, headDim]),
    value: normal([...leading, keys, valueDim]),
  };
}

/** Attention by its definition in float64, one row at a time. */
export function naiveAttention(
  { query, key, value }: AttentionInput,
  { scale, causal = false, keyMask }: NaiveOptions,
): { readonly output: Float64Array; readonly lse: Float64Array } {
  const [queries, headDim] = query.shape.slice(-2) as [number, number];
  const [keys, valueDim] = value.shape.slice(-2) as [number, number];
  const heads = query.data.length / (queries * headDim);
  const factor = scale ?? 1 / Math.sqrt(headDim);
  const output = new Float64Array(heads * queries * valueDim);
  const lse = new Float64Array(heads * queries).fill(Number.NEGATIVE_INFINITY);
  for (let head = 0; head < heads; head++) {
    for (let i = 0; i < queries; i++) {
      const scores: { readonly at: number; readonly score: number }[] = [];
      for (let k = 0; k < keys; k++) {
        if (causal && k > i + keys - queries) continue;
        if (keyMask !== undefined && !keyMask.data[Math.floor((head * (keyMask.data.length / keys)) / heads) * keys + k]) continue;
        let score = 0;
        for (let j = 0; j < headDim; j++) {
          score += (query.data[(head * queries + i) * headDim + j] as number) * (key.data[(head * keys + k) * headDim + j] as number);
        }
        scores.push({ at: (head * keys + k) * valueDim, score: score * factor });
      }
      if (scores.length === 0) continue;
      const row = head * queries + i;
      const largest = scores.reduce((most, { score }) => Math.max(most, score), Number.NEGATIVE_INFINITY);
      const total = scores.reduce((sum, { score }) => sum + Math.exp(score - largest), 0);
      lse[row] = largest + Math.log(total);
      for (const { at, score } of scores) {
        const weight = Math.exp(score - largest) / total;
        for (let j = 0; j < valueDim; j++) (output[row * valueDim + j] as number) += weight * (value.data[at + j] as number);
      }
    }
  }
  return { output, lse };
}
