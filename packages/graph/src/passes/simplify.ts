import { sizeOf, type TensorData, tensorData, toNumbers } from "@attnlab/check";
import { topologicalNodes } from "../ir/order.ts";
import type { NdArray } from "../ir/primitive.ts";
import { type Attributes, type AttributeValue, apply, type Node, type Tensor } from "../ir/tensor.ts";
import { constant, constantPrimitive, constantValue } from "../primitives/constant.ts";
import { inputPrimitive } from "../primitives/input.ts";

// Folding may replace work by data, never by much data.
const FOLD_LIMIT = 1024;

/**
 * Rebuilds the graph below `outputs` bottom-up: rewrites nodes by their own `simplify` rule, folds small constants and
 * merges equal nodes (hash-consing). What no output needs is not visited, so dead code disappears.
 *
 * @param replacements - tensors to be replaced by others on the way, for instance a captured value by a loop input.
 */
export function simplify(outputs: readonly Tensor[], replacements: ReadonlyMap<Tensor, Tensor> = new Map()): readonly Tensor[] {
  const interner = createInterner();
  const canonical = new Map<Tensor, Tensor>(replacements);
  for (const replacement of replacements.values()) canonical.set(replacement, replacement);

  const newNodes = (tensors: readonly Tensor[]): readonly Node[] => {
    const unseen = tensors.filter((tensor) => !canonical.has(tensor));
    return topologicalNodes(unseen, (input) => canonical.has(input));
  };
  const rebuild = (node: Node): void => {
    if (node.outputs.every((output) => canonical.has(output))) return;
    const inputs = node.inputs.map((input) => canonical.get(input) as Tensor);
    const results = node.primitive === inputPrimitive ? node.outputs : reduce(node, inputs);
    node.outputs.forEach((output, k) => {
      if (!canonical.has(output)) canonical.set(output, results[k] as Tensor);
      canonical.set(results[k] as Tensor, results[k] as Tensor);
    });
  };
  const reduce = (node: Node, inputs: readonly Tensor[]): readonly Tensor[] => {
    const simpler = node.primitive.simplify?.(inputs, node.attributes);
    if (simpler !== undefined) {
      for (const inner of newNodes([simpler])) rebuild(inner);
      return [canonical.get(simpler) as Tensor];
    }
    const folded = fold(node, inputs);
    if (folded === undefined) return interner(node, inputs);
    return folded.map((value) => interner(value.node, [])[0] as Tensor);
  };

  for (const node of newNodes(outputs)) rebuild(node);
  return outputs.map((output) => canonical.get(output) as Tensor);
}

function fold(node: Node, inputs: readonly Tensor[]): readonly Tensor[] | undefined {
  if (node.primitive === constantPrimitive || inputs.length === 0) return undefined;
  const values: NdArray[] = [];
  let inputSize = 0;
  for (const input of inputs) {
    const value = constantValue(input);
    if (value === undefined || value.data.length > FOLD_LIMIT) return undefined;
    inputSize = Math.max(inputSize, value.data.length);
    values.push({ dtype: value.dtype, shape: value.shape, data: toNumbers(value) });
  }
  // An expansion is cheaper to repeat than to store, and most operators need no broadcast before them.
  if (node.primitive.name === "broadcastTo" || node.outputs.some((output) => sizeOf(output.shape) > Math.max(inputSize, 16)))
    return undefined;
  const results = node.primitive.evaluate(values, node.attributes, node.outputs);
  return node.outputs.map((output, k) => constant(tensorData(output.dtype, output.shape, results[k] as Float64Array)));
}

/** Returns the one node of its kind: same primitive, same attributes, same inputs. */
function createInterner(): (node: Node, inputs: readonly Tensor[]) => readonly Tensor[] {
  const table = new Map<string, readonly Tensor[]>();
  const numbers = new Map<object, number>();
  const numberOf = (object: object): number => {
    const known = numbers.get(object);
    if (known !== undefined) return known;
    numbers.set(object, numbers.size);
    return numbers.size - 1;
  };
  const keyOf = (value: AttributeValue): string => {
    if (typeof value !== "object") return String(value);
    if (Array.isArray(value)) return `[${value.join(",")}]`;
    if ("kind" in value) return `#${numberOf(value)}`;
    return "data" in value ? dataKey(value, numberOf) : "";
  };
  return (node, inputs) => {
    const attributes = Object.entries(node.attributes as Attributes).map(([name, value]) => `${name}=${keyOf(value)}`);
    const key = `${node.primitive.name}(${inputs.map((t) => `${numberOf(t.node)}.${t.output}`).join(",")})${attributes.join(";")}`;
    const known = table.get(key);
    if (known !== undefined) return known;
    const unchanged = inputs.every((input, k) => input === node.inputs[k]);
    const outputs = unchanged ? node.outputs : apply(node.primitive, inputs, node.attributes);
    table.set(key, outputs);
    return outputs;
  };
}

function dataKey(value: TensorData, numberOf: (object: object) => number): string {
  const content = value.data.length <= FOLD_LIMIT ? Array.from(value.data, showNumber).join(",") : `#${numberOf(value.data)}`;
  return `${value.dtype}[${value.shape.join(",")}]${content}`;
}

function showNumber(x: number | bigint): string {
  return Object.is(x, -0) ? "-0" : String(x);
}
