export { decodeSafetensors, encodeSafetensors, type SafetensorsFile } from "./checkpoint/safetensors.ts";
export { decodeState, encodeState } from "./checkpoint/state-bytes.ts";
export { compileLoop, compileStep } from "./compile/compile.ts";
export type { DataOf, LossContext, LossResult, Metrics, TrainDefinition, TrainState } from "./compile/definition.ts";
export type { CompileLoopOptions, CompileOptions, CreateSession } from "./compile/options.ts";
export type { Trainer, TrainResult } from "./compile/trainer.ts";
export { type ExportOptions, exportModel } from "./export/export-model.ts";
export { type BatchSource, type EpochBatchesOptions, epochBatches, takeRows } from "./fit/epoch-batches.ts";
export { type FitOptions, type FitProgress, type FitResult, fit, stepOf } from "./fit/fit.ts";
export { stackBatches } from "./fit/stack-batches.ts";
export { accuracy, binaryAccuracy } from "./loss/accuracy.ts";
export { type CrossEntropyOptions, crossEntropy } from "./loss/cross-entropy.ts";
export {
  binaryCrossEntropy,
  exponentialLoss,
  halfSquaredNorm,
  hingeLoss,
  type LossOptions,
  logisticLoss,
  meanSquaredError,
} from "./loss/margin-losses.ts";
export type { Reduction } from "./loss/reduction.ts";
