import { isFloat } from "@attnlab/check";
import { topologicalNodes } from "../ir/order.ts";
import { apply, type Node, type Tensor } from "../ir/tensor.ts";
import { constantValue } from "../primitives/constant.ts";
import { matmul } from "../primitives/matmul.ts";
import { mul } from "../primitives/mul.ts";
import { neg } from "../primitives/neg.ts";

/**
 * Collects the factors of a loop body that do not change from one iteration to the next, so that their product is taken once:
 * $(x k) l$ becomes $x (k l)$, $-(x k)$ becomes $x (-k)$, and a scalar on $A K$ moves onto $K$. Small programs pay per node.
 *
 * @param isInner - whether a node changes from iteration to iteration; $k$, $l$ and $K$ do not.
 * @returns the outputs, rebuilt where something moved. Results differ in the last place only.
 */
export function hoistFactors(outputs: readonly Tensor[], isInner: (node: Node) => boolean): readonly Tensor[] {
  const nodes = topologicalNodes(outputs);
  const uses = countUses(nodes, outputs);
  const moved = new Map<Tensor, Tensor>();
  const inner = new Set<Tensor>();
  // A factor may leave a product only when nothing else reads the product.
  const readOnce = new Set<Tensor>();
  const known: Knowledge = { isInner: (tensor) => inner.has(tensor), once: (tensor) => readOnce.has(tensor) };
  for (const node of nodes) {
    if (!isInner(node)) continue;
    const inputs = node.inputs.map((input) => moved.get(input) ?? input);
    const better = moveFactor(node, inputs, known);
    const results = better === undefined ? rebuilt(node, inputs) : [better];
    node.outputs.forEach((output, k) => {
      const result = results[k] as Tensor;
      if (result !== output) moved.set(output, result);
      inner.add(result);
      if (uses.get(output) === 1) readOnce.add(result);
    });
  }
  return outputs.map((output) => moved.get(output) ?? output);
}

function countUses(nodes: readonly Node[], outputs: readonly Tensor[]): ReadonlyMap<Tensor, number> {
  const uses = new Map<Tensor, number>();
  const count = (tensor: Tensor): void => void uses.set(tensor, (uses.get(tensor) ?? 0) + 1);
  for (const node of nodes) node.inputs.forEach(count);
  outputs.forEach(count);
  return uses;
}

function rebuilt(node: Node, inputs: readonly Tensor[]): readonly Tensor[] {
  return inputs.every((input, k) => input === node.inputs[k]) ? node.outputs : apply(node.primitive, inputs, node.attributes);
}

interface Knowledge {
  readonly isInner: (tensor: Tensor) => boolean;
  readonly once: (tensor: Tensor) => boolean;
}

function moveFactor(node: Node, inputs: readonly Tensor[], known: Knowledge): Tensor | undefined {
  const { name } = node.primitive;
  if (name === "neg") {
    const product = splitProduct(inputs[0] as Tensor, known);
    return product === undefined ? undefined : mul(product.variant, neg(product.factor));
  }
  if (name !== "mul" || !isFloat((inputs[0] as Tensor).dtype)) return undefined;
  const [a, b] = inputs as readonly [Tensor, Tensor];
  if (known.isInner(a) === known.isInner(b)) return undefined;
  const [variant, factor] = known.isInner(a) ? [a, b] : [b, a];
  const product = splitProduct(variant, known);
  if (product !== undefined) return mul(product.variant, mul(product.factor, factor));
  return scaleOperand(variant, factor, known);
}

/** The parts of a product of something that changes and something that does not. */
function splitProduct(tensor: Tensor, { isInner, once }: Knowledge): { readonly variant: Tensor; readonly factor: Tensor } | undefined {
  if (tensor.node.primitive.name !== "mul" || !once(tensor) || !isFloat(tensor.dtype)) return undefined;
  const [a, b] = tensor.node.inputs as readonly [Tensor, Tensor];
  if (isInner(a) === isInner(b)) return undefined;
  return isInner(a) ? { variant: a, factor: b } : { variant: b, factor: a };
}

/** A scalar on a matrix product moves onto the operand that does not change. */
function scaleOperand(product: Tensor, factor: Tensor, { isInner, once }: Knowledge): Tensor | undefined {
  if (product.node.primitive.name !== "matmul" || !once(product) || factor.shape.length !== 0) return undefined;
  // A factor known when the program is traced is kept out of reach of overflow.
  const size = Math.abs(Number(constantValue(factor)?.data[0] ?? 1));
  if (!(size > 1e-30 && size < 1e30)) return undefined;
  const [a, b] = product.node.inputs as readonly [Tensor, Tensor];
  const options = product.node.attributes as NonNullable<Parameters<typeof matmul>[2]>;
  if (!isInner(b)) return matmul(a, mul(b, factor), options);
  return isInner(a) ? undefined : matmul(mul(a, factor), b, options);
}
