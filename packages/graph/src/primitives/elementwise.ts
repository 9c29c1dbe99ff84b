import { broadcastShapes, checkDtype, type Dtype, type Shape, sameShape, sizeOf, stridesOf } from "@attnlab/check";
import type { NdArray, NotDifferentiable, Primitive, Vjp } from "../ir/primitive.ts";
import { applyOne, type Tensor, type TensorType } from "../ir/tensor.ts";
import type { LowerContext } from "../lower/context.ts";
import { broadcastTo } from "./broadcast-to.ts";
import { checkSameDtype } from "./operand.ts";

/** No attributes. */
export type NoAttributes = Readonly<Record<string, never>>;

/** Floats only. */
export const FLOATS: readonly Dtype[] = ["float32", "float64"];

/** Every dtype but bool. */
export const NUMBERS: readonly Dtype[] = ["float32", "float64", "int32", "int64", "uint32"];

/** Every dtype but bool and uint32, which ONNX Runtime does not reduce. */
export const SIGNED: readonly Dtype[] = ["float32", "float64", "int32", "int64"];

/** What differs between elementwise functions of one argument. */
export interface UnaryRules {
  readonly name: string;
  /** Accepted dtypes. Default: floats. */
  readonly dtypes?: readonly Dtype[];
  /** The function on one element. */
  readonly compute: (x: number) => number;
  readonly vjp: Vjp<NoAttributes> | NotDifferentiable;
  /** Name of the standard ONNX operator, or a rule that emits several. */
  readonly onnx: string | ((context: LowerContext<NoAttributes>) => string);
  readonly simplify?: (input: Tensor) => Tensor | undefined;
}

/** Builds an elementwise primitive of one argument; it keeps shape and dtype. */
export function unaryPrimitive(rules: UnaryRules): Primitive<NoAttributes> {
  const { name, compute, vjp, onnx } = rules;
  const primitive: Primitive<NoAttributes> = {
    name,
    infer: ([x]) => {
      const input = x as TensorType;
      checkDtype(name, input.dtype, rules.dtypes ?? FLOATS);
      return [{ dtype: input.dtype, shape: input.shape }];
    },
    evaluate: ([x]) => [(x as NdArray).data.map(compute)],
    vjp,
    lower: (context) => [typeof onnx === "string" ? context.emit(onnx, context.inputs) : onnx(context)],
    simplify: ([x]) => hoistBroadcast(primitive, [x as Tensor]) ?? rules.simplify?.(x as Tensor),
  };
  return primitive;
}

/** What differs between elementwise functions of two arguments. */
export interface BinaryRules {
  readonly name: string;
  /** Accepted dtypes. Default: all but bool. */
  readonly dtypes?: readonly Dtype[];
  /** Dtype of the result. Default: that of the arguments. */
  readonly result?: Dtype;
  /** The function on one pair of elements; `dtype` is that of the arguments. */
  readonly compute: (a: number, b: number, dtype: Dtype) => number;
  readonly vjp: Vjp<NoAttributes> | NotDifferentiable;
  readonly onnx: string | ((context: LowerContext<NoAttributes>) => string);
  readonly simplify?: (a: Tensor, b: Tensor) => Tensor | undefined;
}

/** Builds an elementwise primitive of two arguments of one dtype, with broadcasting. */
export function binaryPrimitive(rules: BinaryRules): Primitive<NoAttributes> {
  const { name, compute, vjp, onnx } = rules;
  const primitive: Primitive<NoAttributes> = {
    name,
    infer: ([a, b]) => {
      const [left, right] = [a as TensorType, b as TensorType];
      checkSameDtype(name, [left, right]);
      checkDtype(name, left.dtype, rules.dtypes ?? NUMBERS);
      return [{ dtype: rules.result ?? left.dtype, shape: broadcastShapes(name, left.shape, right.shape) }];
    },
    evaluate: ([a, b], _, [out]) => [evaluateBinary(compute, a as NdArray, b as NdArray, (out as TensorType).shape)],
    vjp,
    lower: (context) => [typeof onnx === "string" ? context.emit(onnx, context.inputs) : onnx(context)],
    simplify: (inputs) =>
      hoistBroadcast(primitive, inputs) ?? dropBroadcasts(primitive, inputs) ?? rules.simplify?.(inputs[0] as Tensor, inputs[1] as Tensor),
  };
  return primitive;
}

/** What is repeated, for a broadcast tensor; the tensor itself otherwise. */
function source(tensor: Tensor): Tensor {
  return tensor.node.primitive.name === "broadcastTo" ? (tensor.node.inputs[0] as Tensor) : tensor;
}

function commonShape(where: string, inputs: readonly TensorType[]): Shape {
  return inputs.map(({ shape }) => shape).reduce((a, b) => broadcastShapes(where, a, b));
}

/** Repeating a result is less work than working on what is repeated. */
export function hoistBroadcast(primitive: Primitive<NoAttributes>, inputs: readonly Tensor[]): Tensor | undefined {
  const shape = commonShape(primitive.name, inputs);
  const sources = inputs.map(source);
  if (sizeOf(commonShape(primitive.name, sources)) >= sizeOf(shape)) return undefined;
  return broadcastTo(applyOne(primitive, sources, {}), shape);
}

/** An operator that broadcasts by itself needs a broadcast before it only when nothing else gives the common shape. */
export function dropBroadcasts(primitive: Primitive<NoAttributes>, inputs: readonly Tensor[]): Tensor | undefined {
  const shape = commonShape(primitive.name, inputs);
  const kept = [...inputs];
  inputs.forEach((input, i) => {
    kept[i] = source(input);
    if (!sameShape(commonShape(primitive.name, kept), shape)) kept[i] = input;
  });
  return kept.some((input, i) => input !== inputs[i]) ? applyOne(primitive, kept, {}) : undefined;
}

function evaluateBinary(compute: BinaryRules["compute"], a: NdArray, b: NdArray, shape: Shape): Float64Array {
  const out = new Float64Array(sizeOf(shape));
  const ia = broadcastIndex(a.shape, shape);
  const ib = broadcastIndex(b.shape, shape);
  for (let i = 0; i < out.length; i++) out[i] = compute(a.data[ia(i)] as number, b.data[ib(i)] as number, a.dtype);
  return out;
}

/** Maps a flat index of `shape` to the flat index of a tensor of shape `from` that is broadcast to it. */
export function broadcastIndex(from: Shape, shape: Shape): (i: number) => number {
  if (from.length === shape.length && from.every((n, k) => n === shape[k])) return (i) => i;
  if (sizeOf(from) === 1) return () => 0;
  const strides = stridesOf(shape);
  const own = stridesOf(from);
  const offset = shape.length - from.length;
  const steps = from.map((n, k) => (n === 1 ? 0 : (own[k] as number)));
  return (i) => {
    let rest = i;
    let index = 0;
    for (let k = 0; k < shape.length; k++) {
      const stride = strides[k] as number;
      const at = Math.floor(rest / stride);
      rest -= at * stride;
      if (k >= offset) index += at * (steps[k - offset] as number);
    }
    return index;
  };
}
