import { type AttentionChoice, attentionOption, dropout } from "@attnlab/attention";
import { booleanOption, integerOption, numberOption, optionTable, problem, ShapeError, showShape, type TensorData } from "@attnlab/check";
import { add, matmul, randomSplit, sliceAxis, type Tensor } from "@attnlab/graph";
import type { Rng } from "@attnlab/random";
import { type EmbeddingParams, embedding, initEmbedding } from "./embedding.ts";
import { dtypeOption, type FloatDtype } from "./float-dtype.ts";
import { initLayerNorm, type LayerNormParams, layerNorm } from "./layer-norm.ts";
import { type Activation, activationOption } from "./mlp.ts";
import { initTransformer, type TransformerConfig, type TransformerParams, transformer } from "./transformer.ts";

/** Sizes of a {@link charGpt}. The defaults make 804,096 parameters. */
export interface CharGptConfig {
  /** Number of characters. Default 65. */
  readonly vocabSize?: number;
  /** Most tokens of context. Default 64. */
  readonly maxLength?: number;
  /** Default 128. */
  readonly width?: number;
  /** Default 4. */
  readonly numLayers?: number;
  /** Default 4. */
  readonly numHeads?: number;
  /** Default `"gelu"`. */
  readonly activation?: Activation;
  /** Biases in layer norms, MLPs and output projections. Default `false`. */
  readonly bias?: boolean;
  /** Rate on embeddings, attention weights, attention output and MLP output, while a dropout key is given. Default 0. */
  readonly dropout?: number;
  /** What the heads do: `"dot-product"`, `"expressive"`, or a function with the signature of `attend`. Default `"dot-product"`. */
  readonly attention?: AttentionChoice;
  /** Default `"float32"`. */
  readonly dtype?: FloatDtype;
}

/** Parameters of {@link charGpt}. */
export interface CharGptParams<T = Tensor> {
  /** `[vocabSize, width]`: embedding and, transposed, the output layer. */
  readonly tokens: EmbeddingParams<T>;
  /** `[maxLength, width]`. */
  readonly positions: EmbeddingParams<T>;
  readonly blocks: TransformerParams<T>;
  readonly norm: LayerNormParams<T>;
}

/** What {@link charGpt} works on. */
export interface CharGptInputs {
  /** `[batch, tokens]` int64. */
  readonly tokens: Tensor;
  /** Key of the dropout, which is off without it. */
  readonly dropoutKey?: Tensor;
}

const table = optionTable("charGpt", {
  vocabSize: integerOption({ doc: "Number of characters.", min: 1, default: 65 }),
  maxLength: integerOption({ doc: "Most tokens of context.", min: 1, default: 64 }),
  width: integerOption({ doc: "Size of a token's vector.", min: 1, default: 128 }),
  numLayers: integerOption({ doc: "Number of blocks.", min: 1, default: 4 }),
  numHeads: integerOption({ doc: "Heads of every block.", min: 1, default: 4 }),
  activation: activationOption,
  bias: booleanOption({ doc: "Biases in layer norms, MLPs and output projections.", default: false }),
  dropout: numberOption({ doc: "Dropout rate.", min: 0, below: 1, default: 0 }),
  attention: attentionOption,
  dtype: dtypeOption,
});

/**
 * Draws the parameters of {@link charGpt}: normal with standard deviation 0.02, smaller in front of the residual sums.
 *
 * @param rng - source of the numbers; it is split, not moved.
 * @throws {@link OptionError} on an unknown or bad option.
 */
export function initCharGpt(rng: Rng, config: CharGptConfig): CharGptParams<TensorData> {
  const { vocabSize, maxLength, width, bias, dtype } = table.parse(config);
  return {
    tokens: initEmbedding(rng.split("tokens"), { count: vocabSize, width, std: 0.02, dtype }),
    positions: initEmbedding(rng.split("positions"), { count: maxLength, width, std: 0.02, dtype }),
    blocks: initTransformer(rng.split("blocks"), transformerConfig(config)),
    norm: initLayerNorm({ width, bias, dtype }),
  };
}

/**
 * A small causal language model: learned positions, pre-norm blocks, output layer tied to the embedding.
 *
 * Shapes: `tokens [batch, tokens]` int64 → `[batch, tokens, vocabSize]`: logits of the next token at every place.
 *
 * @param inputs.dropoutKey - turns dropout on.
 * @param config - the sizes that the parameters were made for.
 * @throws {@link OptionError} on an unknown or bad option; {@link ShapeError} when there are more than `maxLength` tokens.
 * @see Radford et al. 2019 (GPT-2).
 */
export function charGpt(params: CharGptParams, inputs: CharGptInputs, config: CharGptConfig): Tensor {
  const { maxLength, dropout: rate } = table.parse(config);
  const { tokens, dropoutKey } = inputs;
  const length = tokens.shape[1];
  if (length === undefined || tokens.shape.length !== 2 || length > maxLength) {
    const expected = `tokens must be [batch, tokens] with at most maxLength = ${maxLength} tokens`;
    throw new ShapeError(problem({ where: "charGpt", expected, got: showShape(tokens.shape), fix: "Cut longer texts." }));
  }
  const keys = dropoutKey === undefined ? undefined : randomSplit(dropoutKey, 2);
  const places = sliceAxis(params.positions.table, 0, 0, length); // [tokens, width]
  const embedded = add(embedding(params.tokens, tokens), places); // [batch, tokens, width]
  const x = keys === undefined ? embedded : dropout(embedded, { rate, key: keys[0] as Tensor });
  const states = transformer(params.blocks, keys === undefined ? { x } : { x, dropoutKey: keys[1] as Tensor }, transformerConfig(config));
  return matmul(layerNorm(params.norm, states), params.tokens.table, { transposeB: true }); // [batch, tokens, vocabSize]
}

function transformerConfig(config: CharGptConfig): TransformerConfig {
  const { vocabSize: _vocabSize, maxLength: _maxLength, dropout: rate, ...sizes } = table.parse(config);
  return { ...sizes, norm: "pre", causal: true, dropout: rate, attentionDropout: rate, init: "gpt2" };
}
