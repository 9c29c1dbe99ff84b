import { numberOption, optionTable } from "@attnlab/check";
import { add, mul } from "@attnlab/graph";
import { mapUpdates } from "./map-tensors.ts";
import { maskOption, type ParamPredicate } from "./param-predicate.ts";
import { stateless, type Transformation } from "./transformation.ts";

/** Options of {@link addWeightDecay}. */
export interface WeightDecayOptions {
  /** Which parameters decay. Default: all. */
  readonly mask?: ParamPredicate;
}

const table = optionTable("addWeightDecay", {
  weightDecay: numberOption({ doc: "Multiple of the weights that is added to the gradient.", min: 0, required: true }),
  mask: maskOption("Which parameters decay."),
});

/**
 * Adds a multiple of the weights to the gradient: $u = g + \lambda w$.
 *
 * First in a chain it is the gradient of the penalty $\tfrac{\lambda}{2}\lVert w\rVert_2^2$, as `weight_decay` of PyTorch's `SGD`;
 * between an adaptive step and `scaleByLearningRate` it is decoupled decay.
 *
 * @param weightDecay - $\lambda$ >= 0.
 * @param options.mask - which parameters decay; default: all.
 * @throws {@link OptionError} on an unknown option or a value out of range.
 */
export function addWeightDecay(weightDecay: number, options?: WeightDecayOptions): Transformation<Readonly<Record<string, never>>> {
  const { mask } = table.parse({ ...options, weightDecay });
  return stateless((grads, params) =>
    mapUpdates((w, path, g) => (mask(path, w) ? add(g as typeof w, mul(w, weightDecay)) : (g as typeof w)), params, grads),
  );
}
