import {
  integerOption,
  numberOption,
  oneOfOption,
  optionTable,
  problem,
  ShapeError,
  showShape,
  type TensorData,
  tensorData,
} from "@attnlab/check";
import { matmul, mean, mul, reshape, sliceAxis, softmax, sub, sum, type Tensor } from "@attnlab/graph";
import type { Rng } from "@attnlab/random";
import type { FloatDtype } from "./float-dtype.ts";

/** Parameters of {@link twoLayerTransformer}: plain matrices without biases. */
export interface TwoLayerTransformerParams<T = Tensor> {
  /** $W_Q$: `[keyDim, dim]`. */
  readonly query: T;
  /** $W_K$: `[keyDim, dim]`. */
  readonly key: T;
  /** $W_V$: `[classes, neurons, dim]`; with two classes the first group votes for +1, the second for -1. */
  readonly value: T;
}

/** What {@link twoLayerTransformer} works on. */
export interface TwoLayerTransformerInputs {
  /** $X$: `[samples, patches, dim]`. */
  readonly patches: Tensor;
}

/** Options of {@link twoLayerTransformer}. */
export interface TwoLayerTransformerConfig {
  /** Gradient of the softmax. Default `"stable"`. */
  readonly softmaxGradient?: "standard" | "stable";
}

/** Sizes of {@link initTwoLayerTransformer}. The defaults are the reference configuration of our sign-descent experiments. */
export interface TwoLayerTransformerSizes {
  /** $d$, size of a patch. Required. */
  readonly dim: number;
  /** $m_k$, rows of the query and key matrices. Default 30. */
  readonly keyDim?: number;
  /** $m_v$, value neurons of each class. Default 20. */
  readonly neurons?: number;
  /** Default 2. */
  readonly classes?: number;
  /** $\sigma_0$, standard deviation of every entry. Default 0.002. */
  readonly std?: number;
  /** Default `"float64"`: the signs of saturated gradients need it. */
  readonly dtype?: FloatDtype;
}

const table = optionTable("twoLayerTransformer", {
  softmaxGradient: oneOfOption(["standard", "stable"], { doc: "Gradient of the softmax.", default: "stable" }),
});

const sizesTable = optionTable("initTwoLayerTransformer", {
  dim: integerOption({ doc: "Size of a patch.", min: 1, required: true }),
  keyDim: integerOption({ doc: "Rows of the query and key matrices.", min: 1, default: 30 }),
  neurons: integerOption({ doc: "Value neurons of each class.", min: 1, default: 20 }),
  classes: integerOption({ doc: "Number of classes.", min: 2, default: 2 }),
  std: numberOption({ doc: "Standard deviation of every entry.", min: 0, default: 2e-3 }),
  dtype: oneOfOption(["float32", "float64"], { doc: "Element type.", default: "float64" }),
});

/**
 * Draws the parameters of {@link twoLayerTransformer}: every entry from $N(0, \sigma_0^2)$.
 *
 * Shapes: `query` and `key` `[keyDim, dim]`, `value [classes, neurons, dim]`.
 *
 * @param rng - source of the numbers; it is split, not moved.
 * @throws {@link OptionError} on an unknown or bad option.
 */
export function initTwoLayerTransformer(rng: Rng, sizes: TwoLayerTransformerSizes): TwoLayerTransformerParams<TensorData> {
  const { dim, keyDim, neurons, classes, std, dtype } = sizesTable.parse(sizes);
  const normal = (label: string, shape: readonly number[]): TensorData => {
    const values = new Float64Array(shape.reduce((a, b) => a * b, 1));
    return tensorData(dtype, shape, rng.split(label).fillNormal(values, { std }));
  };
  return { query: normal("query", [keyDim, dim]), key: normal("key", [keyDim, dim]), value: normal("value", [classes, neurons, dim]) };
}

