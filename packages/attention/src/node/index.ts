export type { AttentionInput, AttentionResult, BoolTensor, FloatTensor } from "./attention-input.ts";
export {
  type AttentionKernel,
  type AttentionKernelOptions,
  createAttentionKernel,
  type KernelModel,
  type KernelOptions,
} from "./attention-kernel.ts";
export type { CommonAttentionOptions } from "./attention-options.ts";
export { type ExactAttentionOptions, exactAttention } from "./exact-attention.ts";
