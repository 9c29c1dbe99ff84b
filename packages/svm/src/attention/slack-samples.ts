import { checkFinite, checkSameSize } from "@attnlab/linalg";
import { checkFields, checkKnown, checkList } from "../check-input.ts";
import { checkSelected, checkTokens, SELECTION_FIELDS } from "./attention-samples.ts";
import { type LabelledSelection, tokenScores } from "./label-svm.ts";
import { SUPPORT_TOLERANCE } from "./token-margins.ts";

/**
 * The samples that do not support a decoder: the label margin of their selected token is above 1.
 *
 * $\{i : y_i\, v^\top x_{i,\alpha_i} \ge 1 + 10^{-6}\}$
 *
 * Shapes: `tokens [n, T, d]`, `labels [n]`, `selected [n]`, `v [d]`. Pass the answer as `relaxed` to {@link solveAttentionSvm} for the relaxed problem.
 *
 * @param v - the decoder, for example `w` of {@link solveLabelSvm}.
 * @throws ShapeError when sizes differ or an index is no token.
 * @throws DataError when a number is NaN or infinite, or a label is neither -1 nor 1.
 * @throws OptionError when a field of the selection is unknown.
 * @example
 * ```ts
 * import { slackSamples } from "@attnlab/svm";
 * const tokens = { shape: [2, 1, 1], data: Float64Array.of(1, -3) };
 * slackSamples({ tokens, labels: [1, -1], selected: [0, 0] }, Float64Array.of(1)); // => [1]
 * ```
 * @see Tarzanagh, Li, Zhang and Oymak 2023 (arXiv 2306.13596), the relaxed problem of joint training.
 */
export function slackSamples(selection: LabelledSelection, v: Float64Array): number[] {
  checkFields("slackSamples", "selection", selection, ["tokens", "labels", "selected"]);
  checkKnown("slackSamples", "selection", selection, SELECTION_FIELDS);
  const { tokens, labels, selected } = selection;
  const sizes = checkTokens("slackSamples", tokens);
  checkSelected("slackSamples", selected, sizes);
  checkList("slackSamples", "v", v);
  checkSameSize("slackSamples", "v.length must equal the token dimension", [v.length, sizes.tokenDim]);
  checkFinite("slackSamples", "v", v);
  const gamma = tokenScores({ tokens, labels }, v);
  const samples = Array.from({ length: sizes.numSamples }, (_, i) => i);
  return samples.filter((i) => (gamma.data[i * gamma.cols + (selected[i] as number)] as number) >= 1 + SUPPORT_TOLERANCE);
}
