import { type TensorData, tensorData, toNumbers } from "@attnlab/check";
import { evaluate, flatten, trace } from "@attnlab/graph";
import type { Optimizer } from "../src/index.ts";

/** Takes one step per gradient in the interpreter and returns the parameters after each. */
export function runSteps<P>(optimizer: Optimizer, start: P, grads: readonly P[]): readonly P[] {
  const specs = (...trees: readonly unknown[]): readonly unknown[] => trees;
  let params = start;
  let state: unknown = evaluate(
    trace((p: unknown) => optimizer.init(p), specs(start)),
    [start],
  );
  const program = trace(
    (g: unknown, s: unknown, p: unknown): unknown => optimizer.step(g, s, p),
    specs(grads[0], state, start) as readonly [unknown, unknown, unknown],
    { names: ["grads", "before", "at"] },
  );
  return grads.map((g) => {
    const next = evaluate(program, [g, state, params]) as { readonly params: P; readonly state: unknown };
    params = next.params;
    state = next.state;
    return params;
  });
}

/** The values of a tree by path. */
export function valuesOf(tree: unknown): Readonly<Record<string, Float64Array>> {
  return Object.fromEntries(flatten<TensorData>(tree).map(({ path, leaf }) => [path, toNumbers(leaf)]));
}

/** The number of nodes that one more parameter tensor adds to the program of a step. */
export function nodesPerTensor(optimizer: Optimizer): number {
  const count = (tensors: number): number => {
    const params = Array.from({ length: tensors }, () => tensorData("float32", [3], [1, 2, 3]));
    const state: unknown = evaluate(
      trace((p: unknown) => optimizer.init(p), [params] as readonly unknown[]),
      [params],
    );
    const step = (g: unknown, s: unknown, p: unknown): unknown => optimizer.step(g, s, p);
    return trace(step, [params, state, params] as readonly [unknown, unknown, unknown], { names: ["grads", "before", "at"] }).nodes.length;
  };
  return (count(12) - count(2)) / 10;
}
