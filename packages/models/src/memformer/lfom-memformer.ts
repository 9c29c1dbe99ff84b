import {
  integerOption,
  oneOfOption,
  optionTable,
  problem,
  ShapeError,
  sameShape,
  showShape,
  type TensorData,
  UsageError,
} from "@attnlab/check";
import { isTensor, reshape, sliceAxis, type Tensor } from "@attnlab/graph";
import type { Rng } from "@attnlab/random";
import { constantTensor } from "../float-dtype.ts";
import { addUpdates, checkLayers, headUpdates, layerUpdate, scaleUpdate } from "./linear-layer.ts";
import { drawLayers, type InitLinearTransformerConfig, initRules, type LinearTransformerParams } from "./linear-transformer.ts";
import { type MemformerConfig, memformerRules } from "./memformer-config.ts";
import { type PromptInputs, type PromptSizes, promptSizes, type TokenUpdate } from "./prompt-tokens.ts";
import { unrollLayers } from "./unroll-layers.ts";

/** Which registers a layer adds, and with which gates; see {@link lfomMemformer}. */
export type LfomVariant = "general" | "shared" | "residual";

/** What one gate multiplies; see {@link lfomMemformer}. */
export type LfomGate = "full" | "scalar" | "prompt" | "head";

/** Parameters of {@link lfomMemformer}; axes of runs may come first in every tensor. */
export interface LfomMemformerParams<T = Tensor> extends LinearTransformerParams<T> {
  /**
   * $\Gamma$. With the variants `"shared"` and `"residual"` one tensor of `layers` gates, `[layers, ...gate]`; with `"general"` a list with one
   * tensor per layer $l$, `[l + 1, ...gate]`. A gate is `[examples + 1, dim + 1]`, the transpose of the paper's matrix, for `"full"`, `[]` for
   * `"scalar"` and `[heads]` for `"head"`; for `"prompt"` the axis of the batch comes first: `[batch, l + 1]`.
   */
  readonly gates: T | readonly T[];
}

/** Options of {@link lfomMemformer}. */
export interface LfomMemformerConfig extends MemformerConfig {
  /** Default `"shared"`, the variant of the paper's Figure 2. */
  readonly variant?: LfomVariant;
  /** Default `"full"`. */
  readonly gate?: LfomGate;
}

/** Options of {@link initLfomMemformer}. */
export interface InitLfomMemformerConfig extends InitLinearTransformerConfig {
  /** Default `"shared"`. */
  readonly variant?: LfomVariant;
  /** Default `"full"`. */
  readonly gate?: "full" | "scalar";
  /** $n$, which the size of a full gate depends on. Required for `"full"`. */
  readonly examples?: number;
}

const VARIANTS = ["general", "shared", "residual"] as const;
const variantRule = oneOfOption(VARIANTS, { doc: "Which registers a layer adds.", default: "shared" });
const table = optionTable("lfomMemformer", {
  ...memformerRules,
  variant: variantRule,
  gate: oneOfOption(["full", "scalar", "prompt", "head"], { doc: "What one gate multiplies.", default: "full" }),
});
const initTable = optionTable("initLfomMemformer", {
  ...initRules,
  variant: variantRule,
  gate: oneOfOption(["full", "scalar"], { doc: "What one gate multiplies.", default: "full" }),
  examples: { ...integerOption({ doc: "Labelled examples of a prompt.", min: 1 }), fallback: undefined as number | undefined },
});

/**
 * Draws the parameters of {@link lfomMemformer}: layers of `initLinearTransformer`, and all gates 0, as in the paper's code.
 *
 * @param rng - source of the numbers; it is split, not moved.
 * @throws {@link OptionError} on an unknown or bad option; {@link UsageError} when full gates are wanted without `examples`.
 */
