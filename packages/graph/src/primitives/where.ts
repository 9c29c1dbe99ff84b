import { broadcastShapes, checkDtype, type Dtype, type Shape, sizeOf } from "@attnlab/check";
import type { NdArray, Primitive } from "../ir/primitive.ts";
import { applyOne, type Tensor, type TensorType } from "../ir/tensor.ts";
import type { LowerContext } from "../lower/context.ts";
import { onnxElementType } from "../lower/element-type.ts";
import { broadcastTo } from "./broadcast-to.ts";
import { isConstant } from "./constant.ts";
import { broadcastIndex, dropBroadcasts, hoistBroadcast, type NoAttributes } from "./elementwise.ts";
import { checkSameDtype, type Operand, operands } from "./operand.ts";
import { sumTo } from "./sum-to.ts";

const wherePrimitive: Primitive<NoAttributes> = {
  name: "where",
  infer: ([condition, a, b]) => {
    const [test, yes, no] = [condition as TensorType, a as TensorType, b as TensorType];
    checkDtype("where: condition", test.dtype, ["bool"]);
    checkSameDtype("where", [yes, no]);
    return [{ dtype: yes.dtype, shape: commonShape([test, yes, no]) }];
  },
  evaluate: ([condition, a, b], _, [out]) => {
    const [test, yes, no] = [condition as NdArray, a as NdArray, b as NdArray];
    const { shape } = out as TensorType;
    const [atTest, atYes, atNo] = [test, yes, no].map((x) => broadcastIndex(x.shape, shape)) as [Index, Index, Index];
    const pick = (i: number): number => (test.data[atTest(i)] === 0 ? no.data[atNo(i)] : yes.data[atYes(i)]) as number;
    return [Float64Array.from({ length: sizeOf(shape) }, (_, i) => pick(i))];
  },
  // Zero is selected, not multiplied in, so an infinite cotangent of the other branch does not become NaN here.
  vjp: ({ inputs, cotangents, needs }) => {
    const [test, a, b, c] = [inputs[0] as Tensor, inputs[1] as Tensor, inputs[2] as Tensor, cotangents[0] as Tensor];
    return [undefined, needs[1] ? sumTo(where(test, c, 0), a.shape) : undefined, needs[2] ? sumTo(where(test, 0, c), b.shape) : undefined];
  },
  lower: (context) => [lowerWhere(context)],
  simplify: (inputs) => hoistBroadcast(wherePrimitive, inputs) ?? dropBroadcasts(wherePrimitive, inputs) ?? decide(inputs),
};

// Dtypes that ONNX Runtime's Where lacks, and a wider one that it has.
const STAND_IN: Partial<Record<Dtype, Dtype>> = { bool: "int32", uint32: "int64" };

function lowerWhere({ inputs, outputTypes, emit }: LowerContext<NoAttributes>): string {
  const { dtype } = outputTypes[0] as Tensor;
  const standIn = STAND_IN[dtype];
  if (standIn === undefined) return emit("Where", inputs);
  const convert = (value: string, to: Dtype): string => emit("Cast", [value], { to: { int: onnxElementType(to) } });
  const [test, a, b] = inputs as readonly [string, string, string];
  return convert(emit("Where", [test, convert(a, standIn), convert(b, standIn)]), dtype);
}

type Index = (i: number) => number;

function commonShape(inputs: readonly TensorType[]): Shape {
  return inputs.map(({ shape }) => shape).reduce((a, b) => broadcastShapes("where", a, b));
}

function decide(inputs: readonly Tensor[]): Tensor | undefined {
  const [test, a, b] = [inputs[0] as Tensor, inputs[1] as Tensor, inputs[2] as Tensor];
  const chosen = a === b || isConstant(test, 1) ? a : isConstant(test, 0) ? b : undefined;
  return chosen === undefined ? undefined : broadcastTo(chosen, commonShape(inputs));
}

/**
 * Elementwise choice: `a` where the condition is true, `b` elsewhere; all three broadcast.
 *
 * The gradient of the operand that is not chosen is exactly zero, even where the other branch is infinite or NaN.
 *
 * @param condition - bool.
 * @throws {@link DtypeError} when the condition is not bool or the dtypes of `a` and `b` differ; {@link ShapeError} when the shapes do not broadcast.
 * @example
 * ```ts
 * import { constantOf, evaluate, trace, where } from "@attnlab/graph";
 * const choose = () => where(constantOf("bool", [2], [1, 0]), constantOf("float64", [2], [1, 2]), 9);
 * evaluate(trace(choose, []), []).data // => Float64Array [1, 9]
 * ```
 */
export function where(condition: Tensor, a: Operand, b: Operand): Tensor {
  return applyOne(wherePrimitive, [condition, ...operands("where", a, b)], {});
}
