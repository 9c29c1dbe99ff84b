import { booleanOption, integerOption, optionTable, type TensorData } from "@attnlab/check";
import { add, mul, layerNorm as standardize, type Tensor } from "@attnlab/graph";
import { constantTensor, dtypeOption, type FloatDtype } from "./float-dtype.ts";

/** Parameters of {@link layerNorm}. */
export interface LayerNormParams<T = Tensor> {
  /** `[width]`. */
  readonly scale: T;
  /** `[width]`. Default: none. */
  readonly bias?: T;
}

/** Options of {@link initLayerNorm}. */
export interface LayerNormConfig {
  /** Size of the last axis. Required. */
  readonly width: number;
  /** Default `true`. */
  readonly bias?: boolean;
  /** Default `"float32"`. */
  readonly dtype?: FloatDtype;
}

const table = optionTable("initLayerNorm", {
  width: integerOption({ doc: "Size of the last axis.", min: 1, required: true }),
  bias: booleanOption({ doc: "Add a bias.", default: true }),
  dtype: dtypeOption,
});

/**
 * The parameters of {@link layerNorm} before training: scale 1, bias 0.
 *
 * @throws {@link OptionError} on an unknown or bad option.
 */
export function initLayerNorm(config: LayerNormConfig): LayerNormParams<TensorData> {
  const { width, bias, dtype } = table.parse(config);
  const scale = constantTensor(dtype, [width], 1);
  return bias ? { scale, bias: constantTensor(dtype, [width], 0) } : { scale };
}

/**
 * Layer normalisation over the last axis: $\gamma \odot (x - \mu) / \sqrt{\sigma^2 + 10^{-5}} + \beta$, with the biased variance.
 *
 * Shapes: `x [..., width]`, `scale [width]`, `bias [width]` → `[..., width]`. Keeps the dtype.
 *
 * @see Ba, Kiros, Hinton 2016; $\gamma$ is our `scale`, $\beta$ our `bias`.
 */
export function layerNorm({ scale, bias }: LayerNormParams, x: Tensor): Tensor {
  const scaled = mul(standardize(x), scale);
  return bias === undefined ? scaled : add(scaled, bias);
}
