import { isFloat } from "@attnlab/check";
import { topologicalNodes } from "../ir/order.ts";
import type { Node, Tensor } from "../ir/tensor.ts";
import { add } from "../primitives/add.ts";
import { zerosLike } from "../primitives/broadcast-to.ts";

/**
 * Reverse-mode differentiation: the gradients of $\sum_j \langle \bar y_j, y_j\rangle$ with respect to `sources`.
 *
 * The result is made of ordinary tensors, so it can be differentiated again. A source that no output depends on gets zeros.
 *
 * @param outputs - the $y_j$ with their cotangents $\bar y_j$; `undefined` means zero.
 */
export function reverseSweep(
  outputs: readonly { readonly tensor: Tensor; readonly cotangent: Tensor | undefined }[],
  sources: readonly Tensor[],
): readonly Tensor[] {
  const nodes = topologicalNodes(outputs.map((o) => o.tensor));
  const active = dependents(nodes, new Set(sources));
  const cotangents = new Map<Tensor, Tensor>();
  const accumulate = (tensor: Tensor, cotangent: Tensor): void => {
    const sum = cotangents.get(tensor);
    cotangents.set(tensor, sum === undefined ? cotangent : add(sum, cotangent));
  };
  for (const { tensor, cotangent } of outputs) if (cotangent !== undefined) accumulate(tensor, cotangent);
  for (let i = nodes.length - 1; i >= 0; i--) {
    const node = nodes[i] as Node;
    if (node.inputs.some((input) => active.has(input))) pullBack(node, active, cotangents, accumulate);
  }
  return sources.map((source) => cotangents.get(source) ?? zerosLike(source));
}

/** The tensors through which a gradient reaches one of the sources. */
function dependents(nodes: readonly Node[], sources: ReadonlySet<Tensor>): ReadonlySet<Tensor> {
  const active = new Set<Tensor>(sources);
  for (const node of nodes) {
    if ("notDifferentiable" in node.primitive.vjp || !node.inputs.some((input) => active.has(input))) continue;
    for (const output of node.outputs) if (isFloat(output.dtype)) active.add(output);
  }
  return active;
}

function pullBack(
  node: Node,
  active: ReadonlySet<Tensor>,
  cotangents: ReadonlyMap<Tensor, Tensor>,
  accumulate: (tensor: Tensor, cotangent: Tensor) => void,
): void {
  const { vjp } = node.primitive;
  const incoming = node.outputs.map((output) => cotangents.get(output));
  if ("notDifferentiable" in vjp || incoming.every((c) => c === undefined)) return;
  const needs = node.inputs.map((input) => active.has(input));
  const gradients = vjp({ inputs: node.inputs, outputs: node.outputs, attributes: node.attributes, cotangents: incoming, needs });
  node.inputs.forEach((input, k) => {
    const gradient = gradients[k];
    if (gradient !== undefined && active.has(input)) accumulate(input, gradient);
  });
}
