import type { Primitive } from "../ir/primitive.ts";
import type { Tensor } from "../ir/tensor.ts";
import { type ArgAttributes, argPrimitive, argReduce } from "./arg-reduction.ts";
import type { ReduceOptions } from "./sum.ts";

const argMaxPrimitive: Primitive<ArgAttributes> = argPrimitive("argMax", "ArgMax", (candidate, best) => candidate > best);

/**
 * Where the largest element along an axis is, as int64; the first of equal ones. float32, float64, int32 or int64; unspecified beside NaN.
 *
 * @param axis - negative numbers count from the end.
 * @throws {@link ShapeError} when the axis is outside the rank or empty; {@link OptionError} on an unknown option.
 * @example
 * ```ts
 * import { argMax, constantOf, evaluate, trace } from "@attnlab/graph";
 * evaluate(trace(() => argMax(constantOf("float64", [2, 3], [1, 2, 3, 9, 4, 9]), -1), []), []).data // => BigInt64Array [2n, 0n]
 * ```
 */
export function argMax(x: Tensor, axis: number, options: ReduceOptions = {}): Tensor {
  return argReduce(argMaxPrimitive, x, axis, options);
}
