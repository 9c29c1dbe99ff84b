import { problem, ShapeError, sameShape, showShape } from "@attnlab/check";
import type { Tensor } from "../ir/tensor.ts";
import { resolveAxis } from "./axes.ts";
import { concat, firstOf } from "./concat.ts";
import { reshape } from "./reshape.ts";

/**
 * Joins tensors of one shape along a new axis. Operands share one dtype, which the result keeps.
 *
 * @param axis - place of the new axis in the result; negative numbers count from the end. Default 0.
 * @throws {@link ShapeError} when the shapes differ; {@link UsageError} when the list is empty.
 * @example
 * ```ts
 * import { constantOf, evaluate, stack, trace } from "@attnlab/graph";
 * const x = constantOf("float64", [2], [1, 2]);
 * evaluate(trace(() => stack([x, x], 1), []), []).data // => Float64Array [1, 1, 2, 2]
 * ```
 */
export function stack(tensors: readonly Tensor[], axis = 0): Tensor {
  const { shape } = firstOf("stack", tensors);
  const other = tensors.find((tensor) => !sameShape(tensor.shape, shape));
  if (other !== undefined) {
    const got = `${showShape(shape)} and ${showShape(other.shape)}`;
    throw new ShapeError(
      problem({ where: "stack", expected: "all tensors must have one shape", got, fix: "Use concat() to join an axis." }),
    );
  }
  const at = resolveAxis("stack", axis, shape.length + 1);
  const unit = [...shape.slice(0, at), 1, ...shape.slice(at)];
  return concat(
    tensors.map((tensor) => reshape(tensor, unit)),
    at,
  );
}
