import { checkDtype, problem, ShapeError, sameShape, showShape } from "@attnlab/check";
import type { Tensor } from "../ir/tensor.ts";
import { add } from "./add.ts";
import { resolveAxis } from "./axes.ts";
import { FLOATS } from "./elementwise.ts";
import { checkIndexDtype } from "./indices.ts";
import { checkSameDtype } from "./operand.ts";
import { scatterAlongAxis } from "./scatter-along-axis.ts";
import { checkAligned } from "./take-along-axis.ts";

/**
 * Adds updates to elements along one axis, by indices of their own for every line; elements named several times receive every update:
 * the transpose of {@link takeAlongAxis}.
 *
 * Shapes: `x [..., n, ...]`, `indices [..., k, ...]`, `updates [..., k, ...]` → the shape of `x`. Floats; keeps the dtype.
 *
 * @param indices - int64 from 0 to n - 1; the interpreter refuses others with a {@link DataError}.
 * @param axis - negative numbers count from the end. Default -1.
 * @throws {@link ShapeError} when `indices` and `x` differ in another axis, or the updates do not have the shape of the indices;
 *   {@link DtypeError} on integers, or when the indices are not int64.
 * @example
 * ```ts
 * import { constantOf, evaluate, scatterAddAlongAxis, trace, zeros } from "@attnlab/graph";
 * const indices = constantOf("int64", [2, 2], [2, 0, 1, 1]);
 * const fn = () => scatterAddAlongAxis(zeros("float64", [2, 3]), indices, constantOf("float64", [2, 2], [1, 2, 3, 4]));
 * evaluate(trace(fn, []), []).data // => Float64Array [2, 0, 1, 0, 7, 0]
 * ```
 */
export function scatterAddAlongAxis(x: Tensor, indices: Tensor, updates: Tensor, axis = -1): Tensor {
  const where = "scatterAddAlongAxis";
  const at = resolveAxis(where, axis, x.shape.length);
  checkIndexDtype(where, indices);
  checkSameDtype(where, [x, updates]);
  checkDtype(where, x.dtype, FLOATS);
  checkAligned(where, x, indices, at);
  if (!sameShape(updates.shape, indices.shape)) {
    const expected = `updates must have the shape ${showShape(indices.shape)} of the indices`;
    throw new ShapeError(problem({ where, expected, got: showShape(updates.shape), fix: "Broadcast the updates first." }));
  }
  return add(x, scatterAlongAxis(indices, updates, x.shape[at] as number, at));
}
