import { problem, ShapeError, show } from "@attnlab/check";
import type { NdArray, Primitive } from "../ir/primitive.ts";
import { apply, type Tensor, type TensorType } from "../ir/tensor.ts";
import { resolveAxis } from "./axes.ts";
import { axisView } from "./axis-view.ts";
import { zerosLike } from "./broadcast-to.ts";
import { concat } from "./concat.ts";

type SplitAttributes = { readonly sizes: readonly number[]; readonly axis: number };

const splitPrimitive: Primitive<SplitAttributes> = {
  name: "split",
  infer: ([x], { sizes, axis }) => {
    const { dtype, shape } = x as TensorType;
    return sizes.map((size) => ({ dtype, shape: shape.map((n, k) => (k === axis ? size : n)) }));
  },
  evaluate: ([x], { sizes, axis }) => {
    const { data, shape } = x as NdArray;
    const { outer, size, inner } = axisView(shape, axis);
    let offset = 0;
    return sizes.map((part) => {
      const length = part * inner;
      const result = new Float64Array(outer * length);
      for (let o = 0; o < outer; o++) {
        const start = o * size * inner + offset;
        result.set(data.subarray(start, start + length), o * length);
      }
      offset += length;
      return result;
    });
  },
  vjp: ({ outputs, attributes, cotangents }) => [
    concat(
      outputs.map((output, k) => cotangents[k] ?? zerosLike(output)),
      attributes.axis,
    ),
  ],
  lower: ({ inputs, attributes, emitAll, shape }) => {
    const { sizes, axis } = attributes;
    return emitAll("Split", [inputs[0] as string, shape(sizes)], { axis: { int: axis } }, { outputs: sizes.length });
  },
};

/**
 * Cuts a tensor into parts along one axis; the inverse of {@link concat}. Keeps the dtype.
 *
 * @param sizes - the size of every part, or the number of equal parts.
 * @param axis - negative numbers count from the end. Default 0.
 * @throws {@link ShapeError} when the sizes do not add up to the axis, or the axis is not divisible.
 * @example
 * ```ts
 * import { constantOf, evaluate, split, trace } from "@attnlab/graph";
 * const x = constantOf("float64", [5], [1, 2, 3, 4, 5]);
 * evaluate(trace(() => split(x, [2, 3]), []), [])[1]?.data // => Float64Array [3, 4, 5]
 * ```
 */
export function split(x: Tensor, sizes: readonly number[] | number, axis = 0): readonly Tensor[] {
  const at = resolveAxis("split", axis, x.shape.length);
  const total = x.shape[at] as number;
  const parts = typeof sizes === "number" ? equalParts(total, sizes) : sizes;
  const sum = parts.reduce((a, b) => a + b, 0);
  if (parts.length === 0 || sum !== total || parts.some((size) => !Number.isInteger(size) || size < 0)) {
    const expected = `sizes must be whole numbers >= 0 that add up to ${total}, the size of axis ${at}`;
    throw new ShapeError(problem({ where: "split", expected, got: show(sizes), fix: "Or pass the number of equal parts." }));
  }
  return parts.length === 1 ? [x] : apply(splitPrimitive, [x], { sizes: parts, axis: at });
}

function equalParts(total: number, count: number): readonly number[] {
  if (!Number.isInteger(count) || count < 1 || total % count !== 0) {
    const expected = `the number of parts must be a whole number that divides ${total}`;
    throw new ShapeError(problem({ where: "split", expected, got: show(count), fix: "Pass a list of sizes for unequal parts." }));
  }
  return Array.from({ length: count }, () => total / count);
}
