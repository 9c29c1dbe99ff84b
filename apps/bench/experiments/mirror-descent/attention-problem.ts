import { type AttentionMarginData, attentionMarginData } from "@attnlab/datasets";
import type { Matrix } from "@attnlab/linalg";
import { type AttentionSamples, optimalTokens, tokenScores } from "@attnlab/svm";

/** One data set of the paper with its fixed head: what is trained on, and what the SVMs are solved for. */
export interface AttentionProblem {
  /** $n$, $T$ and $d$. */
  readonly sizes: Pick<AttentionMarginData, "samples" | "tokens" | "dim">;
  readonly samples: AttentionSamples;
  /** Token scores $\gamma_{it} = y_i\, v^\top x_{it}$: `[n, T]`. */
  readonly gamma: Matrix;
  /** The token with the highest score of each sample. */
  readonly optimal: Int32Array;
}

/** The problem of a data set; without a head of its own in the data, `head` is the fixed $v$. */
export function attentionProblem(data: AttentionMarginData): AttentionProblem {
  const { samples: n, tokens: T, dim: d, inputs, queries, labels, head } = data;
  const tokens = { shape: [n, T, d], data: inputs };
  const gamma = tokenScores({ tokens, labels }, head);
  return {
    sizes: { samples: n, tokens: T, dim: d },
    samples: { tokens, queries: { shape: [n, d], data: queries } },
    gamma,
    optimal: optimalTokens(gamma),
  };
}

/** The data set that the published code draws for a seed. */
export function problemOfSeed(seed: number): AttentionProblem {
  return attentionProblem(attentionMarginData({ seed }));
}
