import { sizeOf } from "@attnlab/check";
import { reverseSweep } from "../autodiff/reverse-sweep.ts";
import type { Primitive } from "../ir/primitive.ts";
import type { Tensor } from "../ir/tensor.ts";
import type { Axes } from "./axes.ts";
import { SIGNED } from "./elementwise.ts";
import { identity } from "./identity.ts";
import { mul } from "./mul.ts";
import { reduce, reductionPrimitive, withReducedAxes } from "./reduction.ts";
import { reshape } from "./reshape.ts";
import { sliceAxis } from "./slice.ts";
import type { ReduceAttributes, ReduceOptions } from "./sum.ts";
import { transpose } from "./transpose.ts";
import { wrap } from "./wrap.ts";

const prodPrimitive: Primitive<ReduceAttributes> = reductionPrimitive({
  name: "prod",
  dtypes: SIGNED,
  compute: (values, dtype) => values.reduce((a, b) => (dtype === "int32" || dtype === "uint32" ? wrap(Math.imul(a, b), dtype) : a * b), 1),
  acceptsEmpty: true,
  // No division by elements that may be zero: the gradient is that of a tree of products, at every order.
  vjp: ({ inputs, cotangents, attributes: { axes } }) => {
    const x = identity(inputs[0] as Tensor);
    return reverseSweep([{ tensor: productTree(x, axes), cotangent: withReducedAxes(cotangents[0] as Tensor, x.shape, axes) }], [x]);
  },
  onnx: "ReduceProd",
});

/** The product over axes, kept with size 1, by multiplying one half of the elements with the other until one is left. */
function productTree(x: Tensor, axes: readonly number[]): Tensor {
  const kept = x.shape.map((_, i) => i).filter((i) => !axes.includes(i));
  const moved = transpose(x, [...kept, ...axes]);
  let rows = reshape(moved, [...kept.map((i) => x.shape[i] as number), sizeOf(axes.map((axis) => x.shape[axis] as number))]);
  let odd: Tensor | undefined;
  for (let n = rows.shape.at(-1) as number; n > 1; n = rows.shape.at(-1) as number) {
    const half = Math.floor(n / 2);
    if (n % 2 === 1) {
      const last = sliceAxis(rows, -1, n - 1, n);
      odd = odd === undefined ? last : mul(odd, last);
    }
    rows = mul(sliceAxis(rows, -1, 0, half), sliceAxis(rows, -1, half, 2 * half));
  }
  return withReducedAxes(odd === undefined ? rows : mul(rows, odd), x.shape, axes);
}

/**
 * Product over axes. Floats and signed integers; keeps the dtype. The product of nothing is 1;
 * an int32 product beyond the range is unspecified.
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
