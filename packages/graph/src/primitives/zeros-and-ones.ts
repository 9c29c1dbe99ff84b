import { checkDtype, checkShape, type Dtype, type Shape } from "@attnlab/check";
import type { Tensor, TensorType } from "../ir/tensor.ts";
import { filled } from "./broadcast-to.ts";

/**
 * Zeros of a shape; never stored densely.
 *
 * @throws {@link DtypeError} on an unknown dtype; {@link ShapeError} on a bad shape.
 * @example
 * ```ts
 * import { evaluate, trace, zeros } from "@attnlab/graph";
 * evaluate(trace(() => zeros("float32", [2]), []), []).data // => Float32Array [0, 0]
 * ```
 */
export function zeros(dtype: Dtype, shape: Shape): Tensor {
  return constantFilled("zeros", { dtype, shape }, 0);
}

/**
 * Ones of a shape; never stored densely.
 *
 * @throws {@link DtypeError} on an unknown dtype; {@link ShapeError} on a bad shape.
 * @example
 * ```ts
 * import { evaluate, ones, trace } from "@attnlab/graph";
 * evaluate(trace(() => ones("bool", [2]), []), []).data // => Uint8Array [1, 1]
 * ```
 */
export function ones(dtype: Dtype, shape: Shape): Tensor {
  return constantFilled("ones", { dtype, shape }, 1);
}

/**
 * Ones of the dtype and shape of another tensor; never stored densely.
 *
 * @example
 * ```ts
 * import { onesLike, zeros } from "@attnlab/graph";
 * onesLike(zeros("int64", [2, 3])).shape // => [2, 3]
 * ```
 */
export function onesLike(x: TensorType): Tensor {
  return filled(x, 1);
}

function constantFilled(where: string, type: TensorType, value: number): Tensor {
  checkDtype(where, type.dtype);
  checkShape(where, type.shape);
  return filled(type, value);
}