export function initLfomMemformer(rng: Rng, config: InitLfomMemformerConfig): LfomMemformerParams<TensorData> {
  const { variant, gate, examples, ...rest } = initTable.parse(config);
  if (gate === "full" && examples === undefined) {
    const expected = "examples must be given for full gates";
    const fix = 'Pass the number of labelled examples of a prompt, or gate: "scalar".';
    throw new UsageError(problem({ where: "initLfomMemformer", expected, got: String(examples), fix }));
  }
  const layers = drawLayers(rng, rest);
  const own = examples !== undefined && gate === "full" ? [examples + 1, rest.dim + 1] : [];
  const zeros = (count: number): TensorData => constantTensor(rest.dtype, [count, ...own], 0);
  return { layers, gates: variant === "general" ? layers.map((_, l) => zeros(l + 1)) : zeros(layers.length) };
}

/**
 * The Memformer with all past registers, a learned linear first-order method: $R_l = \operatorname{Attn}_l(Z_l)$ and
 *
 * - `"general"`: $Z_{l+1} = Z_l + \tfrac1n \sum_{j \le l} \Gamma_j^l \odot R_j$,
 * - `"shared"`: the same with $\Gamma_j^l = \Gamma_j$,
 * - `"residual"`: $Z_{l+1} = Z_l + \tfrac1n \bigl(R_l + \sum_{j < l} \Gamma_j \odot R_j\bigr)$.
 *
 * With scalar gates $c_j^l$ and $B = 0$ it is the method $w_{l+1} = w_l - \sum_{j \le l} c_j^l A_j^\top \nabla R(w_j)$. With $B = 0$ only the label
 * column of a full gate acts; where it varies over the tokens, the model leaves the class of first-order methods.
 *
 * Shapes: as in {@link linearTransformer}; gates as in {@link LfomMemformerParams}.
 *
 * @param config.variant - default `"shared"`.
 * @param config.gate - default `"full"`; `"head"` keeps one register per head.
 * @param config.transposeScore - default `false`.
 * @param config.output - default `"prediction"`.
 * @throws {@link ShapeError} when sizes do not fit; {@link OptionError} on an unknown or bad option.
 * @example
 * ```ts
 * import { tensorData } from "@attnlab/check";
 * import { evaluate, specOf, trace } from "@attnlab/graph";
 * import { lfomMemformer, nesterovMemformer } from "@attnlab/models";
 * const params = nesterovMemformer({ dim: 1, numLayers: 2, learningRate: 0.25, momentum: 0.5 });
 * const prompts = tensorData("float64", [1, 3, 2], [1, 2, 1, 2, 1, 0]);
 * const config = { variant: "general", gate: "scalar" } as const;
 * const program = trace((params, prompts) => lfomMemformer(params, { prompts }, config), [specOf(params), specOf(prompts)]);
 * evaluate(program, [params, prompts]).data; // => Float64Array [1.0625]
 * ```
 * @see Dutta and Sra, arXiv 2410.07263, eq. (19)-(20) and proposition 2; `"shared"` and `"residual"` are the variants of their code.
 */
export function lfomMemformer(params: LfomMemformerParams, inputs: PromptInputs, config?: LfomMemformerConfig): Tensor {
  const where = "lfomMemformer";
  const { transposeScore, output, variant, gate } = table.parse(config);
  const sizes = promptSizes(where, inputs.prompts);
  const { layers } = params;
  const heads = checkLayers(where, layers, sizes);
  const gateAt = gateReader(params, { variant, gate, heads, sizes });
  const registers: (readonly TokenUpdate[])[] = [];
  let running: TokenUpdate | undefined;
  return unrollLayers({ where, layers, prompts: inputs.prompts, sizes, output }, (layer, tokens, l) => {
    const options = { transposeScore };
    const own = gate === "head" ? headUpdates(layer, tokens, sizes, options) : [layerUpdate(layer, tokens, sizes, options)];
    const gated = (j: number, of: readonly TokenUpdate[]): TokenUpdate =>
      of.map((register, h) => scaleUpdate(register, gateAt(l, j, h))).reduce(addUpdates);
    if (variant === "general") {
      registers.push(own);
      return registers.map((of, j) => gated(j, of)).reduce(addUpdates);
    }
    // Gates that do not depend on the layer: the sum of the registers goes on from layer to layer.
    const before = running;
    const next = (): TokenUpdate => (before === undefined ? gated(l, own) : addUpdates(before, gated(l, own)));
    if (variant === "shared") {
      running = next();
      return running;
    }
    const plain = own.reduce(addUpdates);
    if (l + 1 < layers.length) running = next();
    return before === undefined ? plain : addUpdates(plain, before);
  });
}

