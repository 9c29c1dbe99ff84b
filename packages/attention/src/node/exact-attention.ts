import { optionTable } from "@attnlab/check";
import { type AttentionInput, type AttentionResult, checkAttentionInput } from "./attention-input.ts";
import { type AttentionKernel, withKernel } from "./attention-kernel.ts";
import { type CommonAttentionOptions, commonRules } from "./attention-options.ts";
import { queryRows, scoreSizes, tileKeys } from "./exact-keys.ts";
import { exactRows, queryBlock } from "./exact-rows.ts";
import { writeRows } from "./partial-sums.ts";
import { checkVisibility, emptyResult, type VisibleHead, visibleHeads } from "./visible-head.ts";

/** Options of {@link exactAttention}. */
export type ExactAttentionOptions = CommonAttentionOptions;

const table = optionTable("exactAttention", commonRules);

/**
 * Exact attention in blocks, $o_i = \sum_j e^{s\langle q_i, k_j\rangle - \text{lse}_i} v_j$, by ONNX Runtime: no matrix of all scores is formed.
 *
 * Shapes: `query [batch, heads, queries, headDim]`, `key [batch, heads, keys, headDim]`, `value [batch, heads, keys, valueDim]` → `output
 * [batch, heads, queries, valueDim]`, `lse [batch, heads, queries]`. The leading axes may be any that the three share.
 *
 * Memory beside the result: a block of 2048 queries, and a copy of the keys of one head where scores may leave float32. Causal attention skips hidden blocks.
 *
 * @param input - finite float32 tensors.
 * @param options.scale - $s$; default `1 / Math.sqrt(headDim)`.
 * @param options.causal - hide keys after the query, the last query aligned with the last key; default `false`.
 * @param options.keyMask - visible keys, `[batch, keys]` for padding; a hidden key is as good as deleted. Default: all.
 * @param options.kernel - sessions kept between calls; default: opened for this call.
 * @param options.threads - threads of the sessions of this call; default 1.
 * @returns a query that sees no key gets zeros, and minus infinity in `lse`.
 * @throws DtypeError, ShapeError or DataError for input that does not fit, is empty or not finite; OptionError for a bad option; NotFoundError
 * when onnxruntime-node is not installed.
 * @example
 * ```ts
 * import { tensorData } from "@attnlab/check";
 * import { exactAttention } from "@attnlab/attention/node";
 * const query = tensorData("float32", [1, 1, 1, 2], [0, 0]);
 * const key = tensorData("float32", [1, 1, 2, 2], [1, 2, 3, 4]);
 * const value = tensorData("float32", [1, 1, 2, 1], [10, 20]);
 * const { output, lse } = await exactAttention({ query, key, value });
 * output.data; // => Float32Array [15]
 * lse.data[0]; // => 0.6931
 * ```
 * @see Milakov and Gimelshein 2018 for the online softmax; Dao et al. 2022.
 */
export async function exactAttention(input: AttentionInput, options?: ExactAttentionOptions): Promise<AttentionResult> {
  const { scale, causal, keyMask, ...kernelOptions } = table.parse({ ...options });
  const sizes = checkAttentionInput(table.owner, input);
  checkVisibility(table.owner, sizes, { causal, keyMask });
  const result = emptyResult(sizes);
  await withKernel(table.owner, kernelOptions, async (kernel) => {
    for (const head of visibleHeads(table.owner, input, sizes, { causal, keyMask })) {
      await exactHead(kernel, head, scale ?? 1 / Math.sqrt(sizes.headDim), result);
    }
  });
  return result;
}

/** Exact attention of one head, written to its place in the result. */
export async function exactHead(kernel: AttentionKernel, head: VisibleHead, scale: number, result: AttentionResult): Promise<void> {
  const { queries, query, limits, index } = head;
  if (head.keys === 0) return;
  const keys = tileKeys(head, (await scoreSizes(kernel, query, head, scale)).shifted);
  const blocks = Math.ceil(queries / queryBlock(limits));
  for (let block = 0; block < blocks; block++) {
    const [start, end] = [Math.floor((block * queries) / blocks), Math.floor(((block + 1) * queries) / blocks)];
    const rows = { ...queryRows(query, keys, scale, start, end), limits: limits?.subarray(start, end) };
    writeRows(result, index * queries + start, await exactRows(kernel, keys, rows));
  }
}
