import { topologicalNodes } from "../ir/order.ts";
import type { Program } from "../ir/program.ts";
import type { Node, Tensor } from "../ir/tensor.ts";
import { hoistFactors } from "../passes/hoist-factors.ts";
import { simplify } from "../passes/simplify.ts";
import { constantPrimitive } from "../primitives/constant.ts";
import { inputPrimitive, inputTensor } from "../primitives/input.ts";

/** A function body cut out of the graph around it. */
export interface Closure {
  /** Its inputs are `inputs[0]`, one per captured value, then the rest of `inputs`. */
  readonly body: Program;
  /** Values from outside that the body reads. */
  readonly captures: readonly Tensor[];
}

/**
 * Cuts the part of a graph that depends on `inputs` out as a program; what it reads from outside becomes further inputs.
 * Work that does not depend on the inputs stays outside, so it is done once.
 */
export function closeOver(inputs: readonly [Tensor, ...Tensor[]], results: readonly Tensor[]): Closure {
  const own = new Set<Node>(inputs.map((input) => input.node));
  const folded = foldConstants(results, own);
  const changing = dependents(topologicalNodes(folded), own);
  const outputs = hoistFactors(folded, (node) => changing.has(node));
  const nodes = topologicalNodes(outputs);
  const inner = dependents(nodes, own);
  const captures = new Map<Tensor, Tensor>();
  const consider = (tensor: Tensor): void => {
    if (!inner.has(tensor.node) && !isCheap(tensor) && !captures.has(tensor)) captures.set(tensor, inputTensor(tensor));
  };
  for (const node of nodes) if (inner.has(node)) node.inputs.forEach(consider);
  outputs.forEach(consider);
  const simplified = simplify(outputs, captures);
  const [index, ...rest] = inputs;
  const ports = [index, ...captures.values(), ...rest].map((tensor, i) => ({ name: `$${i}`, tensor }));
  const body: Program = {
    kind: "program",
    inputs: ports,
    nodes: topologicalNodes(simplified).filter((node) => node.primitive !== inputPrimitive),
    outputs: simplified.map((tensor, i) => ({ name: `$out${i}`, tensor })),
    result: simplified,
    dynamic: {},
  };
  return { body, captures: [...captures.keys()] };
}

/**
 * Simplifies a body before its captures are known: what folds to a constant is no capture. Other values from outside stay the
 * tensors they are, because gradients may be taken with respect to just these.
 */
function foldConstants(results: readonly Tensor[], own: ReadonlySet<Node>): readonly Tensor[] {
  const nodes = topologicalNodes(results);
  const inner = dependents(nodes, own);
  const variable = dependents(nodes, new Set(nodes.filter((node) => node.primitive === inputPrimitive)));
  const kept = new Map<Tensor, Tensor>();
  const keep = (tensor: Tensor): void => {
    if (!inner.has(tensor.node) && variable.has(tensor.node)) kept.set(tensor, tensor);
  };
  for (const node of nodes) if (inner.has(node)) node.inputs.forEach(keep);
  results.forEach(keep);
  return simplify(results, kept);
}

/** The nodes that depend on some of `sources`, and these. */
function dependents(nodes: readonly Node[], sources: ReadonlySet<Node>): ReadonlySet<Node> {
  const inner = new Set<Node>(sources);
  for (const node of nodes) if (node.inputs.some((input) => inner.has(input.node))) inner.add(node);
  return inner;
}

/** A constant, or one that is broadcast: cheaper to have inside than to pass in. */
function isCheap({ node }: Tensor): boolean {
  return node.primitive === constantPrimitive || (node.primitive.name === "broadcastTo" && isCheap(node.inputs[0] as Tensor));
}
