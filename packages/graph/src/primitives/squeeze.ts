import { problem, ShapeError, showShape } from "@attnlab/check";
import type { Tensor } from "../ir/tensor.ts";
import { resolveAxis } from "./axes.ts";
import { reshape } from "./reshape.ts";

/**
 * Takes away an axis of size 1. Keeps the dtype.
 *
 * @param axis - negative numbers count from the end.
 * @throws {@link ShapeError} when the axis is outside the rank or its size is not 1.
 * @example
 * ```ts
 * import { constantOf, squeeze } from "@attnlab/graph";
 * squeeze(constantOf("float32", [2, 1], [1, 2]), -1).shape // => [2]
 * ```
 */
export function squeeze(x: Tensor, axis: number): Tensor {
  const at = resolveAxis("squeeze", axis, x.shape.length);
  if (x.shape[at] !== 1) {
    const fix = "Take one entry of the axis with slice, or reduce it.";
    throw new ShapeError(problem({ where: "squeeze", expected: `axis ${axis} must have size 1`, got: `shape ${showShape(x.shape)}`, fix }));
  }
  return reshape(x, x.shape.toSpliced(at, 1));
}
