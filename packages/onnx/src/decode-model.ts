import { FormatError, problem, show } from "@attnlab/check";
import { knownDtype, readTensor } from "./decode-tensor.ts";
import {
  ATTRIBUTE,
  ATTRIBUTE_TYPE,
  DIMENSION,
  GRAPH,
  MODEL,
  NODE,
  OPERATOR_SET,
  STRING_ENTRY,
  TENSOR_SHAPE,
  TENSOR_TYPE,
  TYPE,
  VALUE_INFO,
} from "./field-numbers.ts";
import type { OnnxAttribute, OnnxDim, OnnxGraph, OnnxInitializer, OnnxModel, OnnxNode, OnnxValueInfo } from "./model.ts";
import {
  corrupt,
  createReader,
  nextField,
  readFloat,
  readFloats,
  readInt,
  readInts,
  readMessage,
  readString,
  skipField,
  type WireReader,
} from "./wire-reader.ts";

/**
 * Reads the bytes of an `.onnx` file.
 *
 * Kept: everything an {@link OnnxModel} has. Left out: types of inner values, documentation of single nodes, producer
 * version and quantization notes, none of which changes what the model computes. Refused, because leaving it out would:
 * model-local functions, training graphs, sparse tensors, tensors in other files, element types other than the six dtypes, and
 * inputs or outputs whose rank is unknown.
 *
 * @param bytes - the file's content.
 * @throws {@link FormatError} when the bytes are damaged or use one of the refused features.
 * @example
 * ```ts
 * import { decodeModel, encodeModel } from "@attnlab/onnx";
 * const y = { name: "y", dtype: "float32", shape: [] } as const;
 * const graph = { name: "one", nodes: [{ op: "Constant", inputs: [], outputs: ["y"], attributes: { value_float: { float: 1 } } }], initializers: [], inputs: [], outputs: [y] };
 * decodeModel(encodeModel({ opsets: { "": 21 }, graph })).graph.nodes[0]?.op; // => "Constant"
 * ```
 * @see ONNX IR specification, version 10; `onnx.proto`.
 */
export function decodeModel(bytes: Uint8Array): OnnxModel {
  const reader = createReader(bytes);
  const opsets: [string, number][] = [];
  const metadata: [string, string][] = [];
  let irVersion: number | undefined;
  let producer = "";
  let doc = "";
  let graph: OnnxGraph | undefined;
  while (nextField(reader)) {
    if (reader.field === MODEL.irVersion) irVersion = readInt(reader);
    else if (reader.field === MODEL.producerName) producer = readString(reader);
    else if (reader.field === MODEL.docString) doc = readString(reader);
    else if (reader.field === MODEL.graph) graph = readMessage(reader, readGraph);
    else if (reader.field === MODEL.opsetImport) opsets.push(readMessage(reader, readOpset));
    else if (reader.field === MODEL.metadataProps) metadata.push(readMessage(reader, readStringEntry));
    else if (reader.field === MODEL.functions) throw refused("model-local functions", "Inline them into the graph first.");
    else if (reader.field === MODEL.trainingInfo) throw refused("training graphs", "Save the inference graph alone.");
    else skipField(reader);
  }
  if (graph === undefined) throw corrupt(reader, "the end of the model without a graph");
  return {
    ...(irVersion === undefined ? {} : { irVersion }),
    opsets: Object.fromEntries(opsets),
    ...(producer === "" ? {} : { producer }),
    graph,
    ...(metadata.length === 0 ? {} : { metadata: Object.fromEntries(metadata) }),
    ...(doc === "" ? {} : { doc }),
  };
}

function refused(got: string, fix: string): FormatError {
  return new FormatError(problem({ where: "decodeModel", expected: "the model must use features this package reads", got, fix }));
}

function readOpset(reader: WireReader): [string, number] {
  let domain = "";
  let version = 0;
  while (nextField(reader)) {
    if (reader.field === OPERATOR_SET.domain) domain = readString(reader);
    else if (reader.field === OPERATOR_SET.version) version = readInt(reader);
    else skipField(reader);
  }
  return [domain, version];
}

function readStringEntry(reader: WireReader): [string, string] {
  let key = "";
  let value = "";
  while (nextField(reader)) {
    if (reader.field === STRING_ENTRY.key) key = readString(reader);
    else if (reader.field === STRING_ENTRY.value) value = readString(reader);
    else skipField(reader);
  }
  return [key, value];
}

function readGraph(reader: WireReader): OnnxGraph {
  let name = "";
  const nodes: OnnxNode[] = [];
  const initializers: OnnxInitializer[] = [];
  const inputs: OnnxValueInfo[] = [];
  const outputs: OnnxValueInfo[] = [];
  while (nextField(reader)) {
    if (reader.field === GRAPH.node) nodes.push(readMessage(reader, readNode));
    else if (reader.field === GRAPH.name) name = readString(reader);
    else if (reader.field === GRAPH.initializer) initializers.push(readMessage(reader, readTensor));
    else if (reader.field === GRAPH.input) inputs.push(readMessage(reader, readValueInfo));
    else if (reader.field === GRAPH.output) outputs.push(readMessage(reader, readValueInfo));
    else if (reader.field === GRAPH.sparseInitializer) throw refused("a sparse tensor", "Store it as a dense tensor.");
    else skipField(reader);
  }
  return { name, nodes, initializers, inputs, outputs };
}

