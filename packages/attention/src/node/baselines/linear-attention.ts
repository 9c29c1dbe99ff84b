import { optionTable } from "@attnlab/check";
import { type AttentionInput, type AttentionResult, checkAttentionInput } from "../attention-input.ts";
import { withKernel } from "../attention-kernel.ts";
import { type CommonAttentionOptions, commonRules } from "../attention-options.ts";
import { checkVisibility, emptyResult, visibleHeads } from "../visible-head.ts";
import { type FeatureMap, rootFactors } from "./feature-map.ts";
import { featureRows } from "./feature-rows.ts";

/** Options of {@link linearAttention}. */
export type LinearAttentionOptions = CommonAttentionOptions;

const table = optionTable("linearAttention", commonRules);

/**
 * Linear attention, $o_i = \frac{\varphi(q_i)^\top \sum_j \varphi(k_j) v_j^\top}{\varphi(q_i)^\top \sum_j \varphi(k_j)}$ with $\varphi(x) = \operatorname{elu}(x) + 1$ in
 * each coordinate. It is a kernel of its own, not an estimate of softmax attention.
 *
 * Shapes: those of `exactAttention`. Time grows with `(queries + keys) * headDim * valueDim`, memory beside the result with `headDim *
 * valueDim`; causal attention is a running sum.
 *
 * @param input - finite float32 tensors.
 * @param options.scale - queries and keys are multiplied by $\sqrt{|s|}$ before $\varphi$, keys by its sign too; default 1, as in the paper.
 * @param options.causal - hide keys after the query, the last query aligned with the last key; default `false`.
 * @param options.keyMask - visible keys; a hidden key is as good as deleted. Default: all.
 * @returns `lse` is the logarithm of the normaliser, $\log \varphi(q_i)^\top \sum_j \varphi(k_j)$. A query that sees no key gets zeros, and minus
 * infinity in `lse`.
 * @throws DtypeError, ShapeError or DataError for input that does not fit, is empty or not finite; OptionError for a bad option.
 * @example With $\varphi(0) = 1$ every key has the same weight:
 * ```ts
 * import { tensorData } from "@attnlab/check";
 * import { linearAttention } from "@attnlab/attention/node";
 * const query = tensorData("float32", [1, 1, 1, 2], [0, 0]);
 * const key = tensorData("float32", [1, 1, 2, 2], [0, 1, 1, 0]);
 * const value = tensorData("float32", [1, 1, 2, 1], [10, 20]);
 * const { output, lse } = await linearAttention({ query, key, value });
 * output.data; // => Float32Array [15]
 * lse.data[0]; // => 1.7918
 * ```
 * @see Katharopoulos et al. 2020, eq. (7) to (12). Their `eps` is not needed: see the numerics of the package.
 */
export async function linearAttention(input: AttentionInput, options?: LinearAttentionOptions): Promise<AttentionResult> {
  const { scale, causal, keyMask, ...kernelOptions } = table.parse({ ...options });
  const sizes = checkAttentionInput(table.owner, input);
  checkVisibility(table.owner, sizes, { causal, keyMask });
  const result = emptyResult(sizes);
  const map = eluFeatures(sizes.headDim, scale ?? 1);
  await withKernel(table.owner, kernelOptions, async (kernel) => {
    for (const head of visibleHeads(table.owner, input, sizes, { causal, keyMask })) {
      (await featureRows(kernel, head, map)).write(result, head.index);
    }
  });
  return result;
}

/** $\log(\operatorname{elu}(x) + 1)$: $x$ below 0, $\log(1 + x)$ above. */
function eluFeatures(size: number, scale: number): FeatureMap {
  const factors = rootFactors(scale);
  const logOf = (x: number): number => (x > 0 ? Math.log1p(x) : x);
  return {
    size,
    queryConstant: () => 0,
    write: (out, data, from, role) => {
      for (let j = 0; j < size; j++) out[j] = logOf(factors[role] * (data[from + j] as number));
    },
    logs: async (_kernel, { data, start, end, role }) => data.subarray(start * size, end * size).map((x) => logOf(factors[role] * x)),
  };
}
