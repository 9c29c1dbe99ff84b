import type { AttentionData } from "./attention-data.ts";

/**
 * The two-sample data of the mirror-descent paper's joint training of attention and head: the query of a sample is its first token.
 *
 * Shapes: `inputs [2, 3, 2]`, `queries [2, 2]`, `labels [2]`.
 *
 * @returns a new copy of the constant data.
 * @example
 * ```ts
 * import { jointTrainingData } from "@attnlab/datasets";
 * jointTrainingData().queries; // => Float64Array [-2.7, 1.2, 0.4, -2.2]
 * ```
 * @see Julistiono, Tarzanagh, Azizan 2024 (arXiv 2410.14581), the joint-training experiment.
 */
export function jointTrainingData(): AttentionData {
  return {
    samples: 2,
    tokens: 3,
    dim: 2,
    inputs: Float64Array.of(-2.7, 1.2, 1.4, 2.1, 1.3, -0.1, 0.4, -2.2, -1.1, -0.4, 0.9, 0.1),
    queries: Float64Array.of(-2.7, 1.2, 0.4, -2.2),
    labels: Float64Array.of(1, -1),
  };
}