function readNode(reader: WireReader): OnnxNode {
  let op = "";
  let domain = "";
  let name = "";
  const inputs: string[] = [];
  const outputs: string[] = [];
  let attributes: Record<string, OnnxAttribute> | undefined;
  while (nextField(reader)) {
    if (reader.field === NODE.input) inputs.push(readString(reader));
    else if (reader.field === NODE.output) outputs.push(readString(reader));
    else if (reader.field === NODE.name) name = readString(reader);
    else if (reader.field === NODE.opType) op = readString(reader);
    else if (reader.field === NODE.domain) domain = readString(reader);
    else if (reader.field === NODE.attribute) {
      const [key, value] = readMessage(reader, readAttribute);
      attributes ??= {};
      if (Object.hasOwn(attributes, key)) throw corrupt(reader, `attribute ${show(key)} for the second time`);
      define(attributes, key, value);
    } else skipField(reader);
  }
  return {
    op,
    ...(domain === "" ? {} : { domain }),
    ...(name === "" ? {} : { name }),
    inputs,
    outputs,
    ...(attributes === undefined ? {} : { attributes }),
  };
}

/** Sets an own property even for the name `__proto__`, which an assignment would take for the prototype. */
function define(record: Record<string, OnnxAttribute>, key: string, value: OnnxAttribute): void {
  Object.defineProperty(record, key, { value, enumerable: true, configurable: true, writable: true });
}

function readAttribute(reader: WireReader): [string, OnnxAttribute] {
  let name = "";
  let type = 0;
  let int = 0;
  let float = 0;
  let string = "";
  let tensor: OnnxInitializer["value"] | undefined;
  let graph: OnnxGraph | undefined;
  const ints: number[] = [];
  const floats: number[] = [];
  const strings: string[] = [];
  while (nextField(reader)) {
    if (reader.field === ATTRIBUTE.name) name = readString(reader);
    else if (reader.field === ATTRIBUTE.type) type = readInt(reader);
    else if (reader.field === ATTRIBUTE.i) int = readInt(reader);
    else if (reader.field === ATTRIBUTE.f) float = readFloat(reader);
    else if (reader.field === ATTRIBUTE.s) string = readString(reader);
    else if (reader.field === ATTRIBUTE.t) tensor = readMessage(reader, readTensor).value;
    else if (reader.field === ATTRIBUTE.g) graph = readMessage(reader, readGraph);
    else if (reader.field === ATTRIBUTE.ints) readInts(reader, ints);
    else if (reader.field === ATTRIBUTE.floats) readFloats(reader, floats);
    else if (reader.field === ATTRIBUTE.strings) strings.push(readString(reader));
    else skipField(reader);
  }
  const value = chooseAttribute(type, { int, float, string, ints, floats, strings }, tensor, graph);
  if (value === undefined) throw refused(`attribute ${show(name)} of kind ${type}`, "Kinds 1 to 8 of AttributeProto are read.");
  return [name, value];
}

function chooseAttribute(
  type: number,
  parts: { int: number; float: number; string: string; ints: number[]; floats: number[]; strings: string[] },
  tensor: OnnxInitializer["value"] | undefined,
  graph: OnnxGraph | undefined,
): OnnxAttribute | undefined {
  switch (type) {
    case ATTRIBUTE_TYPE.INT:
      return { int: parts.int };
    case ATTRIBUTE_TYPE.FLOAT:
      return { float: parts.float };
    case ATTRIBUTE_TYPE.STRING:
      return { string: parts.string };
    case ATTRIBUTE_TYPE.INTS:
      return { ints: parts.ints };
    case ATTRIBUTE_TYPE.FLOATS:
      return { floats: parts.floats };
    case ATTRIBUTE_TYPE.STRINGS:
      return { strings: parts.strings };
    case ATTRIBUTE_TYPE.TENSOR:
      return tensor === undefined ? undefined : { tensor };
    case ATTRIBUTE_TYPE.GRAPH:
      return graph === undefined ? undefined : { graph };
    default:
      return undefined;
  }
}

function readValueInfo(reader: WireReader): OnnxValueInfo {
  let name = "";
  let code: number | undefined;
  let shape: OnnxDim[] | undefined;
  const tensorType = (r: WireReader): void => {
    code = 0;
    while (nextField(r)) {
      if (r.field === TENSOR_TYPE.elemType) code = readInt(r);
      else if (r.field === TENSOR_TYPE.shape) shape = readMessage(r, readShape);
      else skipField(r);
    }
  };
  const type = (r: WireReader): void => {
    while (nextField(r)) {
      if (r.field === TYPE.tensorType) readMessage(r, tensorType);
      else skipField(r);
    }
  };
  while (nextField(reader)) {
    if (reader.field === VALUE_INFO.name) name = readString(reader);
    else if (reader.field === VALUE_INFO.type) readMessage(reader, type);
    else skipField(reader);
  }
  if (code === undefined || shape === undefined) {
    const got = code === undefined ? `${show(name)} without a tensor type` : `${show(name)} without a shape`;
    throw refused(got, "Run ONNX shape inference on the model and save it again.");
  }
  return { name, dtype: knownDtype(code, show(name)), shape };
}

function readShape(reader: WireReader): OnnxDim[] {
  const shape: OnnxDim[] = [];
  while (nextField(reader)) {
    if (reader.field === TENSOR_SHAPE.dim) shape.push(readMessage(reader, readDim));
    else skipField(reader);
  }
  return shape;
}

function readDim(reader: WireReader): OnnxDim {
  let dim: OnnxDim = "";
  while (nextField(reader)) {
    if (reader.field === DIMENSION.dimValue) dim = readInt(reader);
    else if (reader.field === DIMENSION.dimParam) dim = readString(reader);
    else skipField(reader);
  }
  return dim;
}
