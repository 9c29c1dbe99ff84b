/** Sizes of the naive loop: batch and heads in one. */
export interface NaiveSizes {
  readonly groups: number;
  readonly queries: number;
  readonly keys: number;
  readonly headDim: number;
  readonly valueDim: number;
}

/** Row-major `query [groups, queries, headDim]`, `key [groups, keys, headDim]`, `value [groups, keys, valueDim]`. */
export interface NaiveInputs {
  readonly query: Float64Array;
  readonly key: Float64Array;
  readonly value: Float64Array;
  /** `[queries, keys]`, 1 for visible. */
  readonly visible: Uint8Array;
}

/** Weights of one row from its visible scores. */
export type RowWeights = (scores: readonly number[]) => readonly number[];

/** The weights of dot-product attention. */
export const softmaxWeights: RowWeights = (scores) => {
  const top = Math.max(...scores);
  const weights = scores.map((score) => Math.exp(score - top));
  const total = weights.reduce((a, b) => a + b, 0);
  return weights.map((weight) => weight / total);
};

/** What {@link naiveAttention} computes. */
export interface NaiveDefinition {
  readonly scale: number;
  readonly weights: RowWeights;
}

/** Attention by its definition, one number after another: the reference of the conformance suite. */
export function naiveAttention(
  { groups, queries, keys, headDim, valueDim }: NaiveSizes,
  inputs: NaiveInputs,
  { scale, weights: rowWeights }: NaiveDefinition,
): Float64Array {
  const out = new Float64Array(groups * queries * valueDim);
  for (let g = 0; g < groups; g++) {
    for (let i = 0; i < queries; i++) {
      const scores: number[] = [];
      const seen: number[] = [];
      for (let j = 0; j < keys; j++) {
        if (inputs.visible[i * keys + j] !== 1) continue;
        let dot = 0;
        for (let d = 0; d < headDim; d++) {
          dot += (inputs.query[(g * queries + i) * headDim + d] as number) * (inputs.key[(g * keys + j) * headDim + d] as number);
        }
        scores.push(scale * dot);
        seen.push(j);
      }
      const weights = rowWeights(scores);
      seen.forEach((j, k) => {
        const weight = weights[k] as number;
        for (let d = 0; d < valueDim; d++) {
          const at = (g * queries + i) * valueDim + d;
          out[at] = (out[at] as number) + weight * (inputs.value[(g * keys + j) * valueDim + d] as number);
        }
      });
    }
  }
  return out;
}
