import { type OptionRule, oneOfOption } from "@attnlab/check";
import { mean, sum, type Tensor } from "@attnlab/graph";

/** How the losses of single examples become one number. */
export type Reduction = "mean" | "sum" | "none";

/** The rule of the option `reduction`, which every loss has. */
export const reductionOption: OptionRule<Reduction> = oneOfOption(["mean", "sum", "none"], {
  doc: "How losses are combined.",
  default: "mean",
});

/** Combines losses: their mean, their sum, or as they are. */
export function reduceLosses(losses: Tensor, reduction: Reduction): Tensor {
  if (reduction === "none") return losses;
  return reduction === "mean" ? mean(losses) : sum(losses);
}
