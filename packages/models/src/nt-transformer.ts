import { type AttentionChoice, attentionOption, resolveAttention, type ScoreScale } from "@attnlab/attention";
import { customOption, integerOption, optionTable, problem, ShapeError, showShape, type TensorData } from "@attnlab/check";
import { broadcastTo, concat, iota, oneHot, pad, type Tensor } from "@attnlab/graph";
import type { Rng } from "@attnlab/random";
import { dtypeOption, type FloatDtype } from "./float-dtype.ts";
import { initLayerNorm, type LayerNormParams, layerNorm } from "./layer-norm.ts";
import { initLinear, type LinearParams, linear } from "./linear.ts";
import { type BlockParams, type TransformerConfig, type TransformerParams, transformer, transformerAttention } from "./transformer.ts";

/** Sizes of an {@link ntTransformer}. */
export interface NtTransformerConfig {
  /** $N$, the number of tokens. Required. */
  readonly vocabSize: number;
  /** Tokens of context. Required. */
  readonly contextLength: number;
  /** Default 1. */
  readonly numLayers?: number;
  /** Default 1. */
  readonly numHeads?: number;
  /** Size of the hidden layer. Default four times the size of a token's vector. */
  readonly mlpWidth?: number;
  /** What the heads do: `"dot-product"`, `"expressive"`, or a function with the signature of `attend`. Default `"dot-product"`. */
  readonly attention?: AttentionChoice;
  /** Factor on the scores: a number, `"none"` for 1, or `"sqrtHeadDim"` for `1 / Math.sqrt(headDim)`. Default `"sqrtHeadDim"`. */
  readonly scale?: ScoreScale;
  /** Default `"float32"`. */
  readonly dtype?: FloatDtype;
}

/** Parameters of {@link ntTransformer}. */
export interface NtTransformerParams<T = Tensor> {
  readonly blocks: TransformerParams<T>;
  readonly norm: LayerNormParams<T>;
  /** `[width, vocabSize]` and bias. */
  readonly readOut: LinearParams<T>;
}

/** What {@link ntTransformer} works on. */
export interface NtTransformerInputs {
  /** `[batch, tokens]` int64, at most `contextLength` tokens. */
  readonly tokens: Tensor;
}

const table = optionTable("ntTransformer", {
  vocabSize: integerOption({ doc: "Number of tokens.", min: 1, required: true }),
  contextLength: integerOption({ doc: "Tokens of context.", min: 1, required: true }),
  numLayers: integerOption({ doc: "Number of blocks.", min: 1, default: 1 }),
  numHeads: integerOption({ doc: "Heads of every block.", min: 1, default: 1 }),
  mlpWidth: { ...integerOption({ doc: "Size of the hidden layer.", min: 1 }), fallback: undefined as number | undefined },
  attention: attentionOption,
  scale: customOption<ScoreScale>({
    doc: "Factor on the scores.",
    default: "sqrtHeadDim",
    expected: 'a finite number, "none" or "sqrtHeadDim"',
    accepts: (value) => value === "none" || value === "sqrtHeadDim" || Number.isFinite(value),
    invalid: ["1", Number.NaN, null],
  }),
  dtype: dtypeOption,
});

/** Tokens and positions side by side, filled up with zeros until the heads divide it. */
function widthOf({ vocabSize, contextLength, numHeads }: Pick<Resolved, "vocabSize" | "contextLength" | "numHeads">): number {
  return Math.ceil((vocabSize + contextLength) / numHeads) * numHeads;
}

type Resolved = ReturnType<typeof table.parse>;

/**
 * Draws the parameters of {@link ntTransformer}: weights and biases uniform in $\pm 1/\sqrt{\text{inputs}}$, scales 1, shifts 0.
 *
 * @param rng - source of the numbers; it is split, not moved.
 * @throws {@link OptionError} on an unknown or bad option.
 */
