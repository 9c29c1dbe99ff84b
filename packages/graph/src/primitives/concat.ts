import { problem, ShapeError, showShape, sizeOf, UsageError } from "@attnlab/check";
import type { Primitive } from "../ir/primitive.ts";
import { applyOne, type Tensor, type TensorType } from "../ir/tensor.ts";
import { resolveAxis } from "./axes.ts";
import { axisView } from "./axis-view.ts";
import { checkSameDtype } from "./operand.ts";
import { sliceAxis } from "./slice.ts";

type ConcatAttributes = { readonly axis: number };

const concatPrimitive: Primitive<ConcatAttributes> = {
  name: "concat",
  infer: (inputs, { axis }) => [inferConcat(inputs, axis)],
  evaluate: (inputs, { axis }, [out]) => {
    const { outer, size, inner } = axisView((out as TensorType).shape, axis);
    const result = new Float64Array(outer * size * inner);
    let offset = 0;
    for (const { data, shape } of inputs) {
      const length = (shape[axis] as number) * inner;
      for (let o = 0; o < outer; o++) result.set(data.subarray(o * length, (o + 1) * length), o * size * inner + offset);
      offset += length;
    }
    return [result];
  },
  vjp: ({ inputs, attributes: { axis }, cotangents, needs }) => {
    let start = 0;
    return inputs.map(({ shape }, k) => {
      const end = start + (shape[axis] as number);
      const part = needs[k] ? sliceAxis(cotangents[0] as Tensor, axis, start, end) : undefined;
      start = end;
      return part;
    });
  },
  lower: ({ inputs, outputTypes, attributes, emit, isDynamic }) => {
    // Refuses sizes such as "batch + 1".
    (outputTypes[0] as Tensor).shape.forEach(isDynamic);
    return [emit("Concat", inputs, { axis: { int: attributes.axis } })];
  },
  simplify: (inputs, { axis }) => {
    const parts = inputs.filter(({ shape }) => sizeOf(shape) > 0);
    return parts.length < inputs.length && parts.length > 0 ? concat(parts, axis) : undefined;
  },
};

function inferConcat(inputs: readonly TensorType[], axis: number): TensorType {
  checkSameDtype("concat", inputs);
  const { dtype, shape } = inputs[0] as TensorType;
  let size = 0;
  for (const other of inputs) {
    if (other.shape.length !== shape.length || other.shape.some((n, k) => k !== axis && n !== shape[k])) {
      const expected = `tensors must agree in every axis but ${axis}`;
      const got = `${showShape(shape)} and ${showShape(other.shape)}`;
      throw new ShapeError(
        problem({ where: "concat", expected, got, fix: "Reshape or broadcast one of them, or use stack() for a new axis." }),
      );
    }
    size += other.shape[axis] as number;
  }
  return { dtype, shape: shape.map((n, k) => (k === axis ? size : n)) };
}

/** @throws {@link UsageError} when there is nothing to join. */
export function firstOf(where: string, tensors: readonly Tensor[]): Tensor {
  const [first] = tensors;
  if (first !== undefined) return first;
  throw new UsageError(problem({ where, expected: "at least one tensor must be given", got: "none", fix: "Pass a list of tensors." }));
}

/**
 * Joins tensors along an axis that they have. Operands share one dtype, which the result keeps.
 *
 * @param axis - negative numbers count from the end. Default 0.
 * @throws {@link ShapeError} when another axis differs; {@link UsageError} when the list is empty.
 * @example
 * ```ts
 * import { concat, constantOf, evaluate, trace } from "@attnlab/graph";
 * const x = constantOf("float64", [2], [1, 2]);
 * evaluate(trace(() => concat([x, x]), []), []).data // => Float64Array [1, 2, 1, 2]
 * ```
 */
export function concat(tensors: readonly Tensor[], axis = 0): Tensor {
  const first = firstOf("concat", tensors);
  const at = resolveAxis("concat", axis, first.shape.length);
  return tensors.length === 1 ? first : applyOne(concatPrimitive, tensors, { axis: at });
}
