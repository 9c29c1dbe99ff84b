import { booleanOption, customOption, type OptionRule } from "@attnlab/check";
import { isTensor, type Tensor } from "@attnlab/graph";
import type { DropoutOptions } from "./dropout.ts";

/** $s$, the factor on the scores: a finite number, `"sqrtHeadDim"` for $1/\sqrt{\text{headDim}}$, or `"none"` for 1. */
export type ScoreScale = number | "none" | "sqrtHeadDim";

/** Options that every attention takes, whatever its weights. */
export interface AttentionOptions {
  /** $s$. Default `"sqrtHeadDim"`. */
  readonly scale?: ScoreScale;
  /** Bool, broadcast to `[..., queries, keys]`; `false` hides a key. Default: none. */
  readonly mask?: Tensor;
  /** Hide keys after the query; the last query is aligned with the last key. Default `false`. */
  readonly causal?: boolean;
  /** Dropout on the weights. Default: none. */
  readonly dropout?: DropoutOptions;
}

/** The rules of scale, mask and causality. */
export const scoreRules = {
  scale: customOption<ScoreScale>({
    doc: "Factor on the scores.",
    default: "sqrtHeadDim",
    expected: 'a finite number, "none" or "sqrtHeadDim"',
    accepts: (value) => value === "none" || value === "sqrtHeadDim" || Number.isFinite(value),
    invalid: ["1", Number.NaN, Number.POSITIVE_INFINITY, null],
  }),
  mask: customOption<Tensor | undefined>({
    doc: "Visible keys, broadcast to [..., queries, keys].",
    expected: "a traced bool tensor",
    accepts: isTensor,
    invalid: [true, null, []],
  }),
  causal: booleanOption({ doc: "Hide keys after the query.", default: false }),
};

/** The rule of dropout on the weights. */
export const dropoutRule: OptionRule<DropoutOptions | undefined> = customOption<DropoutOptions | undefined>({
  doc: "Dropout on the weights.",
  expected: "{ rate, key }",
  accepts: (value) => typeof value === "object" && value !== null,
  invalid: [0.1, null],
});

/** The number behind a scale. */
export function scaleOf(scale: ScoreScale, query: Tensor): number {
  if (scale === "none") return 1;
  return scale === "sqrtHeadDim" ? 1 / Math.sqrt(query.shape.at(-1) as number) : scale;
}
