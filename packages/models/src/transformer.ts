import {
  type AttentionChoice,
  attentionOption,
  dropout,
  type MultiHeadAttentionParams,
  multiHeadAttention,
  resolveAttention,
  splitHeads,
} from "@attnlab/attention";
import {
  booleanOption,
  integerOption,
  numberOption,
  OptionError,
  oneOfOption,
  optionTable,
  problem,
  type TensorData,
} from "@attnlab/check";
import { add, randomSplit, type Tensor } from "@attnlab/graph";
import type { Rng } from "@attnlab/random";
import { constantTensor, dtypeOption, type FloatDtype, filledTensor } from "./float-dtype.ts";
import { initLayerNorm, type LayerNormParams, layerNorm } from "./layer-norm.ts";
import { initLinear, type LinearParams, linear } from "./linear.ts";
import { type Activation, activationOption, type MlpParams, mlp } from "./mlp.ts";

/** Sizes and kinds of a stack of transformer blocks. */
export interface TransformerConfig {
  /** Size of a token's vector. Required. */
  readonly width: number;
  /** Number of blocks. Required. */
  readonly numLayers: number;
  /** Heads of every block. Required. */
  readonly numHeads: number;
  /** Size of a head. Default `width / numHeads`. */
  readonly headDim?: number;
  /** Size of the hidden layer. Default `4 * width`. */
  readonly mlpWidth?: number;
  /** Where the layer norm stands: `"pre"` is $x + f(\mathrm{LN}(x))$, `"post"` is $\mathrm{LN}(x + f(x))$. Default `"pre"`. */
  readonly norm?: "pre" | "post";
  /** Default `"gelu"`. */
  readonly activation?: Activation;
  /** Biases everywhere but in the query, key and value projections. Default `false`. */
  readonly bias?: boolean;
  /** Hide later tokens. Default `false`. */
  readonly causal?: boolean;
  /** What the heads do: `"dot-product"`, `"expressive"`, or a function with the signature of `attend`. Default `"dot-product"`. */
  readonly attention?: AttentionChoice;
  /** Dropout rate of the outputs of attention and MLP. Default 0. */
  readonly dropout?: number;
  /** Dropout rate of the attention weights. Default 0. */
  readonly attentionDropout?: number;
  /** Dropout rate of the hidden layer. Default 0. */
  readonly hiddenDropout?: number;
  /**
   * `"fan-in"`: uniform in $\pm 1/\sqrt{\text{inputs}}$, PyTorch's default. `"gpt2"`: normal with standard deviation 0.02, divided by
   * $\sqrt{2 \cdot \text{numLayers}}$ in front of the residual sums, biases 0. Default `"fan-in"`.
   */
  readonly init?: "fan-in" | "gpt2";
  /** Default `"float32"`. */
  readonly dtype?: FloatDtype;
}

/** Parameters of one block. */
export interface BlockParams<T = Tensor> {
  readonly attention: MultiHeadAttentionParams<T>;
  readonly attentionNorm: LayerNormParams<T>;
  readonly mlp: MlpParams<T>;
  readonly mlpNorm: LayerNormParams<T>;
}

/** Parameters of {@link transformer}, one entry per block. */
export type TransformerParams<T = Tensor> = readonly BlockParams<T>[];

/** What {@link transformer} works on. */
export interface TransformerInputs {
  /** `[batch, tokens, width]`. */
  readonly x: Tensor;
  /** Bool, broadcast to `[batch, numHeads, tokens, tokens]`; `false` hides a key. Default: none. */
  readonly mask?: Tensor;
  /** Key of the dropout, which is off without it. */
  readonly dropoutKey?: Tensor;
}

const rate = (doc: string): ReturnType<typeof numberOption> => numberOption({ doc, min: 0, below: 1, default: 0 });
const table = optionTable("transformer", {
  width: integerOption({ doc: "Size of a token's vector.", min: 1, required: true }),
  numLayers: integerOption({ doc: "Number of blocks.", min: 0, required: true }),
  numHeads: integerOption({ doc: "Heads of every block.", min: 1, required: true }),
  headDim: { ...integerOption({ doc: "Size of a head.", min: 1 }), fallback: undefined as number | undefined },
  mlpWidth: { ...integerOption({ doc: "Size of the hidden layer.", min: 1 }), fallback: undefined as number | undefined },
  norm: oneOfOption(["pre", "post"], { doc: "Where the layer norm stands.", default: "pre" }),
  activation: activationOption,
  bias: booleanOption({ doc: "Biases everywhere but in the query, key and value projections.", default: false }),
  causal: booleanOption({ doc: "Hide later tokens.", default: false }),
  attention: attentionOption,
  dropout: rate("Dropout rate of the outputs of attention and MLP."),
  attentionDropout: rate("Dropout rate of the attention weights."),
  hiddenDropout: rate("Dropout rate of the hidden layer."),
  init: oneOfOption(["fan-in", "gpt2"], { doc: "Distribution of the first weights.", default: "fan-in" }),
  dtype: dtypeOption,
});

/**
 * Draws the parameters of {@link transformer}.
 *
 * @param rng - source of the numbers; it is split, not moved.
 * @throws {@link OptionError} on an unknown or bad option.
 */
