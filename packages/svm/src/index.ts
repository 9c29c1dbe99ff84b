export type { AttentionSamples, Float64Tensor } from "./attention-samples.ts";
export { attentionScores } from "./attention-scores.ts";
export {
  type AttentionMarginProblem,
  type AttentionSelection,
  type AttentionSvmInfeasible,
  type AttentionSvmPoint,
  type AttentionSvmSolution,
  attentionMarginProblem,
  SUPPORT_TOLERANCE,
  solveAttentionSvm,
} from "./attention-svm.ts";
export {
  type HardMarginInfeasible,
  type HardMarginPoint,
  type HardMarginResiduals,
  type HardMarginSolution,
  solveHardMargin,
} from "./hard-margin.ts";
export type { HardMarginOptions } from "./hard-margin-options.ts";
export type { HardMarginProblem } from "./hard-margin-problem.ts";
export { type LabelledSelection, type LabelledTokens, solveLabelSvm, tokenScores } from "./label-svm.ts";
export { isLocallyOptimal } from "./local-optimality.ts";
export { optimalTokens, selectTokens, type TokenSelection } from "./select-tokens.ts";
