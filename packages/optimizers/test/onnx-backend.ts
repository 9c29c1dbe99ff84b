import type { TensorData } from "@attnlab/check";
import { flatten, lower } from "@attnlab/graph";
import { createSession } from "@attnlab/runtime/node";
import type { ConformanceBackend } from "../src/testing/index.ts";

/** ONNX Runtime as a backend of the conformance suite. */
export const onnxBackend: ConformanceBackend = {
  run: async (program, args) => {
    await using session = await createSession(lower(program));
    const feeds = flatten<TensorData>(args).map(({ leaf }) => leaf);
    const named = new Map(program.inputs.map(({ name }, i) => [name, feeds[i] as TensorData]));
    const needed = Object.fromEntries(session.inputs.map(({ name }) => [name, named.get(name) as TensorData]));
    const results = await session.run(needed);
    return program.outputs.map(({ name }) => results[name] as TensorData);
  },
  bytes: (program) => new TextEncoder().encode(JSON.stringify(lower(program), plain)),
};

function plain(_: string, value: unknown): unknown {
  if (typeof value === "bigint") return String(value);
  return ArrayBuffer.isView(value) ? Array.from(value as Uint8Array, String) : value;
}
