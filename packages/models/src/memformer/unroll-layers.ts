import { OptionError, problem } from "@attnlab/check";
import type { Tensor } from "@attnlab/graph";
import type { LinearAttentionLayer } from "./linear-layer.ts";
import {
  addUpdate,
  type PromptSizes,
  type PromptTokens,
  promptTokens,
  queryPrediction,
  type TokenUpdate,
  tokenRows,
} from "./prompt-tokens.ts";

/** What a model returns: the prediction of each prompt, or all tokens after every layer. */
export type MemformerOutput = "prediction" | "tokens";

/** The layers of a model and how many are run. */
export interface Unrolled {
  readonly where: string;
  readonly layers: readonly LinearAttentionLayer[];
  readonly prompts: Tensor;
  readonly sizes: PromptSizes;
  readonly output: MemformerOutput;
}

/** Runs the layers; `update` says what layer `l` adds to the tokens. */
export function unrollLayers(
  { where, layers, prompts, sizes, output }: Unrolled,
  update: (layer: LinearAttentionLayer, tokens: PromptTokens, l: number) => TokenUpdate,
): Tensor {
  if (layers.length === 0) {
    const fix = "Make the parameters with numLayers >= 1.";
    throw new OptionError(problem({ where, expected: "the model must have at least one layer", got: "none", fix }));
  }
  const states = [promptTokens(prompts, sizes)];
  layers.forEach((layer, l) => {
    const tokens = states[l] as PromptTokens;
    states.push(addUpdate(tokens, update(layer, tokens, l)));
  });
  return output === "tokens" ? tokenRows(states, sizes) : queryPrediction(states.at(-1) as PromptTokens, sizes);
}
