import { broadcastShapes, checkShape, problem, type Shape, ShapeError, sameShape, showShape, sizeOf } from "@attnlab/check";
import type { NdArray, Primitive } from "../ir/primitive.ts";
import { applyOne, type Tensor, type TensorType } from "../ir/tensor.ts";
import { constant } from "./constant.ts";
import { broadcastIndex } from "./elementwise.ts";
import { sumTo } from "./sum-to.ts";

type BroadcastAttributes = { readonly shape: Shape };

const broadcastToPrimitive: Primitive<BroadcastAttributes> = {
  name: "broadcastTo",
  infer: ([x], { shape }) => {
    const input = x as TensorType;
    checkShape("broadcastTo", shape);
    if (!sameShape(broadcastShapes("broadcastTo", input.shape, shape), shape)) {
      const fix = "Every axis of the input, aligned at the end, must be 1 or the wanted size.";
      const expected = `${showShape(input.shape)} must broadcast to the wanted shape`;
      throw new ShapeError(problem({ where: "broadcastTo", expected, got: showShape(shape), fix }));
    }
    return [{ dtype: input.dtype, shape }];
  },
  evaluate: ([x], { shape }) => {
    const { data, shape: from } = x as NdArray;
    const index = broadcastIndex(from, shape);
    return [Float64Array.from({ length: sizeOf(shape) }, (_, i) => data[index(i)] as number)];
  },
  vjp: ({ inputs, cotangents }) => [sumTo(cotangents[0] as Tensor, (inputs[0] as Tensor).shape)],
  lower: ({ inputs, attributes, emit, shape }) => [emit("Expand", [inputs[0] as string, shape(attributes.shape)])],
  simplify: ([x], { shape }) => {
    const input = x as Tensor;
    if (sameShape(input.shape, shape)) return input;
    return input.node.primitive.name === "broadcastTo" ? broadcastTo(input.node.inputs[0] as Tensor, shape) : undefined;
  },
};

/**
 * Repeats axes of size 1, and adds leading axes, until the tensor has the wanted shape. Keeps the dtype.
 * @throws {@link ShapeError} when an axis is neither 1 nor the wanted size.
 */
export function broadcastTo(x: Tensor, shape: Shape): Tensor {
  return applyOne(broadcastToPrimitive, [x], { shape });
}

/** Zeros of the dtype and shape of another tensor; never stored densely. */
export function zerosLike(x: TensorType): Tensor {
  return filled(x, 0);
}

/** One number in every element, with the dtype and shape of another tensor; never stored densely. */
export function filled(like: TensorType, value: number): Tensor {
  const scalar = constant(value, like.dtype);
  return like.shape.length === 0 ? scalar : broadcastTo(scalar, like.shape);
}
