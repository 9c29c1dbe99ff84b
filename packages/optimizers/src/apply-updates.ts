import { add } from "@attnlab/graph";
import { mapUpdates } from "./map-tensors.ts";

/**
 * Adds updates to parameters: $w \leftarrow w + u$.
 *
 * @param params - a tree of traced tensors.
 * @param updates - the same tree, shapes and dtypes.
 * @returns the new parameters.
 * @throws {@link UsageError} when the trees differ.
 * @example
 * ```ts
 * import { tensorData } from "@attnlab/check";
 * import { evaluate, specOf, trace } from "@attnlab/graph";
 * import { applyUpdates } from "@attnlab/optimizers";
 * const [w, u] = [{ w: tensorData("float64", [2], [1, 2]) }, { w: tensorData("float64", [2], [10, 20]) }];
 * evaluate(trace(applyUpdates, [specOf(w), specOf(u)]), [w, u]).w.data; // => Float64Array [11, 22]
 * ```
 */
export function applyUpdates<P>(params: P, updates: P): P {
  return mapUpdates((w, _, u) => add(w, u as typeof w), params, updates);
}
