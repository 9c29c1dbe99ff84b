import { booleanOption, oneOfOption } from "@attnlab/check";
import type { MemformerOutput } from "./unroll-layers.ts";

/** Options that all in-context models share. */
export interface MemformerConfig {
  /** Score with the reading token on the left, as the papers' code does: $A$ takes the place of $A^\top$. Default `false`. */
  readonly transposeScore?: boolean;
  /** `"prediction"` of the query's label, or `"tokens"`: all tokens before the first and after every layer. Default `"prediction"`. */
  readonly output?: MemformerOutput;
}

/** The rules of {@link MemformerConfig}. */
export const memformerRules = {
  transposeScore: booleanOption({ doc: "Score with the reading token on the left.", default: false }),
  output: oneOfOption(["prediction", "tokens"], { doc: "What to return.", default: "prediction" }),
};
