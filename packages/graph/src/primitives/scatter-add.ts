import { checkDtype, problem, ShapeError, sameShape, showShape } from "@attnlab/check";
import type { NdArray, Primitive } from "../ir/primitive.ts";
import { applyOne, type Tensor, type TensorType } from "../ir/tensor.ts";
import type { LowerContext } from "../lower/context.ts";
import { resolveAxis } from "./axes.ts";
import { axisView } from "./axis-view.ts";
import { FLOATS } from "./elementwise.ts";
import { gather, gatheredShape } from "./gather.ts";
import { checkIndexDtype, checkIndexRange } from "./indices.ts";
import { checkSameDtype } from "./operand.ts";

type AxisAttributes = { readonly axis: number };

const scatterAddPrimitive: Primitive<AxisAttributes> = {
  name: "scatterAdd",
  infer: ([x, indices, updates], { axis }) => {
    const [target, index, source] = [x as TensorType, indices as TensorType, updates as TensorType];
    checkIndexDtype("scatterAdd", index);
    checkSameDtype("scatterAdd", [target, source]);
    checkDtype("scatterAdd", target.dtype, FLOATS);
    const expected = gatheredShape(target.shape, index.shape, axis);
    if (!sameShape(source.shape, expected)) {
      const fix = "Updates have the shape that gather(x, indices, axis) would give.";
      throw new ShapeError(
        problem({ where: "scatterAdd", expected: `updates must have shape ${showShape(expected)}`, got: showShape(source.shape), fix }),
      );
    }
    return [{ dtype: target.dtype, shape: target.shape }];
  },
  evaluate: ([x, indices, updates], { axis }) => {
    const { data, shape } = x as NdArray;
    const { outer, size, inner } = axisView(shape, axis);
    const at = (indices as NdArray).data;
    checkIndexRange("scatterAdd", indices as NdArray, size);
    const source = (updates as NdArray).data;
    const result = Float64Array.from(data);
    for (let o = 0; o < outer; o++) {
      for (let k = 0; k < at.length; k++) {
        const [to, from] = [(o * size + (at[k] as number)) * inner, (o * at.length + k) * inner];
        for (let r = 0; r < inner; r++) result[to + r] = (result[to + r] as number) + (source[from + r] as number);
      }
    }
    return [result];
  },
  vjp: ({ inputs, attributes, cotangents }) => {
    const c = cotangents[0] as Tensor;
    return [c, undefined, gather(c, inputs[1] as Tensor, attributes.axis)];
  },
  lower: (context) => [lowerScatterAdd(context)],
};

function lowerScatterAdd({ inputs, inputTypes, attributes, emit, int64s }: LowerContext<AxisAttributes>): string {
  const [x, indices, updates] = inputs as readonly [string, string, string];
  const rank = (inputTypes[0] as Tensor).shape.length;
  const indexRank = (inputTypes[1] as Tensor).shape.length;
  const { axis } = attributes;
  // ScatterND addresses leading axes, so the axis and the axes of the updates in its place go to the front.
  const front = (from: number, count: number, total: number): readonly number[] => {
    const moved = Array.from({ length: count }, (_, i) => from + i);
    return [...moved, ...Array.from({ length: total }, (_, i) => i).filter((i) => !moved.includes(i))];
  };
  const move = (name: string, permutation: readonly number[]): string =>
    axis === 0 ? name : emit("Transpose", [name], { perm: { ints: permutation } });
  const data = move(x, front(axis, 1, rank));
  const source = move(updates, front(axis, indexRank, rank - 1 + indexRank));
  const rows = emit("Unsqueeze", [indices, int64s([-1])]);
  const sum = emit("ScatterND", [data, rows, source], { reduction: { string: "add" } });
  const back = [...Array.from({ length: axis }, (_, i) => i + 1), 0, ...Array.from({ length: rank - axis - 1 }, (_, i) => axis + 1 + i)];
  return move(sum, back);
}

/**
 * Adds updates to entries along one axis; entries named several times receive every update: the transpose of {@link gather}.
 *
 * Shapes: `x [..., n, ...]`, `indices [i, j, ...]`, `updates [..., i, j, ..., ...]` → the shape of `x`. Floats; keeps the dtype.
 *
 * @param indices - int64 from 0 to n - 1; the interpreter refuses others with a {@link DataError}.
 * @param axis - negative numbers count from the end. Default 0.
 * @throws {@link ShapeError} when the updates do not have the shape of the gather.
 */
export function scatterAdd(x: Tensor, indices: Tensor, updates: Tensor, axis = 0): Tensor {
  return applyOne(scatterAddPrimitive, [x, indices, updates], { axis: resolveAxis("scatterAdd", axis, x.shape.length) });
}
