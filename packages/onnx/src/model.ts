import type { Dtype, TensorData } from "@attnlab/check";

/** One axis of a value: its size, or the name of a dynamic dimension; `""` is a dynamic dimension without a name. */
export type OnnxDim = number | string;

/** The name, element type and shape of a graph input or output; `shape: []` is a scalar. */
export interface OnnxValueInfo {
  readonly name: string;
  readonly dtype: Dtype;
  readonly shape: readonly OnnxDim[];
}

/**
 * The value of a node's attribute, under a key that says its kind.
 *
 * `float` and `floats` are stored in single precision, `int` and `ints` as 64-bit integers (here: up to 2^53 in size).
 */
export type OnnxAttribute =
  | { readonly int: number }
  | { readonly float: number }
  | { readonly string: string }
  | { readonly ints: readonly number[] }
  | { readonly floats: readonly number[] }
  | { readonly strings: readonly string[] }
  | { readonly tensor: TensorData }
  | { readonly graph: OnnxGraph };

/** One operator call; `""` among the inputs or outputs leaves an optional one out. */
export interface OnnxNode {
  /** The operator, for example `"MatMul"`. */
  readonly op: string;
  /** Operator set the operator belongs to; default `""`, the standard one. */
  readonly domain?: string;
  /** Appears in profiles and error messages; unique in its graph when given. */
  readonly name?: string;
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly attributes?: Readonly<Record<string, OnnxAttribute>>;
}

/** A named constant of a graph. */
export interface OnnxInitializer {
  readonly name: string;
  readonly value: TensorData;
}

/** Nodes in an order in which they can run, with the constants, inputs and outputs around them. */
export interface OnnxGraph {
  readonly name: string;
  readonly nodes: readonly OnnxNode[];
  readonly initializers: readonly OnnxInitializer[];
  readonly inputs: readonly OnnxValueInfo[];
  readonly outputs: readonly OnnxValueInfo[];
}

/** A whole ONNX model as a plain object. */
export interface OnnxModel {
  /** Version of the file format; default 10, which goes with operator set 21. */
  readonly irVersion?: number;
  /** Version of each operator set by domain; the standard domain is `""`. */
  readonly opsets: Readonly<Record<string, number>>;
  /** Name of the program that made the model. */
  readonly producer?: string;
  readonly graph: OnnxGraph;
  readonly metadata?: Readonly<Record<string, string>>;
  /** A description for people. */
  readonly doc?: string;
}
