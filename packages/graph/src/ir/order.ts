import type { Node, Tensor } from "./tensor.ts";

/**
 * The nodes that `outputs` depend on, each after its inputs; the order depends on the graph alone.
 *
 * @param stopAt - inputs for which it is true are not followed. Default: none.
 */
export function topologicalNodes(outputs: readonly Tensor[], stopAt: (input: Tensor) => boolean = () => false): readonly Node[] {
  const order: Node[] = [];
  const done = new Set<Node>();
  // Each frame is a node and the index of the next input to visit: recursion would overflow on long chains.
  const stack: { readonly node: Node; next: number }[] = [];
  const enter = (node: Node): void => {
    if (done.has(node)) return;
    done.add(node);
    stack.push({ node, next: 0 });
  };
  for (const output of outputs) {
    enter(output.node);
    for (let frame = stack.at(-1); frame !== undefined; frame = stack.at(-1)) {
      const input = frame.node.inputs[frame.next];
      if (input === undefined) {
        order.push(frame.node);
        stack.pop();
      } else {
        frame.next++;
        if (!stopAt(input)) enter(input.node);
      }
    }
  }
  return order;
}
