import { problem, type Shape, ShapeError, show, sizeOf, stridesOf } from "@attnlab/check";
import type { NdArray, Primitive } from "../ir/primitive.ts";
import { applyOne, type Tensor, type TensorType } from "../ir/tensor.ts";

type TransposeAttributes = { readonly permutation: readonly number[] };

/** Name of the primitive, which `matmul` absorbs. */
export const TRANSPOSE = "transpose";

const transposePrimitive: Primitive<TransposeAttributes> = {
  name: TRANSPOSE,
  infer: ([x], { permutation }) => {
    const { dtype, shape } = x as TensorType;
    return [{ dtype, shape: permutation.map((axis) => shape[axis] as number) }];
  },
  evaluate: ([x], { permutation }) => {
    const { data, shape } = x as NdArray;
    return [permute(data, shape, permutation)];
  },
  vjp: ({ cotangents, attributes }) => [transpose(cotangents[0] as Tensor, inverse(attributes.permutation))],
  lower: ({ inputs, attributes, emit }) => [emit("Transpose", inputs, { perm: { ints: attributes.permutation } })],
  simplify: ([x], { permutation }) => {
    const input = x as Tensor;
    if (permutation.every((axis, i) => axis === i)) return input;
    if (input.node.primitive.name !== TRANSPOSE) return undefined;
    const first = (input.node.attributes as TransposeAttributes).permutation;
    return transpose(
      input.node.inputs[0] as Tensor,
      permutation.map((axis) => first[axis] as number),
    );
  },
};

function permute(data: Float64Array, shape: Shape, permutation: readonly number[]): Float64Array {
  const sizes = permutation.map((axis) => shape[axis] as number);
  const strides = stridesOf(shape);
  const steps = permutation.map((axis) => strides[axis] as number);
  const out = new Float64Array(sizeOf(shape));
  const at = new Array<number>(sizes.length).fill(0);
  let source = 0;
  for (let i = 0; i < out.length; i++) {
    out[i] = data[source] as number;
    for (let k = sizes.length - 1; k >= 0; k--) {
      const next = (at[k] as number) + 1;
      source += steps[k] as number;
      if (next < (sizes[k] as number)) {
        at[k] = next;
        break;
      }
      source -= next * (steps[k] as number);
      at[k] = 0;
    }
  }
  return out;
}

function inverse(permutation: readonly number[]): number[] {
  const result = new Array<number>(permutation.length);
  permutation.forEach((axis, i) => {
    result[axis] = i;
  });
  return result;
}

/**
 * Reorders axes: axis `i` of the result is axis `permutation[i]` of the input. Keeps the dtype.
 *
 * @param permutation - default: all axes reversed.
 * @throws {@link ShapeError} when it does not name every axis once.
 */
export function transpose(x: Tensor, permutation?: readonly number[]): Tensor {
  const rank = x.shape.length;
  const order = permutation ?? x.shape.map((_, i) => rank - 1 - i);
  const axes = order.map((axis) => (axis < 0 ? axis + rank : axis));
  if (axes.length !== rank || new Set(axes).size !== rank || axes.some((axis) => !Number.isInteger(axis) || axis < 0 || axis >= rank)) {
    const expected = `permutation must name each of ${rank} axes once`;
    throw new ShapeError(problem({ where: "transpose", expected, got: show(order), fix: "For a matrix pass [1, 0]." }));
  }
  return applyOne(transposePrimitive, [x], { permutation: axes });
}

/** Swaps the last two axes. */
export function matrixTranspose(x: Tensor): Tensor {
  const rank = x.shape.length;
  if (rank < 2) {
    const fix = "Reshape the vector to a matrix first.";
    throw new ShapeError(problem({ where: "matrixTranspose", expected: "at least two axes", got: `${rank}`, fix }));
  }
  return transpose(x, [...Array.from({ length: rank - 2 }, (_, i) => i), rank - 1, rank - 2]);
}
