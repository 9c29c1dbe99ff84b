import { checkDtype, problem, ShapeError, sameShape, showShape, sizeOf } from "@attnlab/check";
import type { NdArray, Primitive } from "../ir/primitive.ts";
import { applyOne, type Tensor, type TensorType } from "../ir/tensor.ts";
import type { LowerContext } from "../lower/context.ts";
import { onnxElementType } from "../lower/element-type.ts";
import { add } from "./add.ts";
import { resolveAxis } from "./axes.ts";
import { axisView } from "./axis-view.ts";
import { zerosLike } from "./broadcast-to.ts";
import { FLOATS } from "./elementwise.ts";
import { gather, gatheredShape } from "./gather.ts";
import { checkIndexDtype, checkIndexRange } from "./indices.ts";
import { iotaName } from "./iota.ts";
import { checkSameDtype } from "./operand.ts";
import { emitZeros } from "./scatter-along-axis.ts";

type ScatterAttributes = { readonly axis: number; readonly size: number };

const scatterPrimitive: Primitive<ScatterAttributes> = {
  name: "scatter",
  infer: ([indices, updates], { axis, size }) => {
    const [index, source] = [indices as TensorType, updates as TensorType];
    const rest = source.shape.slice(axis + index.shape.length);
    return [{ dtype: source.dtype, shape: [...source.shape.slice(0, axis), size, ...rest] }];
  },
  evaluate: ([indices, updates], { axis, size }, [out]) => {
    const { outer, inner } = axisView((out as TensorType).shape, axis);
    const at = (indices as NdArray).data;
    checkIndexRange("scatterAdd", indices as NdArray, size);
    const source = (updates as NdArray).data;
    const result = new Float64Array(outer * size * inner);
    for (let o = 0; o < outer; o++) {
      for (let k = 0; k < at.length; k++) {
        const [to, from] = [(o * size + (at[k] as number)) * inner, (o * at.length + k) * inner];
        for (let r = 0; r < inner; r++) result[to + r] = (result[to + r] as number) + (source[from + r] as number);
      }
    }
    return [result];
  },
  vjp: ({ inputs, attributes, cotangents }) => [undefined, gather(cotangents[0] as Tensor, inputs[0] as Tensor, attributes.axis)],
  lower: (context) => {
    const { size } = context.attributes;
    return [!context.isDynamic(size) && size <= PRODUCT_LIMIT ? lowerToProduct(context) : lowerToScatter(context)];
  },
  simplify: ([indices, updates], { axis, size }) => {
    const source = updates as Tensor;
    return sizeOf(source.shape) > 0 ? undefined : zerosLike(scatter(indices as Tensor, source, size, axis));
  },
};

// Measured for 768 updates of 16 to 512 numbers: below about 200 entries a product with one-hot rows is faster than
// ScatterElements. ScatterND would be faster still, but ONNX Runtime loses updates of one entry from two threads.
const PRODUCT_LIMIT = 192;

function lowerToProduct(context: LowerContext<ScatterAttributes>): string {
  const { inputs, inputTypes, outputTypes, attributes, emit, shape, int64s } = context;
  const [indices, updates] = inputs as readonly [string, string];
  const { axis, size } = attributes;
  const out = outputTypes[0] as Tensor;
  const { outer, inner } = axisView(out.shape, axis);
  const count = sizeOf((inputTypes[0] as Tensor).shape);
  const flat = emit("Reshape", [indices, int64s(inner === 1 ? [-1, 1] : [1, -1])]);
  const numbers = iotaName(context, "int64", size);
  const rows = inner === 1 ? numbers : emit("Unsqueeze", [numbers, int64s([1])]);
  const oneHot = emit("Cast", [emit("Equal", [flat, rows])], { to: { int: onnxElementType(out.dtype) } });
  const product =
    inner === 1
      ? emit("MatMul", [emit("Reshape", [updates, shape([outer, count])]), oneHot])
      : emit("MatMul", [oneHot, emit("Reshape", [updates, shape([outer, count, inner])])]);
  return emit("Reshape", [product, shape(out.shape)]);
}

function lowerToScatter(context: LowerContext<ScatterAttributes>): string {
  const { inputs, inputTypes, outputTypes, attributes, emit, shape } = context;
  const { axis } = attributes;
  const out = outputTypes[0] as Tensor;
  const count = sizeOf((inputTypes[0] as Tensor).shape);
  const flat = out.shape.map((n, k) => (k === axis ? count : n));
  const line = emit("Reshape", [inputs[0] as string, shape(out.shape.map((_, k) => (k === axis ? count : 1)))]);
  const indices = emit("Expand", [line, shape(flat)]);
  const updates = emit("Reshape", [inputs[1] as string, shape(flat)]);
  const options = { axis: { int: axis }, reduction: { string: "add" } };
  return emit("ScatterElements", [emitZeros(context, out), indices, updates], options);
}

/** {@link scatterAdd} into zeros with `size` entries along the axis: the transpose of {@link gather}. */
export function scatter(indices: Tensor, updates: Tensor, size: number, axis: number): Tensor {
  return applyOne(scatterPrimitive, [indices, updates], { axis, size });
}

/**
 * Adds updates to entries along one axis; entries named several times receive every update: the transpose of {@link gather}.
 *
 * Shapes: `x [..., n, ...]`, `indices [i, j, ...]`, `updates [..., i, j, ..., ...]` → the shape of `x`. Floats; keeps the dtype.
 *
 * In ONNX up to 192 entries are summed by a product with one-hot rows, where an infinite update makes the other entries NaN.
 *
 * @param indices - int64 from 0 to n - 1; the interpreter refuses others with a {@link DataError}.
 * @param axis - negative numbers count from the end. Default 0.
 * @throws {@link ShapeError} when the updates do not have the shape of the gather; {@link DtypeError} on integers.
 * @example
 * ```ts
 * import { constantOf, evaluate, scatterAdd, trace } from "@attnlab/graph";
 * const fn = () => scatterAdd(constantOf("float64", [3], [1, 2, 3]), constantOf("int64", [2], [0, 0]), constantOf("float64", [2], [10, 20]));
 * evaluate(trace(fn, []), []).data // => Float64Array [31, 2, 3]
 * ```
 */
export function scatterAdd(x: Tensor, indices: Tensor, updates: Tensor, axis = 0): Tensor {
  const at = resolveAxis("scatterAdd", axis, x.shape.length);
  checkIndexDtype("scatterAdd", indices);
  checkSameDtype("scatterAdd", [x, updates]);
  checkDtype("scatterAdd", x.dtype, FLOATS);
  const expected = gatheredShape(x.shape, indices.shape, at);
  if (!sameShape(updates.shape, expected)) {
    const fix = "Updates have the shape that gather(x, indices, axis) would give.";
    throw new ShapeError(
      problem({ where: "scatterAdd", expected: `updates must have shape ${showShape(expected)}`, got: showShape(updates.shape), fix }),
    );
  }
  return add(x, scatter(indices, updates, x.shape[at] as number, at));
}
