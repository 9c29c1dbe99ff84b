import { show, type TensorData } from "@attnlab/check";
import type { OnnxAttribute, OnnxDim, OnnxGraph, OnnxModel, OnnxNode, OnnxValueInfo } from "./model.ts";

const SHOWN_ELEMENTS = 8;

/**
 * Writes a model as text for people: one line per constant and node, subgraphs indented under their node.
 *
 * The same model gives the same text, so two versions of a model can be compared line by line. Long constants show their first
 * eight elements and their number.
 *
 * @example
 * ```ts
 * import { printModel } from "@attnlab/onnx";
 * const x = { name: "x", dtype: "float32", shape: ["batch", 3] } as const;
 * const graph = { name: "g", nodes: [{ op: "Relu", inputs: ["x"], outputs: ["y"] }], initializers: [], inputs: [x], outputs: [{ ...x, name: "y" }] };
 * printModel({ opsets: { "": 21 }, graph }).split("\n")[2]; // => "  y = Relu(x)"
 * ```
 */
export function printModel(model: OnnxModel): string {
  const head = [
    `opsets ${Object.entries(model.opsets)
      .map(([domain, version]) => `${domain === "" ? "ai.onnx" : domain} ${version}`)
      .join(", ")}`,
  ];
  if (model.irVersion !== undefined) head.push(`ir ${model.irVersion}`);
  if (model.producer !== undefined) head.push(`producer ${show(model.producer)}`);
  const lines = [`model: ${head.join("; ")}`];
  if (model.doc !== undefined) lines.push(...model.doc.split("\n").map((line) => `# ${line}`.trimEnd()));
  for (const [key, value] of Object.entries(model.metadata ?? {})) lines.push(`metadata ${show(key)}: ${show(value)}`);
  printGraph(model.graph, "", lines);
  return `${lines.join("\n")}\n`;
}

function printGraph(graph: OnnxGraph, indent: string, lines: string[], label = ""): void {
  const values = (list: readonly OnnxValueInfo[]): string => list.map(printValue).join(", ");
  lines.push(`${indent}${label}graph ${graph.name}(${values(graph.inputs)}) -> (${values(graph.outputs)}) {`);
  for (const { name, value } of graph.initializers) lines.push(`${indent}  const ${name}: ${printTensor(value)}`);
  for (const node of graph.nodes) printNode(node, `${indent}  `, lines);
  lines.push(`${indent}}`);
}

function printValue(value: OnnxValueInfo): string {
  return `${value.name}: ${value.dtype}${printShape(value.shape)}`;
}

function printShape(shape: readonly OnnxDim[]): string {
  return `[${shape.map((dim) => (dim === "" ? "?" : dim)).join(", ")}]`;
}

function printTensor(tensor: TensorData): string {
  const count = Math.min(tensor.data.length, SHOWN_ELEMENTS);
  const head = Array.from({ length: count }, (_, i) => printElement(tensor, i));
  if (tensor.data.length > SHOWN_ELEMENTS) head.push(`… ${tensor.data.length} in all`);
  const values = tensor.shape.length === 0 ? head.join("") : `[${head.join(", ")}]`;
  return `${tensor.dtype}${printShape(tensor.shape)} = ${values}`;
}

function printElement(tensor: TensorData, i: number): string {
  const value = tensor.data[i];
  if (Object.is(value, -0)) return "-0";
  return tensor.dtype === "float32" ? shortest(Number(value)) : String(value);
}

function printNode(node: OnnxNode, indent: string, lines: string[]): void {
  const operands = (names: readonly string[]): string => names.map((name) => (name === "" ? "_" : name)).join(", ");
  const op = node.domain === undefined || node.domain === "" ? node.op : `${node.domain}.${node.op}`;
  const plain: string[] = [];
  const graphs: [string, OnnxGraph][] = [];
  for (const [name, value] of Object.entries(node.attributes ?? {})) {
    if ("graph" in value) graphs.push([name, value.graph]);
    else plain.push(`${name}: ${printAttribute(value)}`);
  }
  const call = `${op}(${operands(node.inputs)})${plain.length === 0 ? "" : ` { ${plain.join(", ")} }`}`;
  const label = node.name === undefined || node.name === "" ? "" : `  # ${node.name}`;
  lines.push(`${indent}${operands(node.outputs)} = ${call}${label}`);
  for (const [name, graph] of graphs) printGraph(graph, `${indent}  `, lines, `${name} = `);
}

function printAttribute(value: Exclude<OnnxAttribute, { readonly graph: OnnxGraph }>): string {
  if ("tensor" in value) return printTensor(value.tensor);
  if ("int" in value) return String(value.int);
  if ("float" in value) return printFloat(value.float);
  if ("string" in value) return JSON.stringify(value.string);
  if ("ints" in value) return `[${value.ints.join(", ")}]`;
  if ("floats" in value) return `[${value.floats.map(printFloat).join(", ")}]`;
  return JSON.stringify(value.strings);
}

/** A single-precision number, marked as a float where it could be read as an integer. */
function printFloat(value: number): string {
  const text = Object.is(value, -0) ? "-0" : shortest(value);
  return /[.eIN]/.test(text) ? text : `${text}.0`;
}

/** The shortest text that reads back to the same single-precision number: 0.1, not 0.10000000149011612. */
function shortest(value: number): string {
  const rounded = Math.fround(value);
  for (let digits = 1; digits < 9 && Number.isFinite(rounded); digits++) {
    const short = Number(rounded.toPrecision(digits));
    if (Math.fround(short) === rounded) return String(short);
  }
  return String(rounded);
}
