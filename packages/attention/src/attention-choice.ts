import { customOption, type OptionRule } from "@attnlab/check";
import { cast, equal, expandDims, iota, type Tensor } from "@attnlab/graph";
import { attend, attentionWeights } from "./attend.ts";
import { expressiveAttention, expressiveAttentionWeights } from "./expressive-attention.ts";
import type { AttentionOptions } from "./score-options.ts";

/** Any attention with the signature of {@link attend}; linear in its values. */
export type AttentionFunction = (query: Tensor, key: Tensor, value: Tensor, options?: AttentionOptions) => Tensor;

/** Which attention a model uses: `"dot-product"` is {@link attend}, `"expressive"` {@link expressiveAttention}, a function any other. */
export type AttentionChoice = "dot-product" | "expressive" | AttentionFunction;

/** The rule of every `attention` option. */
export const attentionOption: OptionRule<AttentionChoice> = customOption<AttentionChoice>({
  doc: "Which attention is used.",
  default: "dot-product",
  expected: '"dot-product", "expressive" or a function such as attend',
  accepts: (value) => value === "dot-product" || value === "expressive" || typeof value === "function",
  invalid: ["softmax", 1, null],
});

/** An attention and its weights. */
export interface ResolvedAttention {
  readonly attend: AttentionFunction;
  /** Shapes: `query [..., queries, headDim]`, `key [..., keys, headDim]` → `[..., queries, keys]`. */
  readonly weights: (query: Tensor, key: Tensor, options?: Omit<AttentionOptions, "dropout">) => Tensor;
}

/**
 * The functions behind a choice of attention.
 *
 * The weights of a function of your own are what it makes of the identity as values.
 *
 * @throws {@link OptionError} on an unknown name; see {@link attentionOption}.
 */
export function resolveAttention(choice: AttentionChoice = "dot-product"): ResolvedAttention {
  if (choice === "dot-product") return { attend, weights: attentionWeights };
  if (choice === "expressive") return { attend: expressiveAttention, weights: expressiveAttentionWeights };
  return { attend: choice, weights: (query, key, options) => choice(query, key, identityMatrix(key), options) };
}

function identityMatrix(key: Tensor): Tensor {
  const place = iota("int64", key.shape.at(-2) as number); // [keys]
  return cast(equal(expandDims(place, 1), place), key.dtype); // [keys, keys]
}
