import { FormatError, problem, show, type TensorData } from "@attnlab/check";
import { checkTensor } from "./check-tensor.ts";
import { ELEMENT_CODE } from "./element-type.ts";
import {
  ATTRIBUTE,
  ATTRIBUTE_TYPE,
  DIMENSION,
  GRAPH,
  MODEL,
  NODE,
  OPERATOR_SET,
  STRING_ENTRY,
  TENSOR,
  TENSOR_SHAPE,
  TENSOR_TYPE,
  TYPE,
  VALUE_INFO,
} from "./field-numbers.ts";
import type { OnnxAttribute, OnnxGraph, OnnxModel, OnnxNode, OnnxValueInfo } from "./model.ts";
import { bytesOf } from "./tensor-bytes.ts";
import { createWriter, endMessage, finishWriter, type WireWriter, writeBytes, writeFloat, writeInt, writeString } from "./wire-writer.ts";

const DEFAULT_IR_VERSION = 10;

/**
 * Writes a model as the bytes of an `.onnx` file.
 *
 * Tensors go into `raw_data`, the densest form and the fastest to load. The same model gives the same bytes. Names and
 * order are not checked here: call {@link checkModel} for that.
 *
 * @param model - `irVersion` defaults to 10.
 * @returns the file's content.
 * @throws {@link FormatError} when a tensor's data does not fit its dtype and shape, an integer is not a whole number up to
 * 2^53 in size, or an attribute is of no known kind.
 * @example
 * ```ts
 * import { decodeModel, encodeModel } from "@attnlab/onnx";
 * const x = { name: "x", dtype: "float32", shape: ["batch", 3] } as const;
 * const y = { ...x, name: "y" };
 * const graph = { name: "relu", nodes: [{ op: "Relu", inputs: ["x"], outputs: ["y"] }], initializers: [], inputs: [x], outputs: [y] };
 * decodeModel(encodeModel({ opsets: { "": 21 }, graph })).graph.outputs[0]?.shape; // => ["batch", 3]
 * ```
 * @see ONNX IR specification, version 10; `onnx.proto`.
 */
export function encodeModel(model: OnnxModel): Uint8Array {
  const writer = createWriter(estimateBytes(model.graph));
  const metadata = Object.entries(model.metadata ?? {});
  for (const [key, value] of metadata.reverse()) {
    const before = writer.used;
    writeString(writer, STRING_ENTRY.value, value);
    writeString(writer, STRING_ENTRY.key, key);
    endMessage(writer, MODEL.metadataProps, before);
  }
  for (const [domain, version] of Object.entries(model.opsets).reverse()) {
    const before = writer.used;
    writeWhole(writer, OPERATOR_SET.version, version, `opsets[${show(domain)}]`);
    writeString(writer, OPERATOR_SET.domain, domain);
    endMessage(writer, MODEL.opsetImport, before);
  }
  writeGraph(writer, MODEL.graph, model.graph);
  if (model.doc !== undefined) writeString(writer, MODEL.docString, model.doc);
  if (model.producer !== undefined) writeString(writer, MODEL.producerName, model.producer);
  writeWhole(writer, MODEL.irVersion, model.irVersion ?? DEFAULT_IR_VERSION, "irVersion");
  return finishWriter(writer);
}

/** Room for the tensors and about 100 bytes per node, so that large constants are copied once. */
function estimateBytes(graph: OnnxGraph): number {
  let bytes = 1024;
  for (const { value } of graph.initializers) bytes += value.data.byteLength + 64;
  return bytes + 100 * graph.nodes.length;
}

function writeGraph(writer: WireWriter, field: number, graph: OnnxGraph): void {
  const before = writer.used;
  for (let i = graph.outputs.length - 1; i >= 0; i--) writeValueInfo(writer, GRAPH.output, graph.outputs[i] as OnnxValueInfo);
  for (let i = graph.inputs.length - 1; i >= 0; i--) writeValueInfo(writer, GRAPH.input, graph.inputs[i] as OnnxValueInfo);
  for (let i = graph.initializers.length - 1; i >= 0; i--) {
    const { name, value } = graph.initializers[i] as OnnxGraph["initializers"][number];
    writeTensor(writer, GRAPH.initializer, value, name);
  }
  writeString(writer, GRAPH.name, graph.name);
  for (let i = graph.nodes.length - 1; i >= 0; i--) writeNode(writer, graph.nodes[i] as OnnxNode);
  endMessage(writer, field, before);
}

function writeNode(writer: WireWriter, node: OnnxNode): void {
  const before = writer.used;
  if (node.domain !== undefined && node.domain !== "") writeString(writer, NODE.domain, node.domain);
  if (node.attributes !== undefined) {
    for (const [name, value] of Object.entries(node.attributes).reverse()) writeAttribute(writer, node, name, value);
  }
  writeString(writer, NODE.opType, node.op);
  if (node.name !== undefined && node.name !== "") writeString(writer, NODE.name, node.name);
  writeStrings(writer, NODE.output, node.outputs);
  writeStrings(writer, NODE.input, node.inputs);
  endMessage(writer, GRAPH.node, before);
}

