import { type AttentionChoice, attentionOption } from "@attnlab/attention";
import { integerOption, numberOption, optionTable, problem, ShapeError, showShape, type TensorData } from "@attnlab/check";
import { add, equal, expandDims, iota, logicalOr, notEqual, reshape, sliceAxis, type Tensor } from "@attnlab/graph";
import type { Rng } from "@attnlab/random";
import { type EmbeddingParams, embedding, initEmbedding } from "./embedding.ts";
import { dtypeOption, type FloatDtype } from "./float-dtype.ts";
import { initLinear, type LinearParams, linear } from "./linear.ts";
import {
  initTransformer,
  type TransformerConfig,
  type TransformerInputs,
  type TransformerParams,
  transformer,
  transformerAttention,
} from "./transformer.ts";

/** Sizes of a {@link textClassifier}. The defaults are those of the mirror-descent paper's movie reviews. */
export interface TextClassifierConfig {
  /** Number of blocks, and of heads in each: the paper's model size, 3, 4 or 6. Required. */
  readonly numLayers: number;
  /** Default `numLayers`. */
  readonly numHeads?: number;
  /** Default 30522. */
  readonly vocabSize?: number;
  /** Most tokens of a text. Default 512. */
  readonly maxLength?: number;
  /** Default 384. */
  readonly width?: number;
  /** Default `4 * width`. */
  readonly mlpWidth?: number;
  /** Id that fills short texts up. Default 0. */
  readonly padId?: number;
  /** Rate on attention weights, attention output and MLP output, while a dropout key is given. Default 0.2. */
  readonly dropout?: number;
  /** What the heads do: `"dot-product"`, `"expressive"`, or a function with the signature of `attend`. Default `"dot-product"`. */
  readonly attention?: AttentionChoice;
  /** Default `"float32"`. */
  readonly dtype?: FloatDtype;
}

/** Parameters of {@link textClassifier}. */
export interface TextClassifierParams<T = Tensor> {
  /** `[vocabSize, width]`. */
  readonly tokens: EmbeddingParams<T>;
  /** `[maxLength, width]`. */
  readonly positions: EmbeddingParams<T>;
  readonly blocks: TransformerParams<T>;
  /** `[width, 1]`. */
  readonly head: LinearParams<T>;
}

/** What {@link textClassifier} works on. */
export interface TextClassifierInputs {
  /** `[batch, tokens]` int64, the first token of each text being [CLS]. */
  readonly tokens: Tensor;
  /** Key of the dropout, which is off without it. */
  readonly dropoutKey?: Tensor;
}

const table = optionTable("textClassifier", {
  numLayers: integerOption({ doc: "Number of blocks.", min: 1, required: true }),
  numHeads: { ...integerOption({ doc: "Heads of every block.", min: 1 }), fallback: undefined as number | undefined },
  vocabSize: integerOption({ doc: "Number of token ids.", min: 1, default: 30522 }),
  maxLength: integerOption({ doc: "Most tokens of a text.", min: 1, default: 512 }),
  width: integerOption({ doc: "Size of a token's vector.", min: 1, default: 384 }),
  mlpWidth: { ...integerOption({ doc: "Size of the hidden layer.", min: 1 }), fallback: undefined as number | undefined },
  padId: integerOption({ doc: "Id that fills short texts up.", default: 0 }),
  dropout: numberOption({ doc: "Dropout rate.", min: 0, below: 1, default: 0.2 }),
  attention: attentionOption,
  dtype: dtypeOption,
});

/**
 * Draws the parameters of {@link textClassifier}: embeddings from N(0, 1), linear layers uniform in $\pm 1/\sqrt{\text{inputs}}$, scales 1.
 *
 * With the default sizes there are 17,228,160 of them for 3 blocks, 18,998,400 for 4 and 22,538,880 for 6.
 *
 * @param rng - source of the numbers; it is split, not moved.
 * @throws {@link OptionError} on an unknown or bad option.
 */
export function initTextClassifier(rng: Rng, config: TextClassifierConfig): TextClassifierParams<TensorData> {
  const { vocabSize, maxLength, width, dtype } = table.parse(config);
  return {
    tokens: initEmbedding(rng.split("tokens"), { count: vocabSize, width, dtype }),
    positions: initEmbedding(rng.split("positions"), { count: maxLength, width, dtype }),
    blocks: initTransformer(rng.split("blocks"), transformerConfig(config)),
    head: initLinear(rng.split("head"), { inputs: width, outputs: 1, bias: false, dtype }),
  };
}

