import { booleanOption, customOption, numberOption, type OptionRule } from "@attnlab/check";
import type { BoolTensor } from "./attention-input.ts";
import { type KernelOptions, kernelRules } from "./attention-kernel.ts";

/** Options that every attention of this entry takes. */
export interface CommonAttentionOptions extends KernelOptions {
  /** $s$, the factor on the scores; default `1 / Math.sqrt(headDim)`. */
  readonly scale?: number;
  /** Hide keys after the query; the last query is aligned with the last key. Default `false`. */
  readonly causal?: boolean;
  /**
   * Keys that are visible to every query, 1 for visible: `[keys]`, `[batch, keys]` or `[batch, heads, keys]`. Its axes before the last
   * are the first axes of the input. Default: all keys.
   */
  readonly keyMask?: BoolTensor;
}

/** The rules of {@link CommonAttentionOptions}. */
export const commonRules = {
  scale: numberOption({ doc: "Factor on the scores." }) as OptionRule<number | undefined>,
  causal: booleanOption({ doc: "Hide keys after the query.", default: false }),
  keyMask: customOption<BoolTensor | undefined>({
    doc: "Visible keys, [keys], [batch, keys] or [batch, heads, keys].",
    expected: "a bool tensor",
    accepts: (value) => typeof value === "object" && value !== null && "dtype" in value && value.dtype === "bool",
    invalid: [true, null, [], { dtype: "float32" }],
  }),
  ...kernelRules,
};
