import { type AttentionChoice, attentionOption, dropout } from "@attnlab/attention";
import {
  integerOption,
  numberOption,
  OptionError,
  optionTable,
  problem,
  ShapeError,
  sameShape,
  showShape,
  type TensorData,
} from "@attnlab/check";
import { add, broadcastTo, concat, randomSplit, reshape, sliceAxis, type Tensor, transpose } from "@attnlab/graph";
import type { Rng } from "@attnlab/random";
import { type EmbeddingParams, initEmbedding } from "./embedding.ts";
import { dtypeOption, type FloatDtype } from "./float-dtype.ts";
import { initLayerNorm, type LayerNormParams, layerNorm } from "./layer-norm.ts";
import { initLinear, type LinearParams, linear } from "./linear.ts";
import { initTransformer, type TransformerConfig, type TransformerParams, transformer } from "./transformer.ts";

/** Sizes of a {@link visionTransformer}. The defaults are those of the mirror-descent paper's CIFAR-10 run: 9,564,682 parameters. */
export interface VisionTransformerConfig {
  /** Height and width of an image in pixels. Default 48. */
  readonly imageSize?: number;
  /** Height and width of a patch in pixels, a divisor of `imageSize`. Default 4. */
  readonly patchSize?: number;
  /** Default 3. */
  readonly channels?: number;
  /** Default 10. */
  readonly numClasses?: number;
  /** Default 512. */
  readonly width?: number;
  /** Default 6. */
  readonly numLayers?: number;
  /** Default 8. */
  readonly numHeads?: number;
  /** Default 64. */
  readonly headDim?: number;
  /** Default 512. */
  readonly mlpWidth?: number;
  /** Rate on embeddings, attention output, hidden layer and MLP output, while a dropout key is given. Default 0.1. */
  readonly dropout?: number;
  /** What the heads do: `"dot-product"`, `"expressive"`, or a function with the signature of `attend`. Default `"dot-product"`. */
  readonly attention?: AttentionChoice;
  /** Default `"float32"`. */
  readonly dtype?: FloatDtype;
}

/** Parameters of {@link visionTransformer}. */
export interface VisionTransformerParams<T = Tensor> {
  /** `[patchSize * patchSize * channels, width]` and bias. */
  readonly patches: LinearParams<T>;
  /** `[1, width]`: the class token. */
  readonly classToken: EmbeddingParams<T>;
  /** `[1 + patches, width]`. */
  readonly positions: EmbeddingParams<T>;
  readonly blocks: TransformerParams<T>;
  readonly norm: LayerNormParams<T>;
  /** `[width, numClasses]` and bias. */
  readonly head: LinearParams<T>;
}

/** What {@link visionTransformer} works on. */
export interface VisionTransformerInputs {
  /** `[batch, channels, imageSize, imageSize]`. */
  readonly images: Tensor;
  /** Key of the dropout, which is off without it. */
  readonly dropoutKey?: Tensor;
}

const size = (doc: string, fallback: number): ReturnType<typeof integerOption> => integerOption({ doc, min: 1, default: fallback });
const table = optionTable("visionTransformer", {
  imageSize: size("Height and width of an image.", 48),
  patchSize: size("Height and width of a patch.", 4),
  channels: size("Channels of an image.", 3),
  numClasses: size("Number of classes.", 10),
  width: size("Size of a token's vector.", 512),
  numLayers: size("Number of blocks.", 6),
  numHeads: size("Heads of every block.", 8),
  headDim: size("Size of a head.", 64),
  mlpWidth: size("Size of the hidden layer.", 512),
  dropout: numberOption({ doc: "Dropout rate.", min: 0, below: 1, default: 0.1 }),
  attention: attentionOption,
  dtype: dtypeOption,
});

/**
 * Draws the parameters of {@link visionTransformer}: class token and positions from N(0, 1), linear layers uniform in
 * $\pm 1/\sqrt{\text{inputs}}$, scales 1 and biases of layer norms 0.
 *
 * @param rng - source of the numbers; it is split, not moved.
 * @throws {@link OptionError} on an unknown or bad option, or when `patchSize` does not divide `imageSize`.
 */
