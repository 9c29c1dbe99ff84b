import { checkFinite, checkMatrix, checkSameSize, type Matrix } from "@attnlab/linalg";
import { checkKnown } from "../check-input.ts";
import { type AttentionSamples, checkSamples, SELECTION_FIELDS } from "./attention-samples.ts";

/**
 * The scores of one layer of attention, before the softmax.
 *
 * $s_{it} = x_{it}^\top W z_i$
 *
 * Shapes: `tokens [n, T, d]`, `queries [n, d]`, `W [d, d]` → `[n, T]`.
 *
 * @throws ShapeError when sizes differ.
 * @throws DataError when a number is NaN or infinite.
 * @example
 * ```ts
 * import { matrix } from "@attnlab/linalg";
 * import { attentionScores } from "@attnlab/svm";
 * const samples = { tokens: { shape: [1, 2, 2], data: Float64Array.of(1, 0, 0, 1) }, queries: { shape: [1, 2], data: Float64Array.of(1, 2) } };
 * Array.from(attentionScores(samples, matrix(2, 2, [1, 0, 3, 4])).data); // => [1, 11]
 * ```
 */
export function attentionScores(samples: AttentionSamples, W: Matrix): Matrix {
  const { numSamples, numTokens, tokenDim: d } = checkSamples("attentionScores", samples);
  checkKnown("attentionScores", "samples", samples, SELECTION_FIELDS);
  checkMatrix("attentionScores", "W", W);
  checkSameSize("attentionScores", "rows of W must equal the token dimension", [W.rows, d]);
  checkSameSize("attentionScores", "columns of W must equal the token dimension", [W.cols, d]);
  checkFinite("attentionScores", "W", W.data);
  const scores = new Float64Array(numSamples * numTokens);
  const key = new Float64Array(d);
  for (let i = 0; i < numSamples; i++) {
    for (let a = 0; a < d; a++) {
      let sum = 0;
      for (let b = 0; b < d; b++) sum += (W.data[a * d + b] as number) * (samples.queries.data[i * d + b] as number);
      key[a] = sum;
    }
    for (let t = 0; t < numTokens; t++) {
      const from = (i * numTokens + t) * d;
      let sum = 0;
      for (let a = 0; a < d; a++) sum += (samples.tokens.data[from + a] as number) * (key[a] as number);
      scores[i * numTokens + t] = sum;
    }
  }
  return { rows: numSamples, cols: numTokens, data: scores };
}
