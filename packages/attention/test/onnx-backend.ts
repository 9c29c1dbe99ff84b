import type { TensorData } from "@attnlab/check";
import { lower } from "@attnlab/graph";
import { createSession } from "@attnlab/runtime/node";
import type { AttentionBackend } from "../src/testing/index.ts";

/** ONNX Runtime as a backend of the conformance suite. */
export const onnxBackend: AttentionBackend = {
  run: async (program, args) => {
    await using session = await createSession(lower(program));
    const named = new Map(program.inputs.map(({ name }, i) => [name, args[i] as TensorData]));
    const results = await session.run(Object.fromEntries(session.inputs.map(({ name }) => [name, named.get(name) as TensorData])));
    return program.outputs.map(({ name }) => results[name] as TensorData);
  },
};