/**
 * A transformer encoder that reads a text and gives one logit: the movie-review classifier of the mirror-descent paper.
 *
 * Token and position embeddings, post-norm blocks with exact GELU and without biases, and a linear head on the last state of
 * the first token. Keys that are padding are hidden, the first never is.
 *
 * Shapes: `tokens [batch, tokens]` int64 → `[batch]`: the logit of class 1.
 *
 * @param inputs.dropoutKey - turns dropout on.
 * @param config - the sizes that the parameters were made for.
 * @throws {@link OptionError} on an unknown or bad option; {@link ShapeError} when a text is longer than `maxLength`.
 * @example
 * ```ts
 * import { tensorData } from "@attnlab/check";
 * import { evaluate, specOf, trace } from "@attnlab/graph";
 * import { initTextClassifier, textClassifier } from "@attnlab/models";
 * import { createRng } from "@attnlab/random";
 * const config = { numLayers: 1, vocabSize: 10, maxLength: 4, width: 8 };
 * const params = initTextClassifier(createRng(1), config);
 * const inputs = { tokens: tensorData("int64", [2, 4], [1, 5, 7, 0, 1, 9, 0, 0]) };
 * const program = trace((params, inputs) => textClassifier(params, inputs, config), [specOf(params), specOf(inputs)]);
 * evaluate(program, [params, inputs]).shape; // => [2]
 * ```
 * @see Julistiono, Tarzanagh, Azizan, arXiv 2410.14581, and its published code.
 */
export function textClassifier(params: TextClassifierParams, inputs: TextClassifierInputs, config: TextClassifierConfig): Tensor {
  const states = transformer(params.blocks, encoderInputs(params, inputs, config), transformerConfig(config)); // [batch, tokens, width]
  const first = sliceAxis(states, 1, 0, 1); // [batch, 1, width]
  return reshape(linear(params.head, first), [inputs.tokens.shape[0] as number]); // [batch]
}

/**
 * The attention weights of one block of {@link textClassifier}, without dropout.
 *
 * Shapes: `tokens [batch, tokens]` → `[batch, numHeads, tokens, tokens]`; row 0 is what [CLS] attends to.
 *
 * @param config - the sizes that the parameters were made for, and `layer`, the block's number from 0; default: the last.
 * @throws {@link OptionError} on an unknown or bad option.
 */
export function textClassifierAttention(
  params: TextClassifierParams,
  inputs: Pick<TextClassifierInputs, "tokens">,
  config: TextClassifierConfig & { readonly layer?: number },
): Tensor {
  const { layer = params.blocks.length - 1, ...own } = config;
  return transformerAttention(params.blocks, encoderInputs(params, inputs, own), { ...transformerConfig(own), layer });
}

function encoderInputs(
  params: TextClassifierParams,
  { tokens, dropoutKey }: TextClassifierInputs,
  config: TextClassifierConfig,
): TransformerInputs {
  const { maxLength, padId } = table.parse(config);
  const length = tokens.shape[1];
  if (length === undefined || tokens.shape.length !== 2 || length > maxLength) {
    const expected = `tokens must be [batch, tokens] with at most maxLength = ${maxLength} tokens`;
    throw new ShapeError(problem({ where: "textClassifier", expected, got: showShape(tokens.shape), fix: "Cut longer texts." }));
  }
  const places = sliceAxis(params.positions.table, 0, 0, length); // [tokens, width]
  const x = add(embedding(params.tokens, tokens), places); // [batch, tokens, width]
  // The paper's code hides keys from padded queries too. No visible token and no loss ever reads what a padded query
  // gathers, so this mask gives the same logits and gradients and is `tokens` times smaller.
  const visible = logicalOr(notEqual(tokens, padId), equal(iota("int64", length), 0)); // [batch, tokens]
  const mask = expandDims(expandDims(visible, 1), 1); // [batch, 1, 1, tokens]
  return dropoutKey === undefined ? { x, mask } : { x, mask, dropoutKey };
}

function transformerConfig(config: TextClassifierConfig): TransformerConfig {
  const { numLayers, numHeads, width, mlpWidth, dropout, attention, dtype } = table.parse(config);
  const sizes = { width, numLayers, numHeads: numHeads ?? numLayers, ...(mlpWidth === undefined ? {} : { mlpWidth }) };
  return { ...sizes, norm: "post", dropout, attentionDropout: dropout, attention, dtype };
}