export function initTransformer(rng: Rng, config: TransformerConfig): TransformerParams<TensorData> {
  const { width, numLayers, numHeads, bias, init, dtype, ...rest } = table.parse(config);
  const inner = numHeads * (rest.headDim ?? width / numHeads);
  if (rest.headDim === undefined && width % numHeads !== 0) {
    const got = `width ${width} and numHeads ${numHeads}`;
    const fix = "Choose numHeads among the divisors of width, or give headDim.";
    throw new OptionError(problem({ where: "transformer", expected: "numHeads must divide width", got, fix }));
  }
  const hidden = rest.mlpWidth ?? 4 * width;
  return Array.from({ length: numLayers }, (_, layer) => {
    const own = rng.split(layer);
    const layerOf = (name: string, inputs: number, outputs: number, withBias: boolean, std: number): LinearParams<TensorData> => {
      if (init === "fan-in") return initLinear(own.split(name), { inputs, outputs, bias: withBias, dtype });
      const weight = filledTensor(dtype, [inputs, outputs], (values) => own.split(name).fillNormal(values, { std }));
      return withBias ? { weight, bias: constantTensor(dtype, [outputs], 0) } : { weight };
    };
    const residual = 0.02 / Math.sqrt(2 * numLayers);
    return {
      attention: {
        query: layerOf("query", width, inner, false, 0.02),
        key: layerOf("key", width, inner, false, 0.02),
        value: layerOf("value", width, inner, false, 0.02),
        output: layerOf("output", inner, width, bias, residual),
      },
      attentionNorm: initLayerNorm({ width, bias, dtype }),
      mlp: { up: layerOf("up", width, hidden, bias, 0.02), down: layerOf("down", hidden, width, bias, residual) },
      mlpNorm: initLayerNorm({ width, bias, dtype }),
    };
  });
}

/**
 * A stack of transformer blocks: self-attention and an MLP, each with a residual sum and a layer norm.
 *
 * Shapes: `x [batch, tokens, width]` → `[batch, tokens, width]`. Keeps the dtype. A pre-norm stack ends without a norm.
 *
 * @param inputs.mask - visible keys; default: all.
 * @param inputs.dropoutKey - turns the dropout rates of `config` on.
 * @throws {@link OptionError} on an unknown or bad option of `config`; {@link ShapeError} when the sizes do not fit.
 * @see Vaswani et al. 2017, section 3.1 (post-norm); Xiong et al. 2020 (pre-norm).
 */
export function transformer(params: TransformerParams, inputs: TransformerInputs, config: TransformerConfig): Tensor {
  let { x } = inputs;
  blocks(params, inputs, config).forEach((block) => {
    x = block(x);
  });
  return x; // [batch, tokens, width]
}

/**
 * The attention weights of one block, without dropout.
 *
 * Shapes: `x [batch, tokens, width]` → `[batch, numHeads, tokens, tokens]`.
 *
 * @param inputs - as for {@link transformer}, without a dropout key.
 * @param config - as for {@link transformer}, and `layer`, the block's number from 0; default: the last.
 * @throws {@link OptionError} on an unknown or bad option.
 */
export function transformerAttention(
  params: TransformerParams,
  inputs: TransformerInputs,
  config: TransformerConfig & { readonly layer?: number },
): Tensor {
  const { layer = params.length - 1, ...rest } = config;
  layerTable(params.length).parse({ layer });
  const { numHeads, norm, causal, attention: choice } = table.parse(rest);
  const { x: first, mask } = inputs;
  const x = transformer(params.slice(0, layer), { x: first, ...(mask === undefined ? {} : { mask }) }, { ...rest, numLayers: layer });
  const { attention, attentionNorm } = params[layer] as BlockParams;
  const seen = norm === "pre" ? layerNorm(attentionNorm, x) : x;
  const query = splitHeads(linear(attention.query, seen), numHeads); // [batch, numHeads, tokens, headDim]
  const key = splitHeads(linear(attention.key, seen), numHeads); // [batch, numHeads, tokens, headDim]
  return resolveAttention(choice).weights(query, key, { causal, ...(mask === undefined ? {} : { mask }) }); // [batch, numHeads, tokens, tokens]
}

function layerTable(count: number): ReturnType<typeof optionTable<{ layer: ReturnType<typeof integerOption> }>> {
  return optionTable("transformerAttention", {
    layer: integerOption({ doc: "Number of the block.", min: 0, max: count - 1, required: true }),
  });
}

function blocks(
  params: TransformerParams,
  { mask, dropoutKey }: TransformerInputs,
  config: TransformerConfig,
): readonly ((x: Tensor) => Tensor)[] {
  const { numHeads, norm, activation, causal, attention, ...rates } = table.parse(config);
  // Keys are split off together, because that costs as much as one.
  const keys = dropoutKey === undefined ? [] : randomSplit(dropoutKey, Math.max(4 * params.length, 1));
  return params.map((block, layer) => {
    const [weightsKey, attentionKey, hiddenKey, mlpKey] = keys.slice(4 * layer, 4 * layer + 4);
    const attend = (x: Tensor): Tensor =>
      multiHeadAttention(block.attention, x, {
        numHeads,
        causal,
        attention,
        ...(mask === undefined ? {} : { mask }),
        ...(weightsKey === undefined ? {} : { dropout: { rate: rates.attentionDropout, key: weightsKey } }),
      });
    const think = (x: Tensor): Tensor =>
      mlp(block.mlp, x, { activation, ...(hiddenKey === undefined ? {} : { dropout: { rate: rates.hiddenDropout, key: hiddenKey } }) });
    const residual = (x: Tensor, f: (x: Tensor) => Tensor, weights: LayerNormParams, key: Tensor | undefined): Tensor => {
      const change = f(norm === "pre" ? layerNorm(weights, x) : x);
      const sum = add(x, key === undefined ? change : dropout(change, { rate: rates.dropout, key }));
      return norm === "pre" ? sum : layerNorm(weights, sum);
    };
    return (x) => residual(residual(x, attend, block.attentionNorm, attentionKey), think, block.mlpNorm, mlpKey);
  });
}
