import type { ProjectionParams } from "@attnlab/attention";
import { booleanOption, integerOption, optionTable, type TensorData } from "@attnlab/check";
import { add, matmul, type Tensor } from "@attnlab/graph";
import type { Rng } from "@attnlab/random";
import { dtypeOption, type FloatDtype, filledTensor } from "./float-dtype.ts";

/** Parameters of {@link linear}: `weight [inputs, outputs]` and, unless left out, `bias [outputs]`. */
export type LinearParams<T = Tensor> = ProjectionParams<T>;

/** Options of {@link initLinear}. */
export interface LinearConfig {
  /** Size of the last axis of the input. Required. */
  readonly inputs: number;
  /** Size of the last axis of the result. Required. */
  readonly outputs: number;
  /** Default `true`. */
  readonly bias?: boolean;
  /** Default `"float32"`. */
  readonly dtype?: FloatDtype;
}

const table = optionTable("initLinear", {
  inputs: integerOption({ doc: "Size of the last axis of the input.", min: 1, required: true }),
  outputs: integerOption({ doc: "Size of the last axis of the result.", min: 1, required: true }),
  bias: booleanOption({ doc: "Add a bias.", default: true }),
  dtype: dtypeOption,
});

/**
 * Draws the parameters of {@link linear}: weights and bias uniform in $\pm 1/\sqrt{\text{inputs}}$, PyTorch's default.
 *
 * @param rng - source of the numbers; it is split, not moved.
 * @throws {@link OptionError} on an unknown or bad option.
 */
export function initLinear(rng: Rng, config: LinearConfig): LinearParams<TensorData> {
  const { inputs, outputs, bias, dtype } = table.parse(config);
  const high = 1 / Math.sqrt(inputs);
  const draw = (name: string, shape: readonly number[]): TensorData =>
    filledTensor(dtype, shape, (values) => rng.split(name).fillUniform(values, { low: -high, high }));
  const weight = draw("weight", [inputs, outputs]);
  return bias ? { weight, bias: draw("bias", [outputs]) } : { weight };
}

/**
 * A linear layer: $xW + b$.
 *
 * Shapes: `x [..., inputs]`, `weight [inputs, outputs]`, `bias [outputs]` → `[..., outputs]`. Keeps the dtype. PyTorch stores the
 * transpose of our weight.
 *
 * @throws {@link ShapeError} when `x` and `weight` differ in `inputs`.
 */
export function linear({ weight, bias }: LinearParams, x: Tensor): Tensor {
  const product = matmul(x, weight);
  return bias === undefined ? product : add(product, bias);
}
