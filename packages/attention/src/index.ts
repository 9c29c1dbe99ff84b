export { type AttendOptions, type AttentionWeightsOptions, attend, attentionWeights } from "./attend.ts";
export {
  type AttentionChoice,
  type AttentionFunction,
  attentionOption,
  type ResolvedAttention,
  resolveAttention,
} from "./attention-choice.ts";
export { type DropoutOptions, dropout } from "./dropout.ts";
export {
  type ExpressiveAttentionOptions,
  type ExpressiveAttentionWeightsOptions,
  expressiveAttention,
  expressiveAttentionWeights,
} from "./expressive-attention.ts";
export { mergeHeads, splitHeads } from "./heads.ts";
export {
  type MultiHeadAttentionOptions,
  type MultiHeadAttentionParams,
  multiHeadAttention,
  type ProjectionParams,
} from "./multi-head-attention.ts";
export type { AttentionOptions, ScoreScale } from "./score-options.ts";
export type { ScoreWeightOptions } from "./score-weights.ts";
export {
  type TopKAttendOptions,
  type TopKAttentionWeightsOptions,
  topKAttend,
  topKAttentionWeights,
} from "./top-k-attend.ts";
export {
  type UnnormalizedLinearAttentionOptions,
  type UnnormalizedLinearAttentionParams,
  unnormalizedLinearAttention,
} from "./unnormalized-linear-attention.ts";
export { causalMask } from "./visible-keys.ts";
