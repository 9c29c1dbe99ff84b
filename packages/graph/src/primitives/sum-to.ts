import { type Shape, sameShape } from "@attnlab/check";
import type { Tensor } from "../ir/tensor.ts";
import { reshape } from "./reshape.ts";
import { sum } from "./sum.ts";

/** The transpose of broadcasting: sums a tensor down to the shape that was broadcast to it. */
export function sumTo(x: Tensor, shape: Shape): Tensor {
  if (sameShape(x.shape, shape)) return x;
  const offset = x.shape.length - shape.length;
  const axes: number[] = [];
  x.shape.forEach((n, axis) => {
    if (axis < offset || (shape[axis - offset] === 1 && n !== 1)) axes.push(axis);
  });
  return reshape(sum(x, axes), shape);
}
