import { topologicalNodes } from "../ir/order.ts";
import type { Program } from "../ir/program.ts";
import type { Node, Tensor } from "../ir/tensor.ts";
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
export function closeOver(inputs: readonly [Tensor, ...Tensor[]], outputs: readonly Tensor[]): Closure {
  const own = new Set<Node>(inputs.map((input) => input.node));
  const inner = new Set<Node>(own);
  const nodes = topologicalNodes(outputs);
  for (const node of nodes) if (node.inputs.some((input) => inner.has(input.node))) inner.add(node);
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

/** A constant, or one that is broadcast: cheaper to have inside than to pass in. */
function isCheap({ node }: Tensor): boolean {
  return node.primitive === constantPrimitive || (node.primitive.name === "broadcastTo" && isCheap(node.inputs[0] as Tensor));
}
