import type { Dtype, Shape, TensorData } from "@attnlab/check";
import type { OnnxAttribute } from "@attnlab/onnx";
import type { Program } from "../ir/program.ts";
import type { Attributes, Tensor } from "../ir/tensor.ts";

/** How a node is emitted beside its name and inputs. */
export interface EmitOptions {
  /** ONNX operator domain. Default: the standard one. */
  readonly domain?: string;
  /** Number of outputs; the first is returned by `emit`, all of them by `emitAll`. Default 1. */
  readonly outputs?: number;
}

/** What the lowering rule of a primitive works with. */
export interface LowerContext<A extends Attributes> {
  /** Names of the ONNX values of the node's inputs. */
  readonly inputs: readonly string[];
  /** Types of the node's inputs and outputs. */
  readonly inputTypes: readonly Tensor[];
  readonly outputTypes: readonly Tensor[];
  readonly attributes: A;
  /** Whether operators of ONNX Runtime's own domain `com.microsoft` may be used. */
  readonly contrib: boolean;
  /** Whether anything reads this output of the node. */
  isUsed(output: number): boolean;
  /** Adds a node and returns the name of its first output. */
  emit(op: string, inputs: readonly string[], attributes?: Readonly<Record<string, OnnxAttribute>>, options?: EmitOptions): string;
  /** Adds a node and returns the names of all its outputs. */
  emitAll(
    op: string,
    inputs: readonly string[],
    attributes?: Readonly<Record<string, OnnxAttribute>>,
    options?: EmitOptions,
  ): readonly string[];
  /** The name of a constant; equal constants share one initialiser. */
  constant(value: TensorData): string;
  /** A scalar constant. */
  scalar(value: number, dtype: Dtype): string;
  /** A constant vector of int64: axes, starts, repeats. */
  int64s(values: readonly number[]): string;
  /** An int64 vector with these sizes; sizes that depend on a dynamic dimension are computed when the model runs. */
  shape(sizes: Shape): string;
  /** Whether a size depends on a dynamic dimension. */
  isDynamic(size: number): boolean;
  /** Lowers the body of a loop in place: binds its inputs to names that exist and returns the names of its outputs. */
  subgraph(options: SubgraphOptions): OnnxAttribute;
}

/** A body to be lowered as an ONNX subgraph, which sees the values outside it by name. */
export interface SubgraphOptions {
  readonly body: Program;
  /** One per input of the body: the name of a value outside, or a fresh input of the subgraph. */
  readonly bind: (inner: SubgraphBuilder) => readonly string[];
  /** Builds the outputs from the names of the body's outputs. */
  readonly finish: (inner: SubgraphBuilder, outputs: readonly string[]) => void;
}

/** Adds inputs, nodes and outputs around a lowered body. */
export interface SubgraphBuilder {
  /** Declares an input of the subgraph and returns its name. */
  input(dtype: Dtype, shape: Shape): string;
  emit(op: string, inputs: readonly string[], attributes?: Readonly<Record<string, OnnxAttribute>>): string;
  /** Declares the next output of the subgraph. */
  output(name: string, dtype: Dtype, shape: Shape): void;
}
