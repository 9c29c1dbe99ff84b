import { optionTable, type TensorData } from "@attnlab/check";
import type { Tensor } from "@attnlab/graph";
import type { Rng } from "@attnlab/random";
import { constantTensor } from "../float-dtype.ts";
import { checkCoefficients, coefficient } from "./coefficient.ts";
import { addUpdates, checkLayers, layerUpdate, scaleUpdate } from "./linear-layer.ts";
import { drawLayers, type InitLinearTransformerConfig, initRules, type LinearTransformerParams } from "./linear-transformer.ts";
import { type MemformerConfig, memformerRules } from "./memformer-config.ts";
import { type PromptInputs, promptSizes, type TokenUpdate } from "./prompt-tokens.ts";
import { unrollLayers } from "./unroll-layers.ts";

/** Parameters of {@link cgdMemformer}; axes of runs may come first in every tensor. */
export interface CgdMemformerParams<T = Tensor> extends LinearTransformerParams<T> {
  /** $\alpha$: `[layers]`, or `[batch, layers]` for each prompt's own. */
  readonly stepSizes: T;
  /** $\gamma$: like `stepSizes`; the first is not used. */
  readonly momenta: T;
}

const initTable = optionTable("initCgdMemformer", initRules);
const table = optionTable("cgdMemformer", memformerRules);

/**
 * Draws the parameters of {@link cgdMemformer}: layers of `initLinearTransformer`, $\alpha = 1$ and $\gamma = 0$.
 *
 * @param rng - source of the numbers; it is split, not moved.
 * @throws {@link OptionError} on an unknown or bad option.
 */
export function initCgdMemformer(rng: Rng, config: InitLinearTransformerConfig): CgdMemformerParams<TensorData> {
  const parsed = initTable.parse(config);
  const { dtype } = parsed;
  const layers = drawLayers(rng, parsed);
  return { layers, stepSizes: constantTensor(dtype, [layers.length], 1), momenta: constantTensor(dtype, [layers.length], 0) };
}

/**
 * The Memformer with one register, built like a step of conjugate gradient descent:
 * $R_l = \operatorname{Attn}_l(Z_l) + \gamma_l R_{l-1}$, $Z_{l+1} = Z_l + \tfrac{\alpha_l}{n} R_l$.
 *
 * With $A = I$ and $B = 0$ it is momentum gradient descent with step $\alpha_l$ and momentum $\gamma_l$ on every prompt; with coefficients
 * of each prompt's own ({@link conjugateGradientMemformer}) it is linear conjugate gradients. Trained coefficients are the same for all
 * prompts, so a trained model is not conjugate gradients.
 *
 * Shapes: as in {@link linearTransformer}; `stepSizes` and `momenta` `[layers]` or `[batch, layers]`.
 *
 * @param config.transposeScore - default `false`.
 * @param config.output - default `"prediction"`.
 * @throws {@link ShapeError} when sizes do not fit; {@link OptionError} on an unknown or bad option.
 * @example
 * ```ts
 * import { tensorData } from "@attnlab/check";
 * import { evaluate, specOf, trace } from "@attnlab/graph";
 * import { cgdMemformer, conjugateGradientMemformer } from "@attnlab/models";
 * // Two covariates, y = x1 + 2 x2, query (1, 1): two steps of conjugate gradients are exact.
 * const prompts = tensorData("float64", [1, 4, 3], [1, 0, 1, 0, 1, 2, 1, -1, -1, 1, 1, 0]);
 * const params = conjugateGradientMemformer(prompts, { numLayers: 2 });
 * const program = trace((params, prompts) => cgdMemformer(params, { prompts }), [specOf(params), specOf(prompts)]);
 * Number(evaluate(program, [params, prompts]).data[0]).toFixed(9); // => "3.000000000"
 * ```
 * @see Dutta and Sra, arXiv 2410.07263, eq. (17)-(18) and proposition 1.
 */
export function cgdMemformer(params: CgdMemformerParams, inputs: PromptInputs, config?: MemformerConfig): Tensor {
  const where = "cgdMemformer";
  const { transposeScore, output } = table.parse(config);
  const { layers, stepSizes, momenta } = params;
  const sizes = promptSizes(where, inputs.prompts);
  checkLayers(where, layers, sizes);
  checkCoefficients(where, "stepSizes", stepSizes, layers.length, sizes);
  checkCoefficients(where, "momenta", momenta, layers.length, sizes);
  let register: TokenUpdate | undefined;
  return unrollLayers({ where, layers, prompts: inputs.prompts, sizes, output }, (layer, tokens, l) => {
    const own = layerUpdate(layer, tokens, sizes, { transposeScore });
    register = register === undefined ? own : addUpdates(own, scaleUpdate(register, coefficient(momenta, l, sizes)));
    return scaleUpdate(register, coefficient(stepSizes, l, sizes));
  });
}
