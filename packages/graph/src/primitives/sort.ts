import { booleanOption, integerOption, optionTable } from "@attnlab/check";
import type { Tensor } from "../ir/tensor.ts";
import { resolveAxis } from "./axes.ts";
import { topK, type ValuesAndIndices } from "./top-k.ts";

/** Options of {@link sort}. */
export interface SortOptions {
  /** Negative numbers count from the end. Default -1. */
  readonly axis?: number;
  /** Largest first. Default `false`. */
  readonly descending?: boolean;
}

const sortOptions = optionTable("sort", {
  axis: integerOption({ doc: "Axis to sort; negative numbers count from the end.", default: -1 }),
  descending: booleanOption({ doc: "Largest first.", default: false }),
});

/**
 * Sorts along an axis and tells where every value came from; equal values keep their order. The gradient goes back the way the values
 * came.
 *
 * Shapes: `x [..., n, ...]` → `values` and int64 `indices` of the same shape. Keeps the dtype; float32, float64, int32, int64.
 * @example
 * ```ts
 * import { constantOf, evaluate, sort, trace } from "@attnlab/graph";
 * const x = constantOf("float64", [4], [3, 1, 7, 3]);
 * evaluate(trace(() => sort(x).values, []), []).data // => Float64Array [1, 3, 3, 7]
 * ```
 */
export function sort(x: Tensor, options: SortOptions = {}): ValuesAndIndices {
  const { axis, descending } = sortOptions.parse(options);
  const at = resolveAxis("sort", axis, x.shape.length);
  return topK(x, x.shape[at] as number, { axis: at, largest: descending });
}
