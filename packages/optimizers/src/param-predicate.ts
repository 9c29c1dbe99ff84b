import { customOption, type OptionRule } from "@attnlab/check";
import type { TensorType } from "@attnlab/graph";

/** Chooses parameters by their path in the tree (`layers.0.weight`) and their dtype and shape. */
export type ParamPredicate = (path: string, param: TensorType) => boolean;

/** The rule of every `mask` option; by default every parameter is chosen. */
export function maskOption(doc: string): OptionRule<ParamPredicate> {
  return customOption<ParamPredicate>({
    doc,
    expected: "a function of a path and a parameter",
    accepts: (value) => typeof value === "function",
    invalid: [true, null, "weight"],
    default: () => true,
  });
}
