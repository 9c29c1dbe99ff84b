import { type DropoutOptions, dropout } from "@attnlab/attention";
import { customOption, type OptionRule, oneOfOption, optionTable } from "@attnlab/check";
import { gelu, relu, type Tensor } from "@attnlab/graph";
import { type LinearParams, linear } from "./linear.ts";

/** Nonlinearity of a hidden layer: `"gelu"` is the exact one with erf, `"gelu-tanh"` its usual approximation. */
export type Activation = "gelu" | "gelu-tanh" | "relu";

/** The rule of every `activation` option. */
export const activationOption: OptionRule<Activation> = oneOfOption(["gelu", "gelu-tanh", "relu"], {
  doc: "Nonlinearity of the hidden layer.",
  default: "gelu",
});

/** Parameters of {@link mlp}. */
export interface MlpParams<T = Tensor> {
  /** `width` to `hidden`. */
  readonly up: LinearParams<T>;
  /** `hidden` to `width`. */
  readonly down: LinearParams<T>;
}

/** Options of {@link mlp}. */
export interface MlpOptions {
  /** Default `"gelu"`. */
  readonly activation?: Activation;
  /** Dropout on the hidden layer. Default: none. */
  readonly dropout?: DropoutOptions;
}

const table = optionTable("mlp", {
  activation: activationOption,
  dropout: customOption<DropoutOptions | undefined>({
    doc: "Dropout on the hidden layer.",
    expected: "{ rate, key }",
    accepts: (value) => typeof value === "object" && value !== null,
    invalid: [0.1, null],
  }),
});

/**
 * Two linear layers with a nonlinearity between them: $\sigma(x W_1 + b_1) W_2 + b_2$.
 *
 * Shapes: `x [..., width]` → `[..., width]`. Keeps the dtype.
 *
 * @param options.activation - $\sigma$; default `"gelu"`.
 * @param options.dropout - dropout on the hidden layer; default: none.
 * @throws {@link OptionError} on an unknown or bad option.
 */
export function mlp(params: MlpParams, x: Tensor, options?: MlpOptions): Tensor {
  const { activation, dropout: drop } = table.parse(options);
  const hidden = activate(linear(params.up, x), activation);
  return linear(params.down, drop === undefined ? hidden : dropout(hidden, drop));
}

function activate(x: Tensor, activation: Activation): Tensor {
  if (activation === "relu") return relu(x);
  return gelu(x, { approximation: activation === "gelu" ? "none" : "tanh" });
}
