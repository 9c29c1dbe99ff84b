import type { OnnxModel } from "@attnlab/onnx";
import { openSession } from "../open-session.ts";
import type { Session } from "../session.ts";
import { type SessionOptions, sessionOptionTable } from "../session-options.ts";
import { nodeEngine } from "./onnxruntime.ts";

const engine = nodeEngine();
const table = sessionOptionTable("cpu");

/**
 * Loads a model into ONNX Runtime for Node.
 *
 * A model object is checked with `checkModel` first. Everything a session will need is decided here: no provider is
 * replaced by another, and no thread is added.
 *
 * @param model - the content of an `.onnx` file, or a model object.
 * @param options - see {@link SessionOptions}; one thread on the CPU by default.
 * @returns the session; dispose it when done.
 * @throws {@link OptionError} on an unknown or bad option.
 * @throws {@link NotFoundError} when onnxruntime-node or a provider is absent.
 * @throws {@link FormatError} when the model is not well formed or the runtime cannot load it.
 * @throws {@link DtypeError} when an input or output has none of the six dtypes.
 * @example
 * ```ts
 * import { tensorData } from "@attnlab/check";
 * import { createSession } from "@attnlab/runtime/node";
 * const x = { name: "x", dtype: "float64", shape: ["n"] } as const;
 * const y = { ...x, name: "y" };
 * const graph = { name: "double", nodes: [{ op: "Add", inputs: ["x", "x"], outputs: ["y"] }], initializers: [], inputs: [x], outputs: [y] };
 * await using session = await createSession({ opsets: { "": 21 }, graph });
 * const result = await session.run({ x: tensorData("float64", [2], [1, 2]) });
 * result.y?.data; // => Float64Array [2, 4]
 * ```
 */
export async function createSession(model: Uint8Array | OnnxModel, options?: SessionOptions): Promise<Session> {
  return await openSession(engine, model, table.parse(options));
}

/**
 * The execution providers that can be asked for in this process: `"cpu"` always, others when their libraries are installed.
 *
 * @throws {@link NotFoundError} when onnxruntime-node is not installed.
 * @example
 * ```ts
 * import { availableProviders } from "@attnlab/runtime/node";
 * availableProviders().includes("cpu"); // => true
 * ```
 */
export function availableProviders(): readonly string[] {
  return engine.providers();
}
