import { booleanOption, customOption, type Dtype, integerOption, optionTable, type Shape, stringOption, tensorData } from "@attnlab/check";
import type { OnnxAttribute, OnnxDim, OnnxGraph, OnnxModel, OnnxValueInfo } from "@attnlab/onnx";
import type { Port, Program } from "../ir/program.ts";
import type { Node, Tensor } from "../ir/tensor.ts";
import { factorDim } from "../trace/spec.ts";
import { createConstants } from "./constants.ts";
import type { LowerContext, SubgraphBuilder, SubgraphOptions } from "./context.ts";
import { createGraphBuilder, type GraphBuilder } from "./graph-builder.ts";

/** How a program becomes an ONNX model. */
export interface LowerOptions {
  /** Allow operators of ONNX Runtime's domain `com.microsoft` (fused products). Default `true`; `false` gives plain ONNX. */
  readonly contrib?: boolean;
  /** Opset of the standard domain. Default 21. */
  readonly opset?: number;
  /** Name of the graph. Default `"attnlab"`. */
  readonly name?: string;
  /** Key-value pairs stored with the model. */
  readonly metadata?: Readonly<Record<string, string>>;
}

const isTexts = (value: unknown): boolean =>
  typeof value === "object" && value !== null && Object.values(value).every((text) => typeof text === "string");

const lowerOptions = optionTable("lower", {
  contrib: booleanOption({ doc: "Allow operators of the domain com.microsoft.", default: true }),
  opset: integerOption({ doc: "Opset of the standard domain.", min: 18, default: 21 }),
  name: stringOption({ doc: "Name of the graph.", default: "attnlab" }),
  metadata: customOption<Readonly<Record<string, string>> | undefined>({
    doc: "Key-value pairs stored with the model.",
    expected: "an object of strings",
    accepts: isTexts,
    invalid: [null, "text", { key: 1 }],
  }),
});

/**
 * Lowers a program to an ONNX model with the program's input and output names.
 *
 * @throws {@link ShapeError} when a size depends on a dynamic dimension other than by a product; {@link OptionError} on an unknown
 *   option, an opset below 18 or a bad value.
 */
export function lower(program: Program, options: LowerOptions = {}): OnnxModel {
  const { contrib, opset, name, metadata } = lowerOptions.parse(options);
  const constants = createConstants();
  const root = createGraphBuilder("%");
  const names = new Map<Tensor, string>(program.inputs.map(({ name, tensor }) => [tensor, name]));
  const lowering: Lowering = { program, contrib, constants, shapes: new Map() };
  lowerNodes(lowering, root, program, names);
  const graph: OnnxGraph = {
    name,
    ...finishGraph(root, program, names),
    initializers: constants.initializers(),
    inputs: program.inputs.map((port) => valueInfo(port, program)),
    outputs: program.outputs.map((port) => valueInfo(port, program)),
  };
  const usesContrib = root.domains.has("com.microsoft");
  return {
    opsets: usesContrib ? { "": opset, "com.microsoft": 1 } : { "": opset },
    producer: "attnlab",
    graph,
    ...(metadata === undefined ? {} : { metadata }),
  };
}

interface Lowering {
  readonly program: Program;
  readonly contrib: boolean;
  readonly constants: ReturnType<typeof createConstants>;
  /** Names of computed shapes and of the sizes of dynamic dimensions, in the outermost graph. */
  readonly shapes: Map<string, string>;
}

function valueInfo({ name, tensor }: Port, program: Program): OnnxValueInfo {
  return { name, dtype: tensor.dtype, shape: namedShape(tensor.shape, program) };
}

function namedShape(shape: Shape, program: Program): readonly OnnxDim[] {
  return shape.map((size) => {
    const { factor, names } = factorDim(size, program.dynamic);
    if (names.length === 0) return size;
    return factor === 1 ? names.join("_") : `${factor}_${names.join("_")}`;
  });
}

/** Emits the nodes of a program into a builder; `names` maps tensors to ONNX values and grows. */
function lowerNodes(lowering: Lowering, builder: GraphBuilder, program: Program, names: Map<Tensor, string>): void {
  const used = new Set<Tensor>(program.outputs.map(({ tensor }) => tensor));
  for (const node of program.nodes) for (const input of node.inputs) used.add(input);
  for (const node of program.nodes) {
    const results = node.primitive.lower(contextFor(lowering, builder, node, names, used));
    node.outputs.forEach((output, k) => {
      if (results[k] !== undefined) names.set(output, results[k]);
    });
  }
}

