export { type AdamOptions, type AdamState, type AdamWOptions, adam, adamw } from "./adam.ts";
export { applyUpdates } from "./apply-updates.ts";
export { chain } from "./chain.ts";
export { type ClipOptions, clipByGlobalNorm, clipByNorm, clipByValue } from "./clip.ts";
export { type GradientDescentOptions, gradientDescent } from "./gradient-descent.ts";
export {
  type InContextIterates,
  type InContextIteratesOptions,
  type InContextMethod,
  inContextIterates,
} from "./in-context-iterates.ts";
export type { LearningRate, RateState } from "./learning-rate.ts";
export { type EntropyMirrorMapOptions, entropyMirrorMap } from "./mirror/entropy-mirror-map.ts";
export { lpMirrorMap } from "./mirror/lp-mirror-map.ts";
export { type MirrorDescentOptions, mirrorDescent } from "./mirror/mirror-descent.ts";
export type { MirrorMap } from "./mirror/mirror-map.ts";
export { type MirrorMode, type MirrorOptimizerOptions, type MirrorState, mirrorOptimizer } from "./mirror/mirror-optimizer.ts";
export { type PNormMirrorMapOptions, pNormMirrorMap } from "./mirror/p-norm-mirror-map.ts";
export { type MomentumOptions, type MomentumState, momentum, nesterov } from "./momentum.ts";
export { type NormalizedGradientDescentOptions, type NormalizeOptions, normalize, normalizedGradientDescent } from "./normalize.ts";
export { type GradientOptimizer, type Optimizer, type OptimizerStep, optimizer } from "./optimizer.ts";
export type { ParamPredicate } from "./param-predicate.ts";
export { type Labels, type LabelTree, partition } from "./partition.ts";
export { scale, scaleByLearningRate } from "./scale.ts";
export { constantSchedule } from "./schedule/constant-schedule.ts";
export { type CosineScheduleOptions, cosineSchedule } from "./schedule/cosine-schedule.ts";
export { type ExponentialScheduleOptions, exponentialSchedule } from "./schedule/exponential-schedule.ts";
export { type LinearWarmupOptions, linearWarmup } from "./schedule/linear-warmup.ts";
export type { Schedule } from "./schedule/schedule.ts";
export { type StepScheduleOptions, stepSchedule } from "./schedule/step-schedule.ts";
export { type SignDescentOptions, type SignumOptions, type SignumState, signDescent, signum } from "./sign-descent.ts";
export type { OptimizerState, Transformation, TransformedUpdates } from "./transformation.ts";
export { addWeightDecay, type WeightDecayOptions } from "./weight-decay.ts";
