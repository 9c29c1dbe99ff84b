import { FormatError, problem, show, type TensorData } from "@attnlab/check";
import { checkTensor } from "./check-tensor.ts";
import { ELEMENT_CODE } from "./element-type.ts";
import type { OnnxAttribute, OnnxGraph, OnnxModel, OnnxNode, OnnxValueInfo } from "./model.ts";

/** The values a node may read: those of its own graph so far, and those of the graphs around it. */
interface Scope {
  readonly names: Set<string>;
  readonly outer: Scope | undefined;
}

/**
 * Checks that a model is well formed: the rules of the format that do not depend on what an operator computes.
 *
 * Every value has one definition, before its first use, in its graph or a graph around it; subgraphs shadow nothing; node names are
 * unique in their graph; each operator's domain has an imported version; every output is defined by its own graph; constants hold
 * as many elements as their shape says.
 *
 * @throws {@link FormatError} naming the graph, the node and the value.
 * @example
 * ```ts
 * import { checkModel } from "@attnlab/onnx";
 * const y = { name: "y", dtype: "float32", shape: [] } as const;
 * const graph = { name: "g", nodes: [{ op: "Relu", inputs: ["x"], outputs: ["y"] }], initializers: [], inputs: [], outputs: [y] };
 * let message = "";
 * try { checkModel({ opsets: { "": 21 }, graph }); } catch (error) { message = String(error); }
 * message.startsWith('FormatError: checkModel: input 0 of Relu node "y" in graph "g" must be defined'); // => true
 * ```
 * @see ONNX IR specification, "Graphs" and "Names Within a Graph".
 */
export function checkModel(model: OnnxModel): void {
  const domains = new Set(Object.keys(model.opsets).map(plainDomain));
  for (const [domain, version] of Object.entries(model.opsets)) {
    if (!Number.isSafeInteger(version) || version < 1) {
      throw fault(`the opset of domain ${show(domain)} must be a whole number >= 1`, show(version), "Use 21 for the standard domain.");
    }
  }
  checkGraph(model.graph, undefined, domains);
}

/** `ai.onnx` is the long name of the standard domain. */
function plainDomain(domain: string): string {
  return domain === "ai.onnx" ? "" : domain;
}

function fault(expected: string, got: string, fix: string): FormatError {
  return new FormatError(problem({ where: "checkModel", expected, got, fix }));
}

function visible(scope: Scope | undefined, name: string): boolean {
  for (let at = scope; at !== undefined; at = at.outer) if (at.names.has(name)) return true;
  return false;
}

function checkGraph(graph: OnnxGraph, outer: Scope | undefined, domains: ReadonlySet<string>): void {
  const where = `graph ${show(graph.name)}`;
  if (graph.name === "") throw fault("every graph must have a name", '""', "Name it after what it computes.");
  const scope: Scope = { names: new Set(), outer };
  for (const input of graph.inputs) {
    checkValueInfo(input, `input ${show(input.name)} of ${where}`);
    defineValue(scope, input.name, `input ${show(input.name)} of ${where}`);
  }
  checkInitializers(graph, scope, where);
  const nodeNames = new Set<string>();
  graph.nodes.forEach((node, i) => {
    const what = `${node.op} node ${show(node.name ?? node.outputs.find((name) => name !== "") ?? i)} in ${where}`;
    checkNode(node, what, nodeNames, domains);
    checkInputs(node, what, graph, scope);
    for (const [name, attribute] of Object.entries(node.attributes ?? {})) checkAttribute(name, attribute, what, scope, domains);
    node.outputs.forEach((name, k) => {
      if (name !== "") defineValue(scope, name, `output ${k} of ${what}`);
    });
  });
  checkOutputs(graph, scope, where);
}

function checkValueInfo(value: OnnxValueInfo, what: string): void {
  if (!Object.hasOwn(ELEMENT_CODE, value.dtype)) {
    throw fault(`dtype of ${what} must be known`, show(value.dtype), `Use one of ${Object.keys(ELEMENT_CODE).join(", ")}.`);
  }
  for (const dim of value.shape) {
    if (typeof dim !== "string" && !(Number.isSafeInteger(dim) && dim >= 0)) {
      throw fault(`axes of ${what} must be sizes >= 0 or names`, show(value.shape), 'Write a dynamic axis as a name such as "batch".');
    }
  }
}