function writeAttribute(writer: WireWriter, node: OnnxNode, name: string, value: OnnxAttribute): void {
  const before = writer.used;
  const where = (): string => `attribute ${show(name)} of ${node.op} node ${show(node.name ?? node.outputs[0] ?? "")}`;
  let type: number;
  if ("int" in value) {
    writeWhole(writer, ATTRIBUTE.i, value.int, where);
    type = ATTRIBUTE_TYPE.INT;
  } else if ("float" in value) {
    writeFloat(writer, ATTRIBUTE.f, value.float);
    type = ATTRIBUTE_TYPE.FLOAT;
  } else if ("ints" in value) {
    for (let i = value.ints.length - 1; i >= 0; i--) writeWhole(writer, ATTRIBUTE.ints, value.ints[i] as number, where);
    type = ATTRIBUTE_TYPE.INTS;
  } else if ("floats" in value) {
    for (let i = value.floats.length - 1; i >= 0; i--) writeFloat(writer, ATTRIBUTE.floats, value.floats[i] as number);
    type = ATTRIBUTE_TYPE.FLOATS;
  } else if ("string" in value) {
    writeString(writer, ATTRIBUTE.s, value.string);
    type = ATTRIBUTE_TYPE.STRING;
  } else if ("strings" in value) {
    writeStrings(writer, ATTRIBUTE.strings, value.strings);
    type = ATTRIBUTE_TYPE.STRINGS;
  } else if ("tensor" in value) {
    writeTensor(writer, ATTRIBUTE.t, value.tensor, undefined, where);
    type = ATTRIBUTE_TYPE.TENSOR;
  } else if ("graph" in value) {
    writeGraph(writer, ATTRIBUTE.g, value.graph);
    type = ATTRIBUTE_TYPE.GRAPH;
  } else {
    const fix = "Use one of int, float, string, ints, floats, strings, tensor, graph.";
    throw new FormatError(problem({ where: "encodeModel", expected: `${where()} must be of a known kind`, got: show(value), fix }));
  }
  writeInt(writer, ATTRIBUTE.type, type);
  writeString(writer, ATTRIBUTE.name, name);
  endMessage(writer, NODE.attribute, before);
}

function writeTensor(writer: WireWriter, field: number, tensor: TensorData, name?: string, where?: () => string): void {
  checkTensor("encodeModel", tensor, where ?? (() => `tensor ${show(name)}`));
  const before = writer.used;
  writeBytes(writer, TENSOR.rawData, bytesOf(tensor));
  if (name !== undefined) writeString(writer, TENSOR.name, name);
  writeInt(writer, TENSOR.dataType, ELEMENT_CODE[tensor.dtype]);
  for (let i = tensor.shape.length - 1; i >= 0; i--) writeInt(writer, TENSOR.dims, tensor.shape[i] as number);
  endMessage(writer, field, before);
}

function writeValueInfo(writer: WireWriter, field: number, value: OnnxValueInfo): void {
  const before = writer.used;
  for (let i = value.shape.length - 1; i >= 0; i--) {
    const dim = value.shape[i] as string | number;
    const dimBefore = writer.used;
    if (typeof dim === "number") writeWhole(writer, DIMENSION.dimValue, dim, () => `axis ${i} of ${show(value.name)}`);
    else if (dim !== "") writeString(writer, DIMENSION.dimParam, dim);
    endMessage(writer, TENSOR_SHAPE.dim, dimBefore);
  }
  endMessage(writer, TENSOR_TYPE.shape, before);
  const code = ELEMENT_CODE[value.dtype];
  if (code === undefined) {
    const fix = `Use one of ${Object.keys(ELEMENT_CODE).join(", ")}.`;
    throw new FormatError(
      problem({ where: "encodeModel", expected: `dtype of ${show(value.name)} must be known`, got: show(value.dtype), fix }),
    );
  }
  writeInt(writer, TENSOR_TYPE.elemType, code);
  endMessage(writer, TYPE.tensorType, before);
  endMessage(writer, VALUE_INFO.type, before);
  writeString(writer, VALUE_INFO.name, value.name);
  endMessage(writer, field, before);
}

function writeStrings(writer: WireWriter, field: number, values: readonly string[]): void {
  for (let i = values.length - 1; i >= 0; i--) writeString(writer, field, values[i] as string);
}

function writeWhole(writer: WireWriter, field: number, value: number, where: string | (() => string)): void {
  if (!Number.isSafeInteger(value)) {
    const expected = `${typeof where === "string" ? where : where()} must be a whole number up to 2^53 in size`;
    throw new FormatError(problem({ where: "encodeModel", expected, got: show(value), fix: "Round it, or use a float attribute." }));
  }
  writeInt(writer, field, value);
}
