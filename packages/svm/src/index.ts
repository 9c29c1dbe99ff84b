export type { AttentionSamples, Float64Tensor } from "./attention/attention-samples.ts";
export { attentionScores } from "./attention/attention-scores.ts";
export {
  type AttentionMarginProblem,
  type AttentionSvmInfeasible,
  type AttentionSvmPoint,
  type AttentionSvmSolution,
  attentionMarginProblem,
  solveAttentionSvm,
} from "./attention/attention-svm.ts";
export { type LabelledSelection, type LabelledTokens, solveLabelSvm, tokenScores } from "./attention/label-svm.ts";
export { isLocallyOptimal } from "./attention/local-optimality.ts";
export {
  type LocallyOptimalOptions,
  type LocallyOptimalSelection,
  locallyOptimalSelections,
} from "./attention/locally-optimal-selections.ts";
export { optimalTokens, selectTokens, type TokenSelection } from "./attention/select-tokens.ts";
export { slackSamples } from "./attention/slack-samples.ts";
export { type AttentionSelection, SUPPORT_TOLERANCE, type TokenSupport } from "./attention/token-margins.ts";
export type { ProbabilityOptions } from "./calibration/probability-options.ts";
export { type ExportOptions, exportToOnnx } from "./export/export-to-onnx.ts";
export type { FactoredRows } from "./hard-margin/factored-rows.ts";
export {
  type HardMarginInfeasible,
  type HardMarginPoint,
  type HardMarginResiduals,
  type HardMarginSolution,
  solveHardMargin,
} from "./hard-margin/hard-margin.ts";
export type { HardMarginOptions } from "./hard-margin/hard-margin-options.ts";
export type { HardMarginProblem } from "./hard-margin/hard-margin-problem.ts";
export type { Kernel, KernelName, KernelOptions } from "./kernel/kernel.ts";
export type { KernelExpansion } from "./kernel/kernel-expansion.ts";
export { fitNuSvc, type NuSvcOptions } from "./kernel/nu-svc.ts";
export { fitOneClassSvm, type OneClassSvmModel, type OneClassSvmOptions, type UnlabelledRows } from "./kernel/one-class-svm.ts";
export type { SmoOptions } from "./kernel/smo-options.ts";
export type { StoredRows } from "./kernel/stored-rows.ts";
export { fitSvc, type SvcOptions } from "./kernel/svc.ts";
export { fitNuSvr, fitSvr, type KernelRegressor, type NuSvrOptions, type SvrOptions } from "./kernel/svr.ts";
export { type CsrMatrix, csrMatrix } from "./linear/csr-matrix.ts";
export type { LinearOptions } from "./linear/linear-options.ts";
export { fitLinearSvc, type LinearSvcModel, type LinearSvcOptions } from "./linear/linear-svc.ts";
export { fitLinearSvr, type LinearSvrModel, type LinearSvrOptions } from "./linear/linear-svr.ts";
export type { SampleRows } from "./linear/sample-rows.ts";
export { fitStandardScaler, type StandardScaler, standardize } from "./linear/standard-scaler.ts";
export type { SvmCertificate } from "./linear/svm-certificate.ts";
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
export type { MatrixMarginProblem } from "./matrix-norm/matrix-margin-problem.ts";
export { MATRIX_NORMS, type MatrixNorm } from "./matrix-norm/unitary-norm.ts";
export type { KernelClassifier, KernelClassifierOptions } from "./multiclass/kernel-classifier.ts";
export type { ClassLabel, ClassWeight, LabelledRows, TargetRows } from "./multiclass/labelled-data.ts";
export {
  decisionFunction,
  predict,
  predictProbability,
  type SvmClassifier,
  type SvmModel,
  type SvmRegressor,
} from "./multiclass/predict.ts";
export { PATH_LOSSES, type PathLoss } from "./regularization-path/margin-loss.ts";
export {
  type MarginSamples,
  type RegularizationPath,
  type RegularizationPathOptions,
  type RegularizationPathPoint,
  regularizationPath,
} from "./regularization-path/regularization-path.ts";