function defineValue(scope: Scope, name: string, what: string): void {
  if (name === "") throw fault(`${what} must have a name`, '""', "Only optional inputs and outputs of nodes may be empty.");
  if (visible(scope, name))
    throw fault(`${what} must be a new name`, `${show(name)}, defined before`, "Give each value a name of its own.");
  scope.names.add(name);
}

/** An initialiser may give a graph input its default value; it then shares the input's name. */
function checkInitializers(graph: OnnxGraph, scope: Scope, where: string): void {
  const inputs = new Map(graph.inputs.map((input) => [input.name, input]));
  const seen = new Set<string>();
  for (const { name, value } of graph.initializers) {
    const what = `initializer ${show(name)} of ${where}`;
    const input = inputs.get(name);
    if (input === undefined || seen.has(name)) defineValue(scope, name, what);
    seen.add(name);
    checkTensor("checkModel", value, () => what);
    if (input !== undefined) checkDefault(input, value, what);
  }
}

function checkDefault(input: OnnxValueInfo, value: TensorData, what: string): void {
  const fits =
    input.shape.length === value.shape.length && input.shape.every((dim, i) => typeof dim === "string" || dim === value.shape[i]);
  if (input.dtype !== value.dtype || !fits) {
    const got = `${value.dtype} ${show(value.shape)} for ${input.dtype} ${show(input.shape)}`;
    throw fault(`${what} must have the type of the input it is the default of`, got, "Make the two agree.");
  }
}

function checkNode(node: OnnxNode, what: string, nodeNames: Set<string>, domains: ReadonlySet<string>): void {
  if (node.op === "") throw fault(`${what} must name an operator`, '""', "Set op, for example to Add.");
  if (!domains.has(plainDomain(node.domain ?? ""))) {
    const got = `${show(node.domain ?? "")}; imported: ${[...domains].map(show).join(", ") || "none"}`;
    throw fault(`the domain of ${what} must be imported`, got, `Add ${show(node.domain ?? "")} with its version to opsets.`);
  }
  if (node.name === undefined || node.name === "") return;
  if (nodeNames.has(node.name)) throw fault(`the name of ${what} must be unique`, `${show(node.name)} twice`, "Rename one of the nodes.");
  nodeNames.add(node.name);
}

function checkInputs(node: OnnxNode, what: string, graph: OnnxGraph, scope: Scope): void {
  node.inputs.forEach((name, k) => {
    if (name === "" || visible(scope, name)) return;
    const producer = graph.nodes.find((other) => other.outputs.includes(name));
    const got = producer === undefined ? `${show(name)}, which nothing defines` : `${show(name)}, which ${producer.op} defines later`;
    const fix = producer === undefined ? "Declare it as an input or initializer, or correct the name." : "Sort the nodes topologically.";
    throw fault(`input ${k} of ${what} must be defined before its use`, got, fix);
  });
}

function checkAttribute(name: string, value: OnnxAttribute, what: string, scope: Scope, domains: ReadonlySet<string>): void {
  if ("tensor" in value) checkTensor("checkModel", value.tensor, () => `attribute ${show(name)} of ${what}`);
  else if ("graph" in value) checkGraph(value.graph, scope, domains);
}

function checkOutputs(graph: OnnxGraph, scope: Scope, where: string): void {
  const seen = new Set<string>();
  for (const output of graph.outputs) {
    const what = `output ${show(output.name)} of ${where}`;
    checkValueInfo(output, what);
    if (seen.has(output.name))
      throw fault(`${what} must be listed once`, "twice", "Add an Identity node to return a value under two names.");
    seen.add(output.name);
    if (scope.names.has(output.name)) continue;
    const got = visible(scope.outer, output.name) ? "a value of a graph around it" : "a name that nothing defines";
    throw fault(`${what} must be defined in its own graph`, got, "Add an Identity node, or correct the name.");
  }
}
