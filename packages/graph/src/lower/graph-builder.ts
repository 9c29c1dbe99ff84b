import type { OnnxAttribute, OnnxNode } from "@attnlab/onnx";
import type { EmitOptions } from "./context.ts";

/** Collects the nodes of one ONNX graph and names their outputs. */
export interface GraphBuilder {
  readonly emitAll: (
    op: string,
    inputs: readonly string[],
    attributes?: Readonly<Record<string, OnnxAttribute>>,
    options?: EmitOptions,
  ) => readonly string[];
  /** A name that nothing else has. */
  readonly fresh: () => string;
  /** Whether a value is made by a node of this graph itself. */
  readonly makes: (name: string) => boolean;
  /** A builder for a subgraph; names stay unique across both. */
  readonly nested: () => GraphBuilder;
  /** Publishes a value under another name. */
  readonly rename: (from: string, to: string) => void;
  readonly nodes: () => readonly OnnxNode[];
  /** Domains beside the standard one that were used here or in a subgraph. */
  readonly domains: ReadonlySet<string>;
}

/** A builder whose values are called `prefix` and a number. */
export function createGraphBuilder(prefix: string): GraphBuilder {
  return build({ prefix, count: 0, domains: new Set() });
}

interface Shared {
  readonly prefix: string;
  count: number;
  readonly domains: Set<string>;
}

function build(shared: Shared): GraphBuilder {
  const nodes: OnnxNode[] = [];
  const made = new Set<string>();
  const fresh = (): string => `${shared.prefix}${shared.count++}`;
  const emitAll: GraphBuilder["emitAll"] = (op, inputs, attributes, options = {}) => {
    const outputs = Array.from({ length: options.outputs ?? 1 }, fresh);
    for (const output of outputs) made.add(output);
    if (options.domain !== undefined) shared.domains.add(options.domain);
    nodes.push({
      op,
      inputs,
      outputs,
      ...(options.domain === undefined ? {} : { domain: options.domain }),
      ...(attributes === undefined ? {} : { attributes }),
    });
    return outputs;
  };
  const published: { readonly from: string; readonly to: string }[] = [];
  return {
    emitAll,
    fresh,
    makes: (name) => made.has(name),
    nested: () => build(shared),
    rename: (from, to) => {
      published.push({ from, to });
    },
    nodes: () => publish(nodes, published),
    domains: shared.domains,
  };
}

/** Renames values made by a node of this graph; everything else (inputs, constants, a second name) is copied. */
function publish(nodes: readonly OnnxNode[], published: readonly { readonly from: string; readonly to: string }[]): readonly OnnxNode[] {
  const made = new Set(nodes.flatMap((node) => node.outputs));
  const renamed = new Map<string, string>();
  const copies: OnnxNode[] = [];
  for (const { from, to } of published) {
    if (made.has(from) && !renamed.has(from)) renamed.set(from, to);
    else copies.push({ op: "Identity", inputs: [from], outputs: [to] });
  }
  return [...nodes, ...copies].map((node) => renameIn(node, renamed));
}

function renameIn(node: OnnxNode, names: ReadonlyMap<string, string>): OnnxNode {
  const rename = (name: string): string => names.get(name) ?? name;
  const attributes = node.attributes;
  const hasGraph = attributes !== undefined && Object.values(attributes).some((attribute) => "graph" in attribute);
  return {
    ...node,
    inputs: node.inputs.map(rename),
    outputs: node.outputs.map(rename),
    ...(hasGraph ? { attributes: renameInGraphs(attributes, names) } : {}),
  };
}

// Bodies of loops see outer values by name, so they are renamed there too.
function renameInGraphs(
  attributes: Readonly<Record<string, OnnxAttribute>>,
  names: ReadonlyMap<string, string>,
): Readonly<Record<string, OnnxAttribute>> {
  return Object.fromEntries(
    Object.entries(attributes).map(([key, attribute]) => {
      if (!("graph" in attribute)) return [key, attribute];
      const { graph } = attribute;
      return [key, { graph: { ...graph, nodes: graph.nodes.map((node) => renameIn(node, names)) } }];
    }),
  );
}
