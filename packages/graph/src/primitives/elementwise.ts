import { broadcastShapes, checkDtype, type Dtype, type Shape, sameShape, sizeOf, stridesOf } from "@attnlab/check";
import type { NdArray, NotDifferentiable, Primitive, Vjp } from "../ir/primitive.ts";
import { applyOne, type Tensor, type TensorType } from "../ir/tensor.ts";
import type { LowerContext } from "../lower/context.ts";
import { checkSameDtype } from "./operand.ts";

/** No attributes. */
export type NoAttributes = Readonly<Record<string, never>>;

/** Floats only. */
export const FLOATS: readonly Dtype[] = ["float32", "float64"];

/** Every dtype but bool. */
export const NUMBERS: readonly Dtype[] = ["float32", "float64", "int32", "int64", "uint32"];

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
  const { name, compute, vjp, onnx, simplify } = rules;
  return {
    name,
    infer: ([x]) => {
      const input = x as TensorType;
      checkDtype(name, input.dtype, rules.dtypes ?? FLOATS);
      return [{ dtype: input.dtype, shape: input.shape }];
    },
    evaluate: ([x]) => [(x as NdArray).data.map(compute)],
    vjp,
    lower: (context) => [typeof onnx === "string" ? context.emit(onnx, context.inputs) : onnx(context)],
    ...(simplify === undefined ? {} : { simplify: ([x]) => simplify(x as Tensor) }),
  };
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
    simplify: ([a, b]) => dropBroadcast(primitive, a as Tensor, b as Tensor) ?? rules.simplify?.(a as Tensor, b as Tensor),
  };
  return primitive;
}

/** An operator that broadcasts by itself needs no broadcast before it. */
function dropBroadcast(primitive: Primitive<NoAttributes>, a: Tensor, b: Tensor): Tensor | undefined {
  const shape = broadcastShapes(primitive.name, a.shape, b.shape);
  const source = (tensor: Tensor): Tensor => (tensor.node.primitive.name === "broadcastTo" ? (tensor.node.inputs[0] as Tensor) : tensor);
  for (const [x, y] of [
    [source(a), source(b)],
    [source(a), b],
    [a, source(b)],
  ] as const) {
    if ((x !== a || y !== b) && sameShape(broadcastShapes(primitive.name, x.shape, y.shape), shape)) return applyOne(primitive, [x, y], {});
  }
  return undefined;
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