export function initNtTransformer(rng: Rng, config: NtTransformerConfig): NtTransformerParams<TensorData> {
  const resolved = table.parse(config);
  const { vocabSize, numLayers, dtype } = resolved;
  const width = widthOf(resolved);
  const hidden = resolved.mlpWidth ?? 4 * width;
  const blocks = Array.from({ length: numLayers }, (_, layer): BlockParams<TensorData> => {
    const own = rng.split(layer);
    const projection = (name: string): LinearParams<TensorData> =>
      initLinear(own.split(name), { inputs: width, outputs: width, bias: false, dtype });
    return {
      attention: { query: projection("query"), key: projection("key"), value: projection("value"), output: projection("output") },
      attentionNorm: initLayerNorm({ width, dtype }),
      mlp: {
        up: initLinear(own.split("up"), { inputs: width, outputs: hidden, dtype }),
        down: initLinear(own.split("down"), { inputs: hidden, outputs: width, dtype }),
      },
      mlpNorm: initLayerNorm({ width, dtype }),
    };
  });
  const readOut = initLinear(rng.split("readOut"), { inputs: width, outputs: vocabSize, dtype });
  return { blocks, norm: initLayerNorm({ width, dtype }), readOut };
}

/**
 * A small causal transformer for next-token tasks, such as modular-delay sequences, on fixed orthogonal embeddings.
 *
 * Each token is its one-hot vector beside that of its position, so every two differ by a right angle and nothing of the input is learned.
 * Pre-norm blocks with ReLU, without biases in the attention; a last norm and a linear read-out.
 *
 * Shapes: `tokens [batch, tokens]` int64 → `[batch, tokens, vocabSize]`: logits of the next token at every place.
 *
 * @param config - the sizes that the parameters were made for, and `attention` and `scale`, which need none.
 * @throws {@link OptionError} on an unknown or bad option; {@link ShapeError} when there are more than `contextLength` tokens.
 * @example
 * ```ts
 * import { countParameters, initNtTransformer } from "@attnlab/models";
 * import { createRng } from "@attnlab/random";
 * countParameters(initNtTransformer(createRng(1), { vocabSize: 16, contextLength: 24 })); // => 20296
 * ```
 */
export function ntTransformer(params: NtTransformerParams, inputs: NtTransformerInputs, config: NtTransformerConfig): Tensor {
  const { x, blocks } = prepare(inputs, config);
  return linear(params.readOut, layerNorm(params.norm, transformer(params.blocks, { x }, blocks))); // [batch, tokens, vocabSize]
}

/**
 * The attention weights of one block of {@link ntTransformer}.
 *
 * Shapes: `tokens [batch, tokens]` int64 → `[batch, numHeads, tokens, tokens]`.
 *
 * @param config - as for {@link ntTransformer}, and `layer`, the block's number from 0; default: the last.
 * @throws {@link OptionError} on an unknown or bad option.
 */
export function ntTransformerAttention(
  params: NtTransformerParams,
  inputs: NtTransformerInputs,
  config: NtTransformerConfig & { readonly layer?: number },
): Tensor {
  const { layer = params.blocks.length - 1, ...own } = config;
  const { x, blocks } = prepare(inputs, own);
  return transformerAttention(params.blocks, { x }, { ...blocks, layer });
}

function prepare({ tokens }: NtTransformerInputs, config: NtTransformerConfig): { readonly x: Tensor; readonly blocks: TransformerConfig } {
  const resolved = table.parse(config);
  const { vocabSize, contextLength, numLayers, numHeads, mlpWidth, attention, scale, dtype } = resolved;
  const [batch, length] = tokens.shape;
  if (batch === undefined || length === undefined || tokens.shape.length !== 2 || length > contextLength) {
    const expected = `tokens must be [batch, tokens] with at most contextLength = ${contextLength} tokens`;
    throw new ShapeError(problem({ where: "ntTransformer", expected, got: showShape(tokens.shape), fix: "Cut longer sequences." }));
  }
  const width = widthOf(resolved);
  const places = broadcastTo(oneHot(iota("int64", length), contextLength, dtype), [batch, length, contextLength]);
  const pair = concat([oneHot(tokens, vocabSize, dtype), places], -1); // [batch, tokens, vocabSize + contextLength]
  const gap = width - vocabSize - contextLength;
  const x =
    gap === 0
      ? pair
      : pad(pair, [
          [0, 0],
          [0, 0],
          [0, gap],
        ]); // [batch, tokens, width]
  const { attend } = resolveAttention(attention);
  const blocks: TransformerConfig = {
    width,
    numLayers,
    numHeads,
    ...(mlpWidth === undefined ? {} : { mlpWidth }),
    norm: "pre",
    activation: "relu",
    bias: true,
    causal: true,
    attention: (query, key, value, options) => attend(query, key, value, { ...options, scale }),
    dtype,
  };
  return { x, blocks };
}
