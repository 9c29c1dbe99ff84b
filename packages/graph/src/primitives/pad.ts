import { checkDtype, problem, ShapeError, show, sizeOf, stridesOf } from "@attnlab/check";
import type { NdArray, Primitive } from "../ir/primitive.ts";
import { applyOne, type Tensor, type TensorType } from "../ir/tensor.ts";
import type { LowerContext } from "../lower/context.ts";
import { NUMBERS } from "./elementwise.ts";
import { slice } from "./slice.ts";

type PadAttributes = { readonly before: readonly number[]; readonly after: readonly number[]; readonly value: number };

const padPrimitive: Primitive<PadAttributes> = {
  name: "pad",
  infer: ([x], { before, after }) => {
    const { dtype, shape } = x as TensorType;
    checkDtype("pad", dtype, NUMBERS);
    return [{ dtype, shape: shape.map((n, axis) => (before[axis] as number) + n + (after[axis] as number)) }];
  },
  evaluate: ([x], { before, value }, [out]) => {
    const { data, shape } = x as NdArray;
    const target = (out as TensorType).shape;
    const result = new Float64Array(sizeOf(target)).fill(value);
    const [from, to] = [stridesOf(shape), stridesOf(target)];
    const offset = before.reduce((sum, amount, axis) => sum + amount * (to[axis] as number), 0);
    for (let i = 0; i < data.length; i++) {
      let rest = i;
      let place = offset;
      for (let axis = 0; axis < shape.length; axis++) {
        const at = Math.floor(rest / (from[axis] as number));
        rest -= at * (from[axis] as number);
        place += at * (to[axis] as number);
      }
      result[place] = data[i] as number;
    }
    return [result];
  },
  vjp: ({ inputs, attributes: { before }, cotangents }) => {
    const { shape } = inputs[0] as Tensor;
    const ends = shape.map((n, axis) => (before[axis] as number) + n);
    return [slice(cotangents[0] as Tensor, before, ends)];
  },
  lower: (context) => [lowerPad(context)],
  simplify: ([x], { before, after }) => ([...before, ...after].every((amount) => amount === 0) ? x : undefined),
};

function lowerPad({ inputs, inputTypes, outputTypes, attributes, emit, int64s, isDynamic, scalar }: LowerContext<PadAttributes>): string {
  const { shape, dtype } = inputTypes[0] as Tensor;
  const { before, after, value } = attributes;
  const padded = (outputTypes[0] as Tensor).shape;
  for (let axis = 0; axis < shape.length; axis++) {
    if (before[axis] === 0 && after[axis] === 0) continue;
    if (isDynamic(shape[axis] as number) || isDynamic(padded[axis] as number)) {
      const fix = "Fix the size of this axis, or pad the data before the program.";
      throw new ShapeError(problem({ where: "pad", expected: "a padded axis must have a fixed size", got: `dynamic axis ${axis}`, fix }));
    }
  }
  // Every axis is named by its place: ONNX Runtime 1.30, when it moves a transpose past Pad, loses track of the optional list of axes.
  return emit("Pad", [inputs[0] as string, int64s([...before, ...after]), scalar(value, dtype)], { mode: { string: "constant" } });
}

/**
 * Surrounds a tensor with a constant. Keeps the dtype.
 *
 * @param amounts - for every axis how many entries to add `[before, after]` it; whole numbers >= 0.
 * @param value - what is added. Default 0.
 * @throws {@link ShapeError} when the number of pairs differs from the rank or an amount is negative.
 * @example
 * ```ts
 * import { constantOf, evaluate, pad, trace } from "@attnlab/graph";
 * evaluate(trace(() => pad(constantOf("float64", [2], [1, 2]), [[1, 2]]), []), []).data // => Float64Array [0, 1, 2, 0, 0]
 * ```
 */
export function pad(x: Tensor, amounts: readonly (readonly [number, number])[], value = 0): Tensor {
  const valid = (amount: unknown): boolean => Number.isSafeInteger(amount) && (amount as number) >= 0;
  if (amounts.length !== x.shape.length || !amounts.every((pair) => pair.length === 2 && pair.every(valid))) {
    const expected = `${x.shape.length} pairs [before, after] of whole numbers >= 0 must be given`;
    throw new ShapeError(problem({ where: "pad", expected, got: show(amounts), fix: "Use slice() to remove entries." }));
  }
  if (amounts.every(([a, b]) => a === 0 && b === 0)) return x;
  return applyOne(padPrimitive, [x], { before: amounts.map(([a]) => a), after: amounts.map(([, b]) => b), value });
}
