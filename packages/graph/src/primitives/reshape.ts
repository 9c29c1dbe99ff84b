import { checkShape, problem, type Shape, ShapeError, sameShape, showShape, sizeOf } from "@attnlab/check";
import type { NdArray, Primitive } from "../ir/primitive.ts";
import { applyOne, type Tensor, type TensorType } from "../ir/tensor.ts";
import { reducedShape } from "./axes.ts";
import { sum } from "./sum.ts";

type ReshapeAttributes = { readonly shape: Shape };

const reshapePrimitive: Primitive<ReshapeAttributes> = {
  name: "reshape",
  infer: ([x], { shape }) => [{ dtype: (x as TensorType).dtype, shape }],
  evaluate: ([x]) => [(x as NdArray).data],
  vjp: ({ inputs, cotangents }) => [reshape(cotangents[0] as Tensor, (inputs[0] as Tensor).shape)],
  lower: ({ inputs, attributes, emit, int64s, isDynamic, shape }) => {
    const sizes = attributes.shape;
    const dynamic = sizes.filter(isDynamic);
    // One unknown size is ONNX's -1; several are computed.
    const target = dynamic.length === 1 ? int64s(sizes.map((n) => (isDynamic(n) ? -1 : n))) : shape(sizes);
    return [emit("Reshape", [inputs[0] as string, target], sizes.includes(0) ? { allowzero: { int: 1 } } : undefined)];
  },
  simplify: ([x], { shape }) => {
    const input = x as Tensor;
    if (sameShape(input.shape, shape)) return input;
    const [source] = input.node.inputs;
    if (source === undefined) return undefined;
    if (input.node.primitive.name === "reshape") return reshape(source, shape);
    return dropsKeptAxes(input, shape) ? sum(source, input.node.attributes.axes as readonly number[]) : undefined;
  },
};

/** A sum that keeps its axes, reshaped to the shape without them, is the sum that drops them. */
function dropsKeptAxes({ node, shape }: Tensor, wanted: Shape): boolean {
  if (node.primitive.name !== "sum" || node.attributes.keepDims !== true) return false;
  return sameShape(reducedShape(shape, node.attributes.axes as readonly number[], false), wanted);
}

/**
 * The same elements in row-major order under another shape. Keeps the dtype.
 *
 * @param shape - the new sizes; one of them may be -1 and is then computed.
 * @throws {@link ShapeError} when the number of elements differs.
 */
export function reshape(x: Tensor, shape: Shape): Tensor {
  const resolved = inferSize(x.shape, shape);
  return sameShape(resolved, x.shape) ? x : applyOne(reshapePrimitive, [x], { shape: resolved });
}

function inferSize(from: Shape, to: Shape): Shape {
  const unknown = to.indexOf(-1);
  const known = sizeOf(to.filter((_, i) => i !== unknown));
  const resolved = unknown < 0 ? to : to.map((n, i) => (i === unknown ? sizeOf(from) / known : n));
  const fits = to.lastIndexOf(-1) === unknown && resolved.every((n) => Number.isInteger(n) && n >= 0) && sizeOf(resolved) === sizeOf(from);
  if (!fits) {
    const fix = `The input has ${sizeOf(from)} elements.`;
    throw new ShapeError(
      problem({ where: "reshape", expected: `${showShape(from)} must keep its number of elements`, got: showShape(to), fix }),
    );
  }
  checkShape("reshape", resolved);
  return resolved;
}