export function initVisionTransformer(rng: Rng, config: VisionTransformerConfig): VisionTransformerParams<TensorData> {
  const { channels, patchSize, numClasses, width, dtype, side } = resolve(config);
  return {
    patches: initLinear(rng.split("patches"), { inputs: patchSize * patchSize * channels, outputs: width, dtype }),
    classToken: initEmbedding(rng.split("classToken"), { count: 1, width, dtype }),
    positions: initEmbedding(rng.split("positions"), { count: 1 + side * side, width, dtype }),
    blocks: initTransformer(rng.split("blocks"), transformerConfig(config)),
    norm: initLayerNorm({ width, dtype }),
    head: initLinear(rng.split("head"), { inputs: width, outputs: numClasses, dtype }),
  };
}

/**
 * A vision transformer: patches as tokens, a class token, learned positions, pre-norm blocks, and a linear head on the class token.
 *
 * Shapes: `images [batch, channels, imageSize, imageSize]` → `[batch, numClasses]`: logits.
 *
 * @param inputs.dropoutKey - turns dropout on.
 * @param config - the sizes that the parameters were made for.
 * @throws {@link OptionError} on an unknown or bad option; {@link ShapeError} when the images have another size.
 * @see Dosovitskiy et al. 2021. Pixels of a patch are ordered row, column, channel; no bias in query, key and value.
 */
export function visionTransformer(
  params: VisionTransformerParams,
  inputs: VisionTransformerInputs,
  config: VisionTransformerConfig,
): Tensor {
  const { width, numClasses, dropout: rate } = table.parse(config);
  const { images, dropoutKey } = inputs;
  const batch = images.shape[0] as number;
  const keys = dropoutKey === undefined ? undefined : randomSplit(dropoutKey, 2);
  const tokens = linear(params.patches, cutPatches(images, config)); // [batch, patches, width]
  const first = broadcastTo(params.classToken.table, [batch, 1, width]); // [batch, 1, width]
  const embedded = add(concat([first, tokens], 1), params.positions.table); // [batch, 1 + patches, width]
  const x = keys === undefined ? embedded : dropout(embedded, { rate, key: keys[0] as Tensor });
  const states = transformer(params.blocks, keys === undefined ? { x } : { x, dropoutKey: keys[1] as Tensor }, transformerConfig(config));
  const summary = layerNorm(params.norm, sliceAxis(states, 1, 0, 1)); // [batch, 1, width]
  return reshape(linear(params.head, summary), [batch, numClasses]); // [batch, numClasses]
}

function cutPatches(images: Tensor, config: VisionTransformerConfig): Tensor {
  const { channels, imageSize, patchSize, side } = resolve(config);
  if (images.shape.length !== 4 || !sameShape(images.shape.slice(1), [channels, imageSize, imageSize])) {
    const expected = `images must be ${showShape([channels, imageSize, imageSize])} after the batch axis`;
    throw new ShapeError(problem({ where: "visionTransformer", expected, got: showShape(images.shape), fix: "Resize the images." }));
  }
  const batch = images.shape[0] as number;
  const cut = reshape(images, [batch, channels, side, patchSize, side, patchSize]); // [batch, channels, rows, patchSize, columns, patchSize]
  const ordered = transpose(cut, [0, 2, 4, 3, 5, 1]); // [batch, rows, columns, patchSize, patchSize, channels]
  return reshape(ordered, [batch, side * side, patchSize * patchSize * channels]); // [batch, patches, patchSize² channels]
}

function resolve(config: VisionTransformerConfig): ReturnType<typeof table.parse> & { readonly side: number } {
  const resolved = table.parse(config);
  const side = resolved.imageSize / resolved.patchSize;
  if (!Number.isInteger(side)) {
    const got = `imageSize ${resolved.imageSize} and patchSize ${resolved.patchSize}`;
    throw new OptionError(
      problem({ where: "visionTransformer", expected: "patchSize must divide imageSize", got, fix: "Change one of them." }),
    );
  }
  return { ...resolved, side };
}

function transformerConfig(config: VisionTransformerConfig): TransformerConfig {
  const { width, numLayers, numHeads, headDim, mlpWidth, dropout: rate, attention, dtype } = table.parse(config);
  return { width, numLayers, numHeads, headDim, mlpWidth, norm: "pre", bias: true, dropout: rate, hiddenDropout: rate, attention, dtype };
}