/**
 * One softmax attention layer and a fixed read-out of two groups of value neurons: $F(X) = F_{+1}(X) - F_{-1}(X)$ with
 * $F_j(X) = \frac{1}{m_v}\sum_r \sum_l w_{V,j,r}^\top X^\top p_l$ and $p_l = \operatorname{softmax}_a \langle W_Q x_l, W_K x_a\rangle$.
 *
 * Shapes: `patches [samples, patches, dim]`, `query` and `key` `[keyDim, dim]`, `value [2, neurons, dim]` → `[samples]`: the sign is the
 * class. No factor on the scores, no positions, no bias. Keeps the dtype.
 *
 * @param config.softmaxGradient - default `"stable"`: with two patches it is the product $p_1 p_2$ of the closed form, so that signs of
 *   gradients stay right when an attention weight is nearly 1.
 * @throws {@link ShapeError} when the sizes do not fit or there are not two groups; {@link OptionError} on an unknown or bad option.
 * @example
 * ```ts
 * import { tensorData } from "@attnlab/check";
 * import { evaluate, specOf, trace } from "@attnlab/graph";
 * import { twoLayerTransformer } from "@attnlab/models";
 * const zero = tensorData("float64", [3, 2], new Float64Array(6));
 * const params = { query: zero, key: zero, value: tensorData("float64", [2, 1, 2], [1, 0, 0, 1]) };
 * const inputs = { patches: tensorData("float64", [1, 2, 2], [5, 0, 0, 2]) };
 * const program = trace((params, inputs) => twoLayerTransformer(params, inputs), [specOf(params), specOf(inputs)]);
 * evaluate(program, [params, inputs]).data; // => Float64Array [3]
 * ```
 * @see Li et al. 2025 (arXiv 2410.04870); the paper's $v$ is the difference of the groups' means. That the read-out is fixed and that the
 * logits have no factor is our reading.
 */
export function twoLayerTransformer(
  params: TwoLayerTransformerParams,
  inputs: TwoLayerTransformerInputs,
  config?: TwoLayerTransformerConfig,
): Tensor {
  return twoLayerTransformerPass(params, inputs, config).output;
}

/** The parts of one forward pass of {@link twoLayerTransformer}. */
export interface TwoLayerTransformerPass {
  /** $F(X)$: `[samples]`. */
  readonly output: Tensor;
  /** $p_l$, a row per query patch: `[samples, patches, patches]`. */
  readonly attention: Tensor;
  /** $W_Q x_l$: `[samples, patches, keyDim]`. */
  readonly queries: Tensor;
  /** $W_K x_l$: `[samples, patches, keyDim]`. */
  readonly keys: Tensor;
  /** $\langle v, x_l\rangle$ with $v = \bar w_{V,+1} - \bar w_{V,-1}$: `[samples, patches]`. */
  readonly values: Tensor;
}

/**
 * The forward pass of {@link twoLayerTransformer} with all its parts, for `twoLayerTransformerTrackers`.
 *
 * Shapes: as in {@link TwoLayerTransformerPass}.
 *
 * @throws {@link ShapeError} when the sizes do not fit or there are not two groups; {@link OptionError} on an unknown or bad option.
 */
export function twoLayerTransformerPass(
  params: TwoLayerTransformerParams,
  inputs: TwoLayerTransformerInputs,
  config?: TwoLayerTransformerConfig,
): TwoLayerTransformerPass {
  const [classes] = params.value.shape;
  if (classes !== 2) {
    const fix = "Use twoLayerTransformerLogits for more classes.";
    const got = showShape(params.value.shape);
    throw new ShapeError(problem({ where: "twoLayerTransformer", expected: "value must be [2, neurons, dim]", got, fix }));
  }
  const rows = flatPatches(params, inputs); // [samples * patches, dim]
  const layer = attentionLayer(params, { rows, patches: inputs.patches }, config);
  const means = mean(params.value, 1); // [2, dim]
  const difference = sub(sliceAxis(means, 0, 0, 1), sliceAxis(means, 0, 1, 2)); // v: [1, dim]
  const received = sum(layer.attention, 1); // summed over query patches: [samples, patches]
  const values = reshape(matmul(rows, difference, { transposeB: true }), received.shape); // [samples, patches]
  return { ...layer, values, output: sum(mul(received, values), -1) };
}