interface GateOptions {
  readonly variant: LfomVariant;
  readonly gate: LfomGate;
  readonly heads: number;
  readonly sizes: PromptSizes;
}

/** A function that gives the gate of register `j` in layer `l` for head `h`, shaped to multiply tokens. */
function gateReader(
  { gates, layers }: LfomMemformerParams,
  options: GateOptions,
): (l: number, j: number, h: number) => Tensor | TokenUpdate {
  const { variant, gate, sizes } = options;
  const { runs, batch, examples } = sizes;
  const lead = runs.length;
  const tensors = checkGates(gates, layers.length, options);
  return (l, j, h) => {
    const all = (variant === "general" ? tensors[l] : tensors[0]) as Tensor;
    const one = sliceAxis(all, gate === "prompt" ? lead + 1 : lead, j, j + 1);
    if (gate === "scalar") return reshape(one, [...runs, 1, 1, 1]);
    if (gate === "prompt") return reshape(one, [...runs, 1, 1, batch]);
    if (gate === "head") return reshape(sliceAxis(one, lead + 1, h, h + 1), [...runs, 1, 1, 1]);
    // [...runs, 1, examples + 1, dim + 1] -> [...runs, tokens, columns, 1]
    const columns = (start: number, end: number): { examples: Tensor; query: Tensor } => {
      const part = sliceAxis(one, lead + 2, start, end);
      const rows = (from: number, to: number): Tensor => reshape(sliceAxis(part, lead + 1, from, to), [...runs, to - from, end - start, 1]);
      return { examples: rows(0, examples), query: rows(examples, examples + 1) };
    };
    return { covariates: columns(0, sizes.dim), labels: columns(sizes.dim, sizes.dim + 1) };
  };
}

function checkGates(
  gates: LfomMemformerParams["gates"],
  numLayers: number,
  { variant, gate, heads, sizes }: GateOptions,
): readonly Tensor[] {
  const { runs, batch, examples, dim } = sizes;
  const expectedOf = (count: number): readonly number[] =>
    gate === "prompt"
      ? [...runs, batch, count]
      : [...runs, count, ...(gate === "full" ? [examples + 1, dim + 1] : gate === "head" ? [heads] : [])];
  const tensors: readonly Tensor[] = isTensor(gates) ? [gates] : (gates as readonly Tensor[]);
  const counts = variant === "general" ? Array.from({ length: numLayers }, (_, l) => l + 1) : [numLayers];
  const fits = isTensor(gates) === (variant !== "general") && tensors.length === counts.length;
  const wrong = fits ? counts.findIndex((count, i) => !sameShape((tensors[i] as Tensor).shape, expectedOf(count))) : 0;
  if (fits && wrong < 0) return tensors;
  const list = variant === "general";
  throw new ShapeError(
    problem({
      where: "lfomMemformer",
      expected: `gates${list ? `.${wrong}` : ""} must have shape ${showShape(expectedOf(counts[wrong] as number))}${list ? `, in a list of ${numLayers}` : ""}`,
      got: fits ? showShape((tensors[wrong] as Tensor).shape) : isTensor(gates) ? "one tensor" : `a list of ${tensors.length}`,
      fix: "Make the parameters with the same variant and gate, and for the size of the prompts.",
    }),
  );
}
