import { customOption, optionTable, problem, show, UsageError } from "@attnlab/check";
import { topologicalNodes } from "../ir/order.ts";
import type { Port, Program } from "../ir/program.ts";
import type { Tensor } from "../ir/tensor.ts";
import { isTensor } from "../ir/tensor.ts";
import { simplify } from "../passes/simplify.ts";
import { inputPrimitive, inputTensor } from "../primitives/input.ts";
import { concreteShape, type Symbolic, standInsFor, type TensorSpec } from "./spec.ts";
import { flatten, mapLeaves, type Tree } from "./tree.ts";

/** Names that {@link trace} gives. */
export interface TraceOptions {
  /** One name per argument; the inputs of a tree are called `name.path`. Default: `arg0`, `arg1`, … */
  readonly names?: readonly string[];
  /** Name before the paths of the outputs; an only output is called by it. Default: none, or `output` for an only output. */
  readonly outputName?: string;
}

const traceOptions = optionTable("trace", {
  names: customOption<readonly string[] | undefined>({
    doc: "One name per argument.",
    expected: "a list of strings",
    accepts: (value) => Array.isArray(value) && value.every((name) => typeof name === "string"),
    invalid: ["x", [1], null],
  }),
  outputName: customOption<string | undefined>({
    doc: "Name before the paths of the outputs.",
    expected: "a string",
    accepts: (value) => typeof value === "string",
    invalid: [1, null],
  }),
});

/**
 * Runs a function on symbolic tensors and records what it does as an immutable {@link Program}.
 *
 * Shapes and dtypes are checked while the function runs. The program has no dead and no repeated nodes.
 *
 * @param fn - a function from trees of tensors to a tree of tensors.
 * @param specs - one tree of {@link TensorSpec} (or tensor data) per argument. A size given as a string is a named dynamic
 *   dimension: the program can then be lowered to ONNX for any size of it, but not interpreted.
 * @throws {@link OptionError} on an unknown option. @throws {@link UsageError} when a result is no tensor, or depends on a tensor that is not an argument, or names clash.
 * @example
 * ```ts
 * import { exp, print, trace } from "@attnlab/graph";
 * const program = trace((x) => exp(x), [{ dtype: "float32", shape: [2] }], { names: ["x"] });
 * program.outputs[0]?.tensor.shape // => [2]
 * ```
 */
export function trace<const S extends readonly unknown[], O>(
  fn: (...args: { readonly [K in keyof S]: Symbolic<S[K]> }) => O,
  specs: S,
  options: TraceOptions = {},
): Program<O> {
  const given = traceOptions.parse(options);
  const names = given.names ?? specs.map((_, i) => `arg${i}`);
  const trees = specs as readonly Tree<TensorSpec>[];
  const dynamic = standInsFor(trees as Tree<TensorSpec>);
  const inputs: Port[] = [];
  const args = trees.map((tree, i) => {
    const root = names[i] ?? `arg${i}`;
    return mapLeaves((leaf: TensorSpec, path) => {
      const name = path === "" ? root : `${root}.${path}`;
      const tensor = inputTensor({ dtype: leaf.dtype, shape: concreteShape(name, leaf, dynamic) });
      inputs.push({ name, tensor });
      return tensor;
    }, tree);
  });
  const result = fn(...(args as unknown[] as { readonly [K in keyof S]: Symbolic<S[K]> }));
  const outputRoot = given.outputName ?? (isTensor(result) ? "output" : "");
  const leaves = flatten<Tensor>(result, outputRoot);
  for (const { path, leaf } of leaves) checkOutput(path, leaf);
  const simplified = simplify(leaves.map(({ leaf }) => leaf));
  const outputs = leaves.map(({ path }, i) => ({ name: path, tensor: simplified[i] as Tensor }));
  checkNames([...inputs, ...outputs]);
  const nodes = topologicalNodes(simplified);
  const own = new Set(inputs.map(({ tensor }) => tensor.node));
  for (const node of nodes) {
    if (node.primitive === inputPrimitive && !own.has(node)) {
      const fix = "Pass it as an argument; loop() bodies may use tensors from outside, traced functions may not.";
      throw new UsageError(
        problem({ where: "trace", expected: "results must depend on the arguments alone", got: "a tensor of another trace", fix }),
      );
    }
  }
  let next = 0;
  const tree = mapLeaves(() => simplified[next++], result) as O;
  return { kind: "program", inputs, nodes: nodes.filter((node) => node.primitive !== inputPrimitive), outputs, result: tree, dynamic };
}

function checkOutput(path: string, leaf: unknown): void {
  if (isTensor(leaf)) return;
  const fix = "Return tensors; make numbers tensors with constant().";
  throw new UsageError(problem({ where: "trace", expected: `result ${path} must be a traced tensor`, got: show(leaf), fix }));
}

function checkNames(ports: readonly Port[]): void {
  const seen = new Set<string>();
  for (const { name } of ports) {
    if (name === "" || name.startsWith("%") || seen.has(name)) {
      const fix = "Rename the argument (names option) or the key of the result.";
      throw new UsageError(
        problem({ where: "trace", expected: "every input and output must have its own name without a leading %", got: show(name), fix }),
      );
    }
    seen.add(name);
  }
}
