import { booleanOption, checkDtype, type Dtype, optionTable, problem, type Shape, ShapeError, showShape, sizeOf } from "@attnlab/check";
import type { NdArray, Primitive, Vjp } from "../ir/primitive.ts";
import { applyOne, type Tensor, type TensorType } from "../ir/tensor.ts";
import type { LowerContext } from "../lower/context.ts";
import { type Axes, reducedShape, resolveAxes } from "./axes.ts";
import { broadcastIndex } from "./elementwise.ts";
import { reshape } from "./reshape.ts";
import type { ReduceAttributes, ReduceOptions } from "./sum.ts";

/** What differs between reductions. */
export interface ReductionRules {
  readonly name: string;
  readonly dtypes: readonly Dtype[];
  /** The reduction of one group of elements. */
  readonly compute: (values: Float64Array, dtype: Dtype) => number;
  /** Whether a group without elements has a value. */
  readonly acceptsEmpty: boolean;
  readonly vjp: Vjp<ReduceAttributes>;
  /** Name of the standard ONNX operator, which takes the axes as its second input. */
  readonly onnx: string;
}

/** Builds the primitive of a reduction over axes. */
export function reductionPrimitive(rules: ReductionRules): Primitive<ReduceAttributes> {
  const { name } = rules;
  return {
    name,
    infer: ([x], { axes, keepDims }) => {
      const { dtype, shape } = x as TensorType;
      checkDtype(name, dtype, rules.dtypes);
      const reduced = reducedShape(shape, axes, keepDims);
      if (!rules.acceptsEmpty) checkNotEmpty(name, shape, reduced);
      return [{ dtype, shape: reduced }];
    },
    evaluate: ([x], { axes }) => [reduceGroups(x as NdArray, axes, rules.compute)],
    vjp: rules.vjp,
    lower: (context) => [emitReduction(context, rules.onnx)],
    simplify: ([x], { axes, keepDims }) => {
      const input = x as Tensor;
      // Axes of size 1 only go away.
      return axes.every((axis) => input.shape[axis] === 1) ? reshape(input, reducedShape(input.shape, axes, keepDims)) : undefined;
    },
  };
}

/** Emits one ONNX reduction of a value over the node's axes. */
export function emitReduction(
  { inputs, attributes, emit, int64s }: LowerContext<ReduceAttributes>,
  op: string,
  { value = inputs[0] as string, keepDims = attributes.keepDims }: { readonly value?: string; readonly keepDims?: boolean } = {},
): string {
  return emit(op, [value, int64s(attributes.axes)], { keepdims: { int: keepDims ? 1 : 0 } });
}

/** @throws {@link ShapeError} when a reduction has results but no elements to make them from. */
export function checkNotEmpty(where: string, shape: Shape, reduced: Shape): void {
  if (sizeOf(shape) > 0 || sizeOf(reduced) === 0) return;
  const fix = "Reduce other axes, or handle the empty case before.";
  throw new ShapeError(problem({ where, expected: "reduced axes must have at least one element", got: `shape ${showShape(shape)}`, fix }));
}

/** Gathers the elements that fall onto each result, in row-major order, and reduces them. */
export function reduceGroups({ data, shape, dtype }: NdArray, axes: readonly number[], compute: ReductionRules["compute"]): Float64Array {
  const kept = reducedShape(shape, axes, true);
  const index = broadcastIndex(kept, shape);
  const size = sizeOf(axes.map((axis) => shape[axis] as number));
  const groups = new Float64Array(sizeOf(kept) * size);
  const filled = new Uint32Array(sizeOf(kept));
  for (let i = 0; i < data.length; i++) {
    const group = index(i);
    const at = filled[group] as number;
    groups[group * size + at] = data[i] as number;
    filled[group] = at + 1;
  }
  return Float64Array.from(filled, (_, group) => compute(groups.subarray(group * size, (group + 1) * size), dtype));
}

/** Applies a reduction to the axes a user named. */
export function reduce(primitive: Primitive<ReduceAttributes>, x: Tensor, axes: Axes, options: ReduceOptions): Tensor {
  const { keepDims } = keepDimsOption(primitive.name, options);
  return applyOne(primitive, [x], { axes: resolveAxes(primitive.name, axes, x.shape.length), keepDims });
}

/** @throws {@link OptionError} when an option is unknown or `keepDims` no boolean. */
export function keepDimsOption(owner: string, options: ReduceOptions): { readonly keepDims: boolean } {
  const rules = { keepDims: booleanOption({ doc: "Keep reduced axes with size 1.", default: false }) };
  return optionTable(owner, rules).parse({ ...options });
}

/** A reduced tensor, or its cotangent, with the reduced axes back at size 1. */
export function withReducedAxes(reduced: Tensor, shape: Shape, axes: readonly number[]): Tensor {
  return reshape(reduced, reducedShape(shape, axes, true));
}
