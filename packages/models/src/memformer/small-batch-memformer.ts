import { optionTable, type TensorData } from "@attnlab/check";
import type { Tensor } from "@attnlab/graph";
import type { Rng } from "@attnlab/random";
import { constantTensor } from "../float-dtype.ts";
import type { CgdMemformerParams } from "./cgd-memformer.ts";
import { checkCoefficients, coefficient } from "./coefficient.ts";
import { addUpdates, checkLayers, layerUpdate, scaleUpdate } from "./linear-layer.ts";
import { drawLayers, type InitLinearTransformerConfig, initRules } from "./linear-transformer.ts";
import { type MemformerConfig, memformerRules } from "./memformer-config.ts";
import { type PromptInputs, promptSizes, type TokenUpdate } from "./prompt-tokens.ts";
import { unrollLayers } from "./unroll-layers.ts";

/** Parameters of {@link smallBatchMemformer}; axes of runs may come first in every tensor. */
export interface SmallBatchMemformerParams<T = Tensor> extends CgdMemformerParams<T> {
  /** $g$: `[layers]`, or `[batch, layers]` for each prompt's own. */
  readonly gradientGates: T;
}

const initTable = optionTable("initSmallBatchMemformer", {
  ...initRules,
  weights: { ...initRules.weights, fallback: "scalar" as const },
});
const table = optionTable("smallBatchMemformer", memformerRules);

/**
 * Draws the parameters of {@link smallBatchMemformer}: layers of `initLinearTransformer` with one number each unless told otherwise,
 * $\alpha = g = 1$ and $\beta = 0$.
 *
 * @param rng - source of the numbers; it is split, not moved.
 * @throws {@link OptionError} on an unknown or bad option.
 */
export function initSmallBatchMemformer(rng: Rng, config: InitLinearTransformerConfig): SmallBatchMemformerParams<TensorData> {
  const parsed = initTable.parse(config);
  const layers = drawLayers(rng, parsed);
  const each = (value: number): TensorData => constantTensor(parsed.dtype, [layers.length], value);
  return { layers, stepSizes: each(1), momenta: each(0), gradientGates: each(1) };
}

/**
 * The Memformer that the paper's code fits to a handful of prompts:
 * $R_l = g_l \operatorname{Attn}_l(Z_l) + \beta_l R_{l-1}$, $Z_{l+1} = Z_l + \tfrac{\alpha_l}{n} R_l$.
 *
 * $\alpha$ is `stepSizes`, $\beta$ `momenta` and $g$ `gradientGates`. It computes what {@link cgdMemformer} computes with $g_l A_l$ in place of
 * $A_l$: more parameters, the same functions.
 *
 * Shapes: as in {@link cgdMemformer}.
 *
 * @param config.transposeScore - default `false`.
 * @param config.output - default `"prediction"`.
 * @throws {@link ShapeError} when sizes do not fit; {@link OptionError} on an unknown or bad option.
 * @see Dutta and Sra, arXiv 2410.07263, Figures 4 and 5, as their code has it.
 */
export function smallBatchMemformer(params: SmallBatchMemformerParams, inputs: PromptInputs, config?: MemformerConfig): Tensor {
  const where = "smallBatchMemformer";
  const { transposeScore, output } = table.parse(config);
  const { layers, stepSizes, momenta, gradientGates } = params;
  const sizes = promptSizes(where, inputs.prompts);
  checkLayers(where, layers, sizes);
  for (const [name, x] of Object.entries({ stepSizes, momenta, gradientGates })) checkCoefficients(where, name, x, layers.length, sizes);
  let register: TokenUpdate | undefined;
  return unrollLayers({ where, layers, prompts: inputs.prompts, sizes, output }, (layer, tokens, l) => {
    const own = scaleUpdate(layerUpdate(layer, tokens, sizes, { transposeScore }), coefficient(gradientGates, l, sizes));
    register = register === undefined ? own : addUpdates(own, scaleUpdate(register, coefficient(momenta, l, sizes)));
    return scaleUpdate(register, coefficient(stepSizes, l, sizes));
  });
}
