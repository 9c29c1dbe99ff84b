export type { AttentionInput, AttentionResult, BoolTensor, FloatTensor } from "./attention-input.ts";
export {
  type AttentionKernel,
  type AttentionKernelOptions,
  createAttentionKernel,
  type KernelModel,
  type KernelOptions,
} from "./attention-kernel.ts";
export type { CommonAttentionOptions } from "./attention-options.ts";
export { type HyperAttentionOptions, hyperAttention } from "./baselines/hyper-attention.ts";
export { type LinearAttentionOptions, linearAttention } from "./baselines/linear-attention.ts";
export { type PerformerAttentionOptions, performerAttention } from "./baselines/performer-attention.ts";
export { type ReformerAttentionOptions, reformerAttention } from "./baselines/reformer-attention.ts";
export { type RoutingAttentionOptions, routingAttention } from "./baselines/routing-attention.ts";
export {
  type VerifiedAttentionOptions,
  type VerifiedAttentionReport,
  type VerifiedAttentionResult,
  verifiedAttention,
} from "./baselines/verified-attention.ts";
export {
  type CellAttentionOptions,
  type CellAttentionReport,
  type CellAttentionResult,
  cellAttention,
} from "./cells/cell-attention.ts";
export { type ExactAttentionOptions, exactAttention } from "./exact-attention.ts";
export {
  type AttentionGradExactOptions,
  attentionGradExact,
  type ExactAttentionGradients,
} from "./gradients/attention-grad-exact.ts";
export {
  type AttentionGradSampledOptions,
  attentionGradSampled,
  type SampledAttentionGradients,
  type SampledGradientInput,
} from "./gradients/attention-grad-sampled.ts";
export {
  type AttentionGradTopKOptions,
  attentionGradTopK,
  type TopKAttentionGradients,
} from "./gradients/attention-grad-top-k.ts";
export type { AttentionGradientInput, AttentionGradients } from "./gradients/gradient-input.ts";
export { type WalkInput, type WalkOptions, type WalkProduct, walkTransposeProduct } from "./gradients/walk-transpose-product.ts";
export {
  type KnnAttentionOptions,
  type KnnAttentionReport,
  type KnnAttentionResult,
  knnAttention,
  type TopKAttentionOptions,
  topKAttention,
} from "./knn/knn-attention.ts";
export {
  type Accuracy,
  type GroupedSamples,
  meanSamples,
  medianOfMeansSamples,
  releasedSamples,
  type TailSamples,
  tailSamples,
  walkSamples,
} from "./sampling/budgets.ts";
export { type ExpectedTail, expectedTail } from "./sampling/expected-tail.ts";
export { type GumbelAttentionOptions, type GumbelAttentionResult, gumbelAttention } from "./sampling/gumbel-attention.ts";
export {
  createLazyGumbelSampler,
  type LazyGumbelDraw,
  type LazyGumbelSampleOptions,
  type LazyGumbelSampler,
  lazyGumbelSample,
} from "./sampling/lazy-gumbel.ts";
export type { AttentionDotProducts, NearestKeyOptions } from "./sampling/nearest-keys.ts";
export type { SoftmaxDistribution } from "./sampling/softmax-distribution.ts";
export { type SoftmaxExpectation, type SoftmaxExpectationOptions, softmaxExpectation } from "./sampling/softmax-expectation.ts";
