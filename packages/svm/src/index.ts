export type { AttentionSamples, Float64Tensor } from "./attention/attention-samples.ts";
export { attentionScores } from "./attention/attention-scores.ts";
export {
  type AttentionMarginProblem,
  type AttentionSelection,
  type AttentionSvmInfeasible,
  type AttentionSvmPoint,
  type AttentionSvmSolution,
  attentionMarginProblem,
  SUPPORT_TOLERANCE,
  solveAttentionSvm,
} from "./attention/attention-svm.ts";
export { type LabelledSelection, type LabelledTokens, solveLabelSvm, tokenScores } from "./attention/label-svm.ts";
export { isLocallyOptimal } from "./attention/local-optimality.ts";
export { optimalTokens, selectTokens, type TokenSelection } from "./attention/select-tokens.ts";
export {
  type HardMarginInfeasible,
  type HardMarginPoint,
  type HardMarginResiduals,
  type HardMarginSolution,
  solveHardMargin,
} from "./hard-margin/hard-margin.ts";
export type { HardMarginOptions } from "./hard-margin/hard-margin-options.ts";
export type { HardMarginProblem } from "./hard-margin/hard-margin-problem.ts";
export { type KeyQueryFactors, keyQueryFactors } from "./matrix-norm/key-query-factors.ts";
export {
  type MatrixAttentionInfeasible,
  type MatrixAttentionPoint,
  type MatrixAttentionSolution,
  solveMatrixAttentionSvm,
} from "./matrix-norm/matrix-attention.ts";
export {
  type MatrixMarginInfeasible,
  type MatrixMarginOptions,
  type MatrixMarginPoint,
  type MatrixMarginResiduals,
  type MatrixMarginSolution,
  solveMatrixMargin,
} from "./matrix-norm/matrix-margin.ts";
export type { DenseMatrixMargin, FactoredMatrixMargin, MatrixMarginProblem } from "./matrix-norm/matrix-margin-problem.ts";
export { MATRIX_NORMS, type MatrixNorm } from "./matrix-norm/unitary-norm.ts";
