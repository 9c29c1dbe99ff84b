import { type Shape, sizeOf } from "@attnlab/check";
import { flatten, type Leaf } from "@attnlab/graph";

/**
 * The number of numbers in a tree of parameters.
 *
 * @param params - a tree of tensor data, specifications or traced tensors.
 * @throws {@link UsageError} when something in the tree is neither a branch nor a tensor.
 * @example
 * ```ts
 * import { countParameters, initLinear } from "@attnlab/models";
 * import { createRng } from "@attnlab/random";
 * countParameters(initLinear(createRng(1), { inputs: 3, outputs: 5 })); // => 20
 * ```
 */
export function countParameters(params: unknown): number {
  return flatten<Leaf & { readonly shape: Shape }>(params).reduce((total, { leaf }) => total + sizeOf(leaf.shape), 0);
}
