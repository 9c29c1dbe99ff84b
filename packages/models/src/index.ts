export {
  type AttentionClassifierConfig,
  type AttentionClassifierInputs,
  type AttentionClassifierParams,
  attentionClassifier,
  attentionClassifierWeights,
} from "./attention-classifier.ts";
export { type CharGptConfig, type CharGptInputs, type CharGptParams, charGpt, initCharGpt } from "./char-gpt.ts";
export { countParameters } from "./count-parameters.ts";
export { type EmbeddingConfig, type EmbeddingParams, embedding, initEmbedding } from "./embedding.ts";
export type { FloatDtype } from "./float-dtype.ts";
export { initLayerNorm, type LayerNormConfig, type LayerNormParams, layerNorm } from "./layer-norm.ts";
export { initLinear, type LinearConfig, type LinearParams, linear } from "./linear.ts";
export { type CgdMemformerParams, cgdMemformer, initCgdMemformer } from "./memformer/cgd-memformer.ts";
export { cgdAsLfom, conjugateGradientMemformer } from "./memformer/conjugate-gradient-weights.ts";
export {
  type FirstOrderConfig,
  firstOrderMemformer,
  heavyBallMemformer,
  type MomentumMemformerConfig,
  nesterovMemformer,
} from "./memformer/first-order-weights.ts";
export {
  type InitLfomMemformerConfig,
  initLfomMemformer,
  type LfomGate,
  type LfomMemformerConfig,
  type LfomMemformerParams,
  type LfomVariant,
  lfomMemformer,
} from "./memformer/lfom-memformer.ts";
export type { LinearAttentionLayer } from "./memformer/linear-layer.ts";
export {
  type InitLinearTransformerConfig,
  initLinearTransformer,
  type LinearTransformerParams,
  linearTransformer,
} from "./memformer/linear-transformer.ts";
export type { MemformerConfig } from "./memformer/memformer-config.ts";
export type { PromptInputs } from "./memformer/prompt-tokens.ts";
export { initSmallBatchMemformer, type SmallBatchMemformerParams, smallBatchMemformer } from "./memformer/small-batch-memformer.ts";
export type { MemformerOutput } from "./memformer/unroll-layers.ts";
export { type Activation, type MlpOptions, type MlpParams, mlp } from "./mlp.ts";
export {
  initNtTransformer,
  type NtTransformerConfig,
  type NtTransformerInputs,
  type NtTransformerParams,
  ntTransformer,
  ntTransformerAttention,
} from "./nt-transformer.ts";
export {
  initTextClassifier,
  type TextClassifierConfig,
  type TextClassifierInputs,
  type TextClassifierParams,
  textClassifier,
  textClassifierAttention,
} from "./text-classifier.ts";
export {
  type BlockParams,
  initTransformer,
  type TransformerConfig,
  type TransformerInputs,
  type TransformerParams,
  transformer,
  transformerAttention,
} from "./transformer.ts";
export { type TwoLayerStages, twoLayerStages } from "./two-layer-stages.ts";
export {
  type StageMeasures,
  type TwoLayerSignCounts,
  type TwoLayerTrackers,
  twoLayerSignCounts,
  twoLayerStageMeasures,
  twoLayerTransformerTrackers,
} from "./two-layer-trackers.ts";
export {
  initTwoLayerTransformer,
  type TwoLayerTransformerConfig,
  type TwoLayerTransformerInputs,
  type TwoLayerTransformerParams,
  type TwoLayerTransformerPass,
  type TwoLayerTransformerSizes,
  twoLayerTransformer,
  twoLayerTransformerAttention,
  twoLayerTransformerLogits,
  twoLayerTransformerPass,
} from "./two-layer-transformer.ts";
export {
  initVisionTransformer,
  type VisionTransformerConfig,
  type VisionTransformerInputs,
  type VisionTransformerParams,
  visionTransformer,
} from "./vision-transformer.ts";
