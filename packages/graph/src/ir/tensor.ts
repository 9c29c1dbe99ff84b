import type { Dtype, Shape, TensorData } from "@attnlab/check";
import type { Primitive } from "./primitive.ts";
import type { Program } from "./program.ts";

/** What is known of a tensor before any value is: element type and sizes. */
export interface TensorType {
  readonly dtype: Dtype;
  readonly shape: Shape;
}

/** A symbolic tensor: one output of one node. It is immutable and may be used any number of times. */
export interface Tensor extends TensorType {
  readonly node: Node;
  /** Which output of the node this is. */
  readonly output: number;
}

/** What a node is told beside its inputs; programs are the bodies of loops. */
export type AttributeValue = number | string | boolean | readonly number[] | TensorData | Program | undefined;

/** The attributes of one node, by name. */
export type Attributes = Readonly<Record<string, AttributeValue>>;

/** One application of a primitive. */
export interface Node {
  readonly primitive: Primitive;
  readonly inputs: readonly Tensor[];
  readonly attributes: Attributes;
  readonly outputs: readonly Tensor[];
}

/** Applies a primitive: infers the types of its outputs, which throws on bad shapes, and returns them as tensors. */
export function apply<A extends Attributes>(primitive: Primitive<A>, inputs: readonly Tensor[], attributes: A): readonly Tensor[] {
  const outputs: Tensor[] = [];
  const node: Node = { primitive, inputs, attributes, outputs };
  const types = primitive.infer(inputs, attributes);
  for (let output = 0; output < types.length; output++) {
    const type = types[output] as TensorType;
    outputs.push({ dtype: type.dtype, shape: type.shape, node, output });
  }
  return outputs;
}

/** {@link apply} for a primitive with one output. */
export function applyOne<A extends Attributes>(primitive: Primitive<A>, inputs: readonly Tensor[], attributes: A): Tensor {
  return apply(primitive, inputs, attributes)[0] as Tensor;
}

/** Whether a value is a symbolic tensor. */
export function isTensor(value: unknown): value is Tensor {
  return typeof value === "object" && value !== null && "node" in value && "output" in value && "dtype" in value;
}
