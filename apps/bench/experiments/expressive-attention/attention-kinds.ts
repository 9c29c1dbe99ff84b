import type { OptionRule } from "@attnlab/check";
import { wordListOption } from "../../src/experiment/index.ts";

/** The attentions that are compared. */
export const KINDS = ["dot-product", "expressive"] as const;

/** One of {@link KINDS}. */
export type Kind = (typeof KINDS)[number];

/** The rule of every list of attentions. */
export function kindListOption(): OptionRule<readonly Kind[]> {
  return wordListOption(KINDS, { doc: "Attentions to compare." });
}

/** Whether a list has both attentions, so that they can be compared. */
export function hasBoth(kinds: unknown): boolean {
  return Array.isArray(kinds) && KINDS.every((kind) => kinds.includes(kind));
}
