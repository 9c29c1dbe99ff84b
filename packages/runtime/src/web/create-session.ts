import { customOption, type OptionRule, optionTable } from "@attnlab/check";
import type { OnnxModel } from "@attnlab/onnx";
import { openSession } from "../open-session.ts";
import type { Session } from "../session.ts";
import { type SessionOptions, sessionOptionTable } from "../session-options.ts";
import { type WasmPaths, webEngine, webProviders } from "./onnxruntime.ts";

/** Options of `createSession` in a browser. */
export interface WebSessionOptions extends SessionOptions {
  /**
   * Where the browser finds the WebAssembly files of onnxruntime-web: a folder's URL ending in `/`, or the URL of each file.
   * Default: beside the script. All sessions of a page share it, and `threads`.
   */
  readonly wasmPaths?: WasmPaths;
}

const engine = webEngine();
const table = optionTable("createSession", {
  ...sessionOptionTable("wasm").rules,
  wasmPaths: customOption<WasmPaths>({
    doc: "Where the browser finds the WebAssembly files.",
    expected: "a URL, or an object with the URLs mjs and wasm",
    accepts: isWasmPaths,
    invalid: ["", 1, { js: "x" }, { wasm: 1 }, null],
  }) as OptionRule<WasmPaths | undefined>,
});

function isWasmPaths(value: unknown): boolean {
  if (typeof value === "string") return value !== "";
  if (typeof value !== "object" || value === null || Array.isArray(value)) return false;
  return Object.entries(value).every(([key, url]) => (key === "mjs" || key === "wasm") && typeof url === "string" && url !== "");
}

/**
 * Loads a model into ONNX Runtime for the web: the same interface as on Node, on WebAssembly or WebGPU.
 *
 * @param model - the content of an `.onnx` file, or a model object; an object is checked with `checkModel` first.
 * @param options - see {@link WebSessionOptions}; one thread of WebAssembly by default. More threads need a page that is cross-origin isolated.
 * @returns the session; dispose it when done.
 * @throws {@link OptionError} on an unknown or bad option.
 * @throws {@link NotFoundError} when onnxruntime-web or a provider is absent.
 * @throws {@link FormatError} when the model is not well formed or the runtime cannot load it.
 * @throws {@link DtypeError} when an input or output has none of the six dtypes.
 * @throws {@link UsageError} when `profile` is asked for, or `threads` or `wasmPaths` differ from those of an earlier session.
 * @example
 * ```ts
 * import { tensorData } from "@attnlab/check";
 * import { createSession } from "@attnlab/runtime/web";
 * const x = { name: "x", dtype: "float32", shape: [2] } as const;
 * const y = { ...x, name: "y" };
 * const graph = { name: "negate", nodes: [{ op: "Neg", inputs: ["x"], outputs: ["y"] }], initializers: [], inputs: [x], outputs: [y] };
 * await using session = await createSession({ opsets: { "": 21 }, graph });
 * const result = await session.run({ x: tensorData("float32", [2], [1, 2]) });
 * result.y?.data; // => Float32Array [-1, -2]
 * ```
 */
export async function createSession(model: Uint8Array | OnnxModel, options?: WebSessionOptions): Promise<Session> {
  const parsed = table.parse(options);
  return await openSession(engine.with(parsed.wasmPaths), model, parsed);
}

/**
 * The execution providers that can be asked for on this page: `"wasm"` always, `"webgpu"` where the browser offers it.
 *
 * @example
 * ```ts
 * import { availableProviders } from "@attnlab/runtime/web";
 * availableProviders().includes("wasm"); // => true
 * ```
 */
export function availableProviders(): readonly string[] {
  return webProviders();
}
