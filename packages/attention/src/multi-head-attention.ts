import { customOption, integerOption, type OptionRule, optionTable } from "@attnlab/check";
import { add, isTensor, matmul, type Tensor } from "@attnlab/graph";
import type { AttendOptions } from "./attend.ts";
import { type AttentionChoice, attentionOption, resolveAttention } from "./attention-choice.ts";
import { mergeHeads, splitHeads } from "./heads.ts";

/** A linear map $xW + b$; `T` is tensor data outside a program and a traced tensor inside. */
export interface ProjectionParams<T = Tensor> {
  /** `[inputs, outputs]`. */
  readonly weight: T;
  /** `[outputs]`. Default: none. */
  readonly bias?: T;
}

/** Parameters of {@link multiHeadAttention}. */
export interface MultiHeadAttentionParams<T = Tensor> {
  /** `[width, numHeads * headDim]`. */
  readonly query: ProjectionParams<T>;
  /** `[contextWidth, numHeads * headDim]`. */
  readonly key: ProjectionParams<T>;
  /** `[contextWidth, numHeads * valueDim]`. */
  readonly value: ProjectionParams<T>;
  /** `[numHeads * valueDim, width]`. */
  readonly output: ProjectionParams<T>;
}

/** Options of {@link multiHeadAttention}: its own, and those of the attention. */
export interface MultiHeadAttentionOptions extends AttendOptions {
  /** Number of heads. Required. */
  readonly numHeads: number;
  /** `[..., keys, contextWidth]`: what keys and values are made of. Default: `x`, which is self-attention. */
  readonly context?: Tensor;
  /** What the heads do. Default `"dot-product"`. */
  readonly attention?: AttentionChoice;
}

const passedOn = (doc: string): OptionRule<unknown> =>
  customOption<unknown>({ doc, expected: "an option of attend", accepts: () => true, invalid: [] });

const table = optionTable("multiHeadAttention", {
  numHeads: integerOption({ doc: "Number of heads.", min: 1, required: true }),
  context: customOption<Tensor | undefined>({
    doc: "What keys and values are made of.",
    expected: "a traced tensor",
    accepts: isTensor,
    invalid: [null, 1],
  }),
  attention: attentionOption,
  scale: passedOn("Factor on the scores."),
  mask: passedOn("Visible keys, broadcast to [..., numHeads, queries, keys]."),
  causal: passedOn("Hide keys after the query."),
  dropout: passedOn("Dropout on the weights."),
  softmaxGradient: passedOn("Gradient of the softmax."),
});

/**
 * Multi-head attention: $\operatorname{concat}_h\bigl(\operatorname{attend}(xW^Q_h, cW^K_h, cW^V_h)\bigr)\,W^O$.
 *
 * Shapes: `x [batch, queries, width]`, `context [batch, keys, contextWidth]` → `[batch, queries, width]`; a mask broadcasts to
 * `[batch, numHeads, queries, keys]`. Keeps the dtype.
 *
 * @param params - four projections, each with or without a bias.
 * @param options.numHeads - required.
 * @param options.context - $c$; default `x`.
 * @param options.attention - what the heads do: `"dot-product"` (the default), `"expressive"`, or a function with the signature of
 *   {@link attend}, for example `(q, k, v, o) => expressiveAttention(q, k, v, { ...o, power: 4 })`.
 * @param options - `scale`, `mask`, `causal`, `dropout` of every attention, and `softmaxGradient` of {@link attend}.
 * @throws {@link ShapeError} when the widths do not fit or are no multiple of `numHeads`.
 * @throws {@link OptionError} on an unknown or bad option.
 * @see Vaswani et al. 2017, section 3.2.2.
 */
export function multiHeadAttention(params: MultiHeadAttentionParams, x: Tensor, options: MultiHeadAttentionOptions): Tensor {
  const { numHeads, context = x, attention } = table.parse(options);
  const { numHeads: _heads, context: _context, attention: _choice, ...rest } = options;
  const query = splitHeads(project(params.query, x), numHeads); // [batch, numHeads, queries, headDim]
  const key = splitHeads(project(params.key, context), numHeads); // [batch, numHeads, keys, headDim]
  const value = splitHeads(project(params.value, context), numHeads); // [batch, numHeads, keys, valueDim]
  return project(params.output, mergeHeads(resolveAttention(attention).attend(query, key, value, rest))); // [batch, queries, width]
}

function project({ weight, bias }: ProjectionParams, x: Tensor): Tensor {
  const product = matmul(x, weight);
  return bias === undefined ? product : add(product, bias);
}
