import type { TensorData } from "@attnlab/check";
import { flatten, lower, type Program } from "@attnlab/graph";
import { createSession } from "@attnlab/runtime/node";

/** Runs a program in ONNX Runtime; resolves to one tensor per output, in order. */
export async function runOnnx(program: Program, args: readonly unknown[]): Promise<readonly TensorData[]> {
  await using session = await createSession(lower(program));
  const feeds = flatten<TensorData>(args).map(({ leaf }) => leaf);
  const named = new Map(program.inputs.map(({ name }, i) => [name, feeds[i] as TensorData]));
  const results = await session.run(Object.fromEntries(session.inputs.map(({ name }) => [name, named.get(name) as TensorData])));
  return program.outputs.map(({ name }) => results[name] as TensorData);
}
