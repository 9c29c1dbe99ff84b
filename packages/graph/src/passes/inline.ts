import type { Program } from "../ir/program.ts";
import { apply, type Tensor } from "../ir/tensor.ts";

/** Applies a program to tensors: repeats its nodes on other inputs and returns its outputs. */
export function inline(program: Program, inputs: readonly Tensor[]): readonly Tensor[] {
  const values = new Map<Tensor, Tensor>(program.inputs.map(({ tensor }, i) => [tensor, inputs[i] as Tensor]));
  for (const node of program.nodes) {
    const outputs = apply(
      node.primitive,
      node.inputs.map((input) => values.get(input) as Tensor),
      node.attributes,
    );
    node.outputs.forEach((output, k) => {
      values.set(output, outputs[k] as Tensor);
    });
  }
  return program.outputs.map(({ tensor }) => values.get(tensor) as Tensor);
}
