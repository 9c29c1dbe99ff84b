export { type AttendOptions, type AttentionWeightsOptions, attend, attentionWeights } from "./attend.ts";
export { type DropoutOptions, dropout } from "./dropout.ts";
export { mergeHeads, splitHeads } from "./heads.ts";
export {
  type MultiHeadAttentionOptions,
  type MultiHeadAttentionParams,
  multiHeadAttention,
  type ProjectionParams,
} from "./multi-head-attention.ts";
export { causalMask } from "./visible-keys.ts";
