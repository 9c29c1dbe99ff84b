import type { LowerContext } from "../lower/context.ts";
import type { Attributes, Tensor, TensorType } from "./tensor.ts";

/** A value in the reference interpreter: every dtype is held in float64, which is exact for integers below 2^53. */
export interface NdArray extends TensorType {
  readonly data: Float64Array;
}

/** What a gradient rule sees. */
export interface VjpContext<A extends Attributes> {
  readonly inputs: readonly Tensor[];
  readonly outputs: readonly Tensor[];
  readonly attributes: A;
  /** The gradient of the loss with respect to each output; `undefined` where it is zero. */
  readonly cotangents: readonly (Tensor | undefined)[];
  /** Which inputs need a gradient; rules may skip the others. */
  readonly needs: readonly boolean[];
}

/** A gradient rule (vector-Jacobian product): one gradient per input, `undefined` for zero. */
export type Vjp<A extends Attributes> = {
  // Written as a method: a rule for particular attributes may stand where a rule for any attributes is expected.
  rule(context: VjpContext<A>): readonly (Tensor | undefined)[];
}["rule"];

/** The statement that a primitive has no gradient, with its reason. */
export interface NotDifferentiable {
  readonly notDifferentiable: string;
}

/** States that no gradient flows through a primitive. The gradient is zero almost everywhere, or its inputs are not real numbers. */
export function notDifferentiable(reason: string): NotDifferentiable {
  return { notDifferentiable: reason };
}

/** One operation with all its rules. */
export interface Primitive<A extends Attributes = Attributes> {
  readonly name: string;
  /** Shape and dtype rule; throws on inputs that do not fit. */
  infer(inputs: readonly TensorType[], attributes: A): readonly TensorType[];
  /** Float64 reference evaluation; returns the elements of each output, row-major. */
  evaluate(inputs: readonly NdArray[], attributes: A, outputs: readonly TensorType[]): readonly Float64Array[];
  /** Gradient rule. */
  readonly vjp: Vjp<A> | NotDifferentiable;
  /** ONNX form: emits nodes through the context and returns the names of the outputs. */
  lower(context: LowerContext<A>): readonly string[];
  /** A simpler tensor that equals the node's only output, or `undefined`. */
  simplify?(inputs: readonly Tensor[], attributes: A): Tensor | undefined;
}
