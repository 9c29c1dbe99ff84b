import {
  type AttentionGradientInput,
  attentionGradExact,
  attentionGradSampled,
  attentionGradTopK,
  walkTransposeProduct,
} from "@attnlab/attention/node";
import type { Rng } from "@attnlab/random";

/** Gradients of queries and values, as flat arrays. */
export interface QueryValueGradients {
  readonly query: Float32Array;
  readonly value: Float32Array;
}

interface MethodOptions {
  readonly rng: Rng;
  /** Of the released budget of walks. */
  readonly epsilon: number;
}

/** The gradients that descent can follow; scores are not scaled, as in the release. */
export const DESCENT_METHODS = {
  exact: async (input) => exactGradients(input),
  // The released form: dV by walks for each column, made positive by a shift; dQ through the three nearest keys.
  released: async (input, { rng, epsilon }) => {
    const [tokens, dim] = input.value.shape.slice(-2) as [number, number];
    const walks = Math.ceil((dim * Math.log(tokens)) / epsilon);
    const { query, key, outputGradient: vector } = input;
    const { product } = await walkTransposeProduct({ query, key, vector }, { scale: 1, rng, walks, estimator: "shift" });
    return { query: (await attentionGradTopK(input, { scale: 1, k: Math.min(3, tokens) })).query.data, value: product.data };
  },
  sparse: async (input) => {
    const { query, value } = await attentionGradTopK(input, { scale: 1 });
    return { query: query.data, value: value.data };
  },
  sampled: async (input, { rng }) => {
    const tokens = input.value.shape.at(-2) as number;
    const { query, value } = await attentionGradSampled(input, { scale: 1, rng, walks: 4 * tokens, samples: 4 });
    return { query: query.data, value: value.data };
  },
} as const satisfies Record<string, (input: AttentionGradientInput, options: MethodOptions) => Promise<QueryValueGradients>>;

/** One of {@link DESCENT_METHODS}. */
export type DescentMethod = keyof typeof DESCENT_METHODS;

/** The exact gradients. */
export async function exactGradients(input: AttentionGradientInput): Promise<QueryValueGradients> {
  const { query, value } = await attentionGradExact(input, { scale: 1 });
  return { query: query.data, value: value.data };
}
