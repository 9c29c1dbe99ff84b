import type { Primitive } from "../ir/primitive.ts";
import type { Tensor } from "../ir/tensor.ts";
import type { Axes } from "./axes.ts";
import { constantOf } from "./constant.ts";
import { NUMBERS } from "./elementwise.ts";
import { mul } from "./mul.ts";
import { reduce, reductionPrimitive, withReducedAxes } from "./reduction.ts";
import { reshape } from "./reshape.ts";
import type { ReduceAttributes, ReduceOptions } from "./sum.ts";
import { transpose } from "./transpose.ts";
import { where } from "./where.ts";
import { wrap } from "./wrap.ts";

const prodPrimitive: Primitive<ReduceAttributes> = reductionPrimitive({
  name: "prod",
  dtypes: NUMBERS,
  compute: (values, dtype) => values.reduce((a, b) => (dtype === "int32" || dtype === "uint32" ? wrap(Math.imul(a, b), dtype) : a * b), 1),
  acceptsEmpty: true,
  vjp: ({ inputs, cotangents, attributes: { axes } }) => {
    const x = inputs[0] as Tensor;
    return [mul(withReducedAxes(cotangents[0] as Tensor, x.shape, axes), productOfOthers(x, axes))];
  },
  onnx: "ReduceProd",
});

/** For each element the product of the others in its group; no division, so zeros are exact and it can be differentiated again. */
function productOfOthers(x: Tensor, axes: readonly number[]): Tensor {
  const kept = x.shape.map((_, i) => i).filter((i) => !axes.includes(i));
  const order = [...kept, ...axes];
  const moved = transpose(x, order);
  const n = axes.reduce((size, axis) => size * (x.shape[axis] as number), 1);
  const rows = reshape(moved, [...kept.map((i) => x.shape[i] as number), 1, n]);
  const own = constantOf(
    "bool",
    [n, n],
    Uint8Array.from({ length: n * n }, (_, i) => (i % (n + 1) === 0 ? 1 : 0)),
  );
  const others = reshape(prod(where(own, 1, rows), -1), moved.shape);
  return transpose(
    others,
    order.map((_, i) => order.indexOf(i)),
  );
}

/**
 * Product over axes. Any dtype but bool, which it keeps; integers wrap. The product of nothing is 1.
 *
 * The gradient is exact where elements are zero.
 *
 * @param axes - default: all, which gives a scalar.
 * @throws {@link ShapeError} when an axis is outside the rank; {@link OptionError} on an unknown option.
 * @example
 * ```ts
 * import { constantOf, evaluate, prod, trace } from "@attnlab/graph";
 * evaluate(trace(() => prod(constantOf("float64", [2, 2], [1, 2, 3, 6]), 1), []), []).data // => Float64Array [2, 18]
 * ```
 */
export function prod(x: Tensor, axes?: Axes, options: ReduceOptions = {}): Tensor {
  return reduce(prodPrimitive, x, axes, options);
}
