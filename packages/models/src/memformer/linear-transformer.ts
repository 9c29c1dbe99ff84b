import { integerOption, numberOption, oneOfOption, optionTable, type ResolvedOptions, type TensorData } from "@attnlab/check";
import type { Tensor } from "@attnlab/graph";
import type { Rng } from "@attnlab/random";
import { dtypeOption, type FloatDtype, filledTensor } from "../float-dtype.ts";
import { checkLayers, type LinearAttentionLayer, layerUpdate } from "./linear-layer.ts";
import { type MemformerConfig, memformerRules } from "./memformer-config.ts";
import { type PromptInputs, promptSizes } from "./prompt-tokens.ts";
import { unrollLayers } from "./unroll-layers.ts";

/** Parameters of {@link linearTransformer}; axes of runs may come first in every tensor. */
export interface LinearTransformerParams<T = Tensor> {
  readonly layers: readonly LinearAttentionLayer<T>[];
}

/** Sizes of {@link initLinearTransformer}. */
export interface InitLinearTransformerConfig {
  /** $d$, covariates of a token. Required. */
  readonly dim: number;
  /** $L$. Required. */
  readonly numLayers: number;
  /** One number per layer ("without preconditioning"), a matrix $A$ per layer, or matrices $A$ and $B$ (GD++). Default `"full"`. */
  readonly weights?: "scalar" | "full" | "gd++";
  /** Heads of every layer; without it there is no axis of heads. */
  readonly numHeads?: number;
  /** Standard deviation of the first weights. Default 1e-4, that of the papers' code. */
  readonly std?: number;
  /** Default `"float32"`. */
  readonly dtype?: FloatDtype;
}

/** The options that all initialisers of memformers share. */
export const initRules = {
  dim: integerOption({ doc: "Covariates of a token.", min: 1, required: true }),
  numLayers: integerOption({ doc: "Number of layers.", min: 1, required: true }),
  weights: oneOfOption(["scalar", "full", "gd++"], { doc: "What is trained in a layer.", default: "full" }),
  numHeads: { ...integerOption({ doc: "Heads of every layer.", min: 1 }), fallback: undefined as number | undefined },
  std: numberOption({ doc: "Standard deviation of the first weights.", min: 0, default: 1e-4 }),
  dtype: dtypeOption,
};

const initTable = optionTable("initLinearTransformer", initRules);
const table = optionTable("linearTransformer", memformerRules);

/**
 * Draws the parameters of {@link linearTransformer}, normal with a small standard deviation.
 *
 * @param rng - source of the numbers; it is split, not moved.
 * @throws {@link OptionError} on an unknown or bad option.
 * @example
 * ```ts
 * import { countParameters, initLinearTransformer } from "@attnlab/models";
 * import { createRng } from "@attnlab/random";
 * countParameters(initLinearTransformer(createRng(1), { dim: 5, numLayers: 4 })); // => 100
 * ```
 */
export function initLinearTransformer(rng: Rng, config: InitLinearTransformerConfig): LinearTransformerParams<TensorData> {
  return { layers: drawLayers(rng, initTable.parse(config)) };
}

/** Layers with normal weights, from options that were parsed by {@link initRules}. */
export function drawLayers(rng: Rng, config: ResolvedOptions<typeof initRules>): LinearTransformerParams<TensorData>["layers"] {
  const { dim, numLayers, weights, numHeads, std, dtype } = config;
  const shape = [...(numHeads === undefined ? [] : [numHeads]), ...(weights === "scalar" ? [] : [dim, dim])];
  const draw = (l: number, name: string): TensorData =>
    filledTensor(dtype, shape, (values) => rng.split(l).split(name).fillNormal(values, { std }));
  return Array.from({ length: numLayers }, (_, l) => ({
    preconditioner: draw(l, "preconditioner"),
    ...(weights === "gd++" ? { covariate: draw(l, "covariate") } : {}),
  }));
}

/**
 * A transformer of linear attention layers that learns in context: $Z_{l+1} = Z_l + \tfrac1n \operatorname{Attn}_{P_l,Q_l}(Z_l)$ with the
 * sparse weights of {@link LinearAttentionLayer}, $\mathrm{TF}_L = -[Z_L]_{d+1,n+1}$.
 *
 * With $B = 0$ it takes $L$ steps of preconditioned gradient descent on the prompt's own least-squares problem,
 * $w_{l+1} = w_l - A_l^\top \nabla R(w_l)$ from $w_0 = 0$, and predicts $\langle x_{n+1}, w_L\rangle$.
 *
 * Shapes: `prompts [batch, examples + 1, dim + 1]` → `[batch]`, or `[layers + 1, batch, examples + 1, dim + 1]` for all tokens. Axes of
 * independent runs may come first in prompts and parameters. Keeps the dtype.
 *
 * @param config.transposeScore - default `false`; `true` gives $w_{l+1} = w_l - A_l \nabla R(w_l)$, as in the papers' code.
 * @param config.output - default `"prediction"`.
 * @throws {@link ShapeError} when sizes do not fit; {@link OptionError} on an unknown or bad option.
 * @example
 * ```ts
 * import { tensorData } from "@attnlab/check";
 * import { evaluate, specOf, trace } from "@attnlab/graph";
 * import { linearTransformer } from "@attnlab/models";
 * // One covariate, the examples (1, 2) and (1, 2), the query 3; one step of size 0.5 from 0 has w = 1.
 * const inputs = { prompts: tensorData("float64", [1, 3, 2], [1, 2, 1, 2, 3, 0]) };
 * const params = { layers: [{ preconditioner: tensorData("float64", [], [0.5]) }] };
 * const program = trace((params, inputs) => linearTransformer(params, inputs), [specOf(params), specOf(inputs)]);
 * evaluate(program, [params, inputs]).data; // => Float64Array [3]
 * ```
 * @see Ahn, Cheng, Daneshmand, Sra 2023 (arXiv 2306.00297), lemma 1; von Oswald et al. 2023, appendix A.10, for GD++.
 */
export function linearTransformer(params: LinearTransformerParams, inputs: PromptInputs, config?: MemformerConfig): Tensor {
  const where = "linearTransformer";
  const { transposeScore, output } = table.parse(config);
  const sizes = promptSizes(where, inputs.prompts);
  checkLayers(where, params.layers, sizes);
  return unrollLayers({ where, layers: params.layers, prompts: inputs.prompts, sizes, output }, (layer, tokens) =>
    layerUpdate(layer, tokens, sizes, { transposeScore }),
  );
}
