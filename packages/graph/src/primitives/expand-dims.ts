import type { Tensor } from "../ir/tensor.ts";
import { resolveAxis } from "./axes.ts";
import { reshape } from "./reshape.ts";

/**
 * Adds an axis of size 1. Keeps the dtype.
 *
 * @param axis - its place in the result; negative numbers count from the end of the result.
 * @throws {@link ShapeError} when the axis is outside the result.
 * @example
 * ```ts
 * import { constantOf, expandDims } from "@attnlab/graph";
 * expandDims(constantOf("float32", [2], [1, 2]), -1).shape // => [2, 1]
 * ```
 */
export function expandDims(x: Tensor, axis: number): Tensor {
  const at = resolveAxis("expandDims", axis, x.shape.length + 1);
  return reshape(x, [...x.shape.slice(0, at), 1, ...x.shape.slice(at)]);
}