/**
 * The scores $F_j(X)$ of {@link twoLayerTransformer} for every group, for any number of classes.
 *
 * Shapes: as there with `value [classes, neurons, dim]` → `[samples, classes]`.
 *
 * @throws {@link ShapeError} when the sizes do not fit; {@link OptionError} on an unknown or bad option.
 */
export function twoLayerTransformerLogits(
  params: TwoLayerTransformerParams,
  inputs: TwoLayerTransformerInputs,
  config?: TwoLayerTransformerConfig,
): Tensor {
  const rows = flatPatches(params, inputs); // [samples * patches, dim]
  const { attention } = attentionLayer(params, { rows, patches: inputs.patches }, config);
  const [samples, patches] = attention.shape as [number, number, number];
  const means = mean(params.value, 1); // [classes, dim]
  const classes = means.shape[0] as number;
  const values = reshape(matmul(rows, means, { transposeB: true }), [samples, patches, classes]); // [samples, patches, classes]
  return sum(mul(reshape(sum(attention, 1), [samples, patches, 1]), values), 1); // [samples, classes]
}

/**
 * The attention of {@link twoLayerTransformer}, for any number of classes: $p_l = \operatorname{softmax}_a \langle W_Q x_l, W_K x_a\rangle$.
 *
 * Shapes: as there → `[samples, patches, patches]`, a row per query patch.
 *
 * @throws {@link ShapeError} when the sizes do not fit; {@link OptionError} on an unknown or bad option.
 */
export function twoLayerTransformerAttention(
  params: TwoLayerTransformerParams,
  inputs: TwoLayerTransformerInputs,
  config?: TwoLayerTransformerConfig,
): Tensor {
  return attentionLayer(params, { rows: flatPatches(params, inputs), patches: inputs.patches }, config).attention;
}

function attentionLayer(
  { query, key }: TwoLayerTransformerParams,
  { rows, patches }: TwoLayerTransformerInputs & { readonly rows: Tensor },
  config: TwoLayerTransformerConfig | undefined,
): Pick<TwoLayerTransformerPass, "attention" | "queries" | "keys"> {
  const { softmaxGradient } = table.parse(config);
  const [samples, count] = patches.shape as [number, number, number];
  const shape = [samples, count, query.shape[0] as number];
  // One matrix product over all patches: its gradient is one product too.
  const queries = reshape(matmul(rows, query, { transposeB: true }), shape); // [samples, patches, keyDim]
  const keys = reshape(matmul(rows, key, { transposeB: true }), shape); // [samples, patches, keyDim]
  const attention = softmax(matmul(queries, keys, { transposeB: true }), -1, { gradient: softmaxGradient }); // [samples, patches, patches]
  return { attention, queries, keys };
}

function flatPatches(params: TwoLayerTransformerParams, inputs: TwoLayerTransformerInputs): Tensor {
  checkSizes(params, inputs);
  const [samples, count, dim] = inputs.patches.shape as [number, number, number];
  return reshape(inputs.patches, [samples * count, dim]); // [samples * patches, dim]
}

function checkSizes({ query, key, value }: TwoLayerTransformerParams, { patches }: TwoLayerTransformerInputs): void {
  const dim = patches.shape.at(-1);
  const fits =
    patches.shape.length === 3 &&
    query.shape.length === 2 &&
    query.shape[1] === dim &&
    key.shape.length === 2 &&
    key.shape[0] === query.shape[0] &&
    key.shape[1] === dim &&
    value.shape.length === 3 &&
    value.shape[2] === dim;
  if (fits) return;
  throw new ShapeError(
    problem({
      where: "twoLayerTransformer",
      expected: "patches [samples, patches, dim], query and key [keyDim, dim] and value [classes, neurons, dim] must fit",
      got: [patches, query, key, value].map(({ shape }) => showShape(shape)).join(", "),
      fix: "Give all of them the same dim, and query and key the same keyDim.",
    }),
  );
}
