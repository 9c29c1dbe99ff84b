import { DtypeError, problem, ShapeError, sameShape, showShape, type TensorData, tensorData, toNumbers, UsageError } from "@attnlab/check";
import type { NdArray } from "../ir/primitive.ts";
import type { Program } from "../ir/program.ts";
import type { Tensor } from "../ir/tensor.ts";
import { flatten, type MapTree, mapLeaves, type PathLeaf } from "../trace/tree.ts";

/**
 * Runs a program in float64 on typed arrays: the reference that every other backend is compared with.
 *
 * @param program - from `trace`, without dynamic dimensions.
 * @param args - one tree of tensor data per argument of the traced function, in the same structure.
 * @returns the tree that the traced function returned, with data; floats are rounded to their dtype only at the end.
 * @throws {@link ShapeError} or {@link DtypeError} when an argument differs from what was traced.
 */
export function evaluate<O>(program: Program<O>, args: readonly unknown[]): MapTree<O, TensorData> {
  if (Object.keys(program.dynamic).length > 0) {
    const fix = "Trace again with fixed sizes to interpret.";
    throw new UsageError(
      problem({ where: "evaluate", expected: "every size must be fixed", got: Object.keys(program.dynamic).join(", "), fix }),
    );
  }
  const feeds = flatten<TensorData>(args);
  if (feeds.length !== program.inputs.length) {
    const got = `${feeds.length} for ${program.inputs.map(({ name }) => name).join(", ")}`;
    throw new ShapeError(
      problem({ where: "evaluate", expected: `${program.inputs.length} tensors must be given`, got, fix: "Pass the traced arguments." }),
    );
  }
  const inputs = program.inputs.map(({ name, tensor }, i) => {
    const { path, leaf } = feeds[i] as PathLeaf<TensorData>;
    checkPath(name, path);
    return checkedFeed(name, tensor, leaf);
  });
  const results = evaluateProgram(program, inputs);
  const byTensor = new Map(program.outputs.map(({ tensor }, i) => [tensor, results[i] as Float64Array]));
  return mapLeaves((leaf: Tensor) => tensorData(leaf.dtype, leaf.shape, byTensor.get(leaf) as Float64Array), program.result) as MapTree<
    O,
    TensorData
  >;
}

/** Inputs are called `argument.path`, feeds `position.path`. */
function checkPath(name: string, path: string): void {
  const inner = path.slice(path.indexOf(".") + 1);
  if (path.includes(".") && !name.endsWith(`.${inner}`)) {
    const fix = "Pass trees with the keys that were traced.";
    throw new UsageError(problem({ where: "evaluate", expected: `the next tensor must be ${name}`, got: inner, fix }));
  }
}

function checkedFeed(name: string, tensor: Tensor, feed: TensorData): Float64Array {
  if (feed.dtype !== tensor.dtype) {
    const fix = "Convert the data, or trace with its dtype.";
    throw new DtypeError(problem({ where: "evaluate", expected: `${name} must be ${tensor.dtype}`, got: feed.dtype, fix }));
  }
  if (!sameShape(feed.shape, tensor.shape)) {
    const expected = `${name} must have shape ${showShape(tensor.shape)}`;
    throw new ShapeError(problem({ where: "evaluate", expected, got: showShape(feed.shape), fix: "Pass the shape that was traced." }));
  }
  return toNumbers(feed);
}

/** Runs a program, or the body of a loop, on bare arrays: one per input, and returns one per output. */
export function evaluateProgram(program: Program, inputs: readonly Float64Array[]): readonly Float64Array[] {
  const values = new Map<Tensor, Float64Array>();
  program.inputs.forEach(({ tensor }, i) => {
    values.set(tensor, inputs[i] as Float64Array);
  });
  for (const node of program.nodes) {
    const args: NdArray[] = node.inputs.map((t) => ({ dtype: t.dtype, shape: t.shape, data: values.get(t) as Float64Array }));
    const results = node.primitive.evaluate(args, node.attributes, node.outputs);
    node.outputs.forEach((output, k) => {
      values.set(output, results[k] as Float64Array);
    });
  }
  return program.outputs.map(({ tensor }) => values.get(tensor) as Float64Array);
}