function contextFor(
  lowering: Lowering,
  builder: GraphBuilder,
  node: Node,
  names: ReadonlyMap<Tensor, string>,
  used: ReadonlySet<Tensor>,
): LowerContext<Node["attributes"]> {
  const { constants, program } = lowering;
  const int64s = (values: readonly number[]): string => constants.add(tensorData("int64", [values.length], values));
  const scalar = (value: number, dtype: Dtype): string => constants.add(tensorData(dtype, [], [value]));
  const isDynamic = (size: number): boolean => factorDim(size, program.dynamic).names.length > 0;
  return {
    inputs: node.inputs.map((input) => names.get(input) as string),
    inputTypes: node.inputs,
    outputTypes: node.outputs,
    attributes: node.attributes,
    contrib: lowering.contrib,
    isUsed: (output) => used.has(node.outputs[output] as Tensor),
    emit: (op, inputs, attributes, options) => builder.emitAll(op, inputs, attributes, options)[0] as string,
    emitAll: builder.emitAll,
    constant: constants.add,
    scalar,
    int64s,
    shape: (sizes) => (sizes.some(isDynamic) ? dynamicShape(lowering, builder, sizes, int64s) : int64s(sizes)),
    isDynamic,
    subgraph: (options) => ({ graph: lowerSubgraph(lowering, builder, options) }),
  };
}

/** Computes a shape when the model runs: each dynamic size is read off an input that has it. */
function dynamicShape(lowering: Lowering, builder: GraphBuilder, sizes: Shape, int64s: (values: readonly number[]) => string): string {
  const { program, shapes } = lowering;
  const key = sizes.join(",");
  const known = shapes.get(key);
  if (known !== undefined) return known;
  const emit = (op: string, inputs: readonly string[], attributes?: Readonly<Record<string, OnnxAttribute>>): string =>
    builder.emitAll(op, inputs, attributes)[0] as string;
  const sizeOfDimension = (name: string): string => {
    const memo = shapes.get(`dimension ${name}`);
    if (memo !== undefined) return memo;
    const standIn = program.dynamic[name] as number;
    const source = program.inputs.find(({ tensor }) => tensor.shape.includes(standIn)) as Port;
    const axis = source.tensor.shape.indexOf(standIn);
    const value = emit("Shape", [source.name], { start: { int: axis }, end: { int: axis + 1 } });
    shapes.set(`dimension ${name}`, value);
    return value;
  };
  const parts = sizes.map((size) => {
    const { factor, names } = factorDim(size, program.dynamic);
    const product = names.map(sizeOfDimension).reduce<string | undefined>((a, b) => (a === undefined ? b : emit("Mul", [a, b])), undefined);
    if (product === undefined) return int64s([size]);
    return factor === 1 ? product : emit("Mul", [product, int64s([factor])]);
  });
  const result = parts.length === 1 ? (parts[0] as string) : emit("Concat", parts, { axis: { int: 0 } });
  shapes.set(key, result);
  return result;
}

function lowerSubgraph(lowering: Lowering, outer: GraphBuilder, options: SubgraphOptions): OnnxGraph {
  const inner = outer.nested();
  const inputs: OnnxValueInfo[] = [];
  const outputs: OnnxValueInfo[] = [];
  const builder: SubgraphBuilder = {
    input: (dtype, shape) => {
      const name = inner.fresh();
      inputs.push({ name, dtype, shape: namedShape(shape, lowering.program) });
      return name;
    },
    emit: (op, values, attributes) => inner.emitAll(op, values, attributes)[0] as string,
    output: (name, dtype, shape) => {
      // Every output of a subgraph must be a value of its own, made inside it; anything else is copied.
      const own = inner.makes(name) && !outputs.some((output) => output.name === name);
      outputs.push({
        name: own ? name : (inner.emitAll("Identity", [name])[0] as string),
        dtype,
        shape: namedShape(shape, lowering.program),
      });
    },
  };
  const bound = options.bind(builder);
  const names = new Map<Tensor, string>(options.body.inputs.map(({ tensor }, i) => [tensor, bound[i] as string]));
  // Shapes computed outside stay visible; those computed inside must not leak out.
  const local: Lowering = { ...lowering, shapes: new Map(lowering.shapes) };
  lowerNodes(local, inner, options.body, names);
  options.finish(
    builder,
    options.body.outputs.map(({ tensor }) => names.get(tensor) as string),
  );
  return { name: "body", nodes: inner.nodes(), initializers: [], inputs, outputs };
}

/** Gives the values that are outputs of the program their public names. */
function finishGraph(builder: GraphBuilder, program: Program, names: ReadonlyMap<Tensor, string>): Pick<OnnxGraph, "nodes"> {
  for (const { name, tensor } of program.outputs) builder.rename(names.get(tensor) as string, name);
  return { nodes: builder.nodes() };
}
