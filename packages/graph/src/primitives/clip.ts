import { checkDtype, isFloat, OptionError, problem, show, tensorData } from "@attnlab/check";
import type { NdArray, Primitive } from "../ir/primitive.ts";
import { applyOne, type Tensor, type TensorType } from "../ir/tensor.ts";
import { equal } from "./comparison.ts";
import { NUMBERS } from "./elementwise.ts";
import { where } from "./where.ts";

type ClipAttributes = { readonly min: number; readonly max: number };

const clipPrimitive: Primitive<ClipAttributes> = {
  name: "clip",
  infer: ([x]) => {
    const { dtype, shape } = x as TensorType;
    checkDtype("clip", dtype, NUMBERS);
    return [{ dtype, shape }];
  },
  evaluate: ([x], { min, max }) => [(x as NdArray).data.map((v) => Math.min(Math.max(v, min), max))],
  // Inside and on the bounds, and only there, clipping changes nothing.
  vjp: ({ inputs, outputs, cotangents }) => [where(equal(inputs[0] as Tensor, outputs[0] as Tensor), cotangents[0] as Tensor, 0)],
  lower: ({ inputs, outputTypes, attributes: { min, max }, emit, constant }) => {
    const { dtype } = outputTypes[0] as Tensor;
    // Left out, a bound of floats would be the largest finite number, and infinities would not pass.
    const bound = (value: number): string => (isFloat(dtype) || Number.isFinite(value) ? constant(tensorData(dtype, [], [value])) : "");
    return [emit("Clip", [inputs[0] as string, bound(min), bound(max)])];
  },
};

/**
 * Elementwise $\min(\max(x, min), max)$. Any dtype but bool; keeps dtype and shape.
 *
 * The gradient passes inside and exactly on the bounds, and is zero outside.
 *
 * @param min - lower bound; `-Infinity` for none.
 * @param max - upper bound; `Infinity` for none.
 * @throws {@link OptionError} when a bound is NaN, `min > max`, or a finite bound of an integer tensor is not whole.
 * @example
 * ```ts
 * import { clip, constantOf, evaluate, trace } from "@attnlab/graph";
 * evaluate(trace(() => clip(constantOf("float64", [3], [-2, 0.5, 2]), 0, 1), []), []).data // => Float64Array [0, 0.5, 1]
 * ```
 */
export function clip(x: Tensor, min: number, max: number): Tensor {
  const whole = (bound: number): boolean => isFloat(x.dtype) || !Number.isFinite(bound) || Number.isInteger(bound);
  if (!(min <= max) || !whole(min) || !whole(max)) {
    const expected = `bounds must be ${isFloat(x.dtype) ? "" : "whole "}numbers with min <= max`;
    throw new OptionError(problem({ where: "clip", expected, got: `${show(min)} and ${show(max)}`, fix: "Use Infinity for no bound." }));
  }
  return applyOne(clipPrimitive, [x], { min, max });
}
