import { booleanOption, checkDtype, optionTable, sizeOf } from "@attnlab/check";
import type { NdArray, Primitive } from "../ir/primitive.ts";
import { applyOne, type Tensor, type TensorType } from "../ir/tensor.ts";
import { resolveAxis } from "./axes.ts";
import { SIGNED } from "./elementwise.ts";
import { wrap } from "./wrap.ts";

type CumSumAttributes = { readonly axis: number; readonly reverse: boolean; readonly exclusive: boolean };

/** Options of {@link cumSum}. */
export interface CumSumOptions {
  /** Sum from the end. Default `false`. */
  readonly reverse?: boolean;
  /** Leave each element out of its own sum, so that the first sum is 0. Default `false`. */
  readonly exclusive?: boolean;
}

const table = optionTable("cumSum", {
  reverse: booleanOption({ doc: "Sum from the end.", default: false }),
  exclusive: booleanOption({ doc: "Leave each element out of its own sum.", default: false }),
});

const cumSumPrimitive: Primitive<CumSumAttributes> = {
  name: "cumSum",
  infer: ([x]) => {
    const { dtype, shape } = x as TensorType;
    checkDtype("cumSum", dtype, SIGNED);
    return [{ dtype, shape }];
  },
  evaluate: ([x], attributes) => [accumulate(x as NdArray, attributes)],
  // Element i is part of every later sum, so the transpose sums from the other end.
  vjp: ({ cotangents, attributes: { axis, reverse, exclusive } }) => [
    cumSum(cotangents[0] as Tensor, axis, { reverse: !reverse, exclusive }),
  ],
  lower: ({ inputs, attributes: { axis, reverse, exclusive }, emit, scalar }) => [
    emit("CumSum", [inputs[0] as string, scalar(axis, "int64")], {
      reverse: { int: reverse ? 1 : 0 },
      exclusive: { int: exclusive ? 1 : 0 },
    }),
  ],
};

function accumulate({ data, shape, dtype }: NdArray, { axis, reverse, exclusive }: CumSumAttributes): Float64Array {
  const n = shape[axis] as number;
  const stride = sizeOf(shape.slice(axis + 1));
  const out = new Float64Array(data.length);
  for (let start = 0; start < data.length; start++) {
    // Only the first element along the axis starts a sum.
    if (Math.floor(start / stride) % n !== 0) continue;
    let sum = 0;
    for (let k = 0; k < n; k++) {
      const i = start + (reverse ? n - 1 - k : k) * stride;
      const next = wrap(sum + (data[i] as number), dtype);
      out[i] = exclusive ? sum : next;
      sum = next;
    }
  }
  return out;
}

/**
 * Running sums along an axis: $y_i = \sum_{j \le i} x_j$. float32, float64, int32 or int64; keeps dtype and shape; integers wrap.
 *
 * @param axis - negative numbers count from the end.
 * @throws {@link ShapeError} when the axis is outside the rank; {@link OptionError} on an unknown option.
 * @example
 * ```ts
 * import { constantOf, cumSum, evaluate, trace } from "@attnlab/graph";
 * evaluate(trace(() => cumSum(constantOf("float64", [3], [1, 2, 3]), 0), []), []).data // => Float64Array [1, 3, 6]
 * ```
 */
export function cumSum(x: Tensor, axis: number, options: CumSumOptions = {}): Tensor {
  return applyOne(cumSumPrimitive, [x], { axis: resolveAxis("cumSum", axis, x.shape.length), ...table.parse({ ...options }) });
}
