import { NotFoundError, problem, type TensorData, UsageError } from "@attnlab/check";
import type * as OnnxRuntime from "onnxruntime-web";
import type { Engine, NativeSession, NativeValue } from "../engine.ts";
import { nativeOptions, type ResolvedSessionOptions } from "../session-options.ts";
import { oneAtATime } from "./one-at-a-time.ts";

/** Where the browser finds the WebAssembly files: a folder's URL, or the URL of each file. */
export type WasmPaths = string | { readonly mjs?: string; readonly wasm?: string };

/** ONNX Runtime's settings that hold for the whole page. */
export interface PageSettings {
  readonly threads: number;
  readonly wasmPaths: WasmPaths | undefined;
}

/** ONNX Runtime for the web, loaded at its first use; tests pass a loader that finds nothing. */
export function webEngine(load: () => Promise<typeof OnnxRuntime> = () => import("onnxruntime-web")): {
  readonly with: (wasmPaths: WasmPaths | undefined) => Engine;
} {
  let settings: PageSettings | undefined;
  const open = async (wasmPaths: WasmPaths | undefined, model: Uint8Array, options: ResolvedSessionOptions): Promise<NativeSession> => {
    const runtime = await loadLibrary(load);
    settings = settle(runtime, settings, { threads: options.threads, wasmPaths });
    return await openNative(runtime, model, options);
  };
  return { with: (wasmPaths) => ({ providers: webProviders, open: (model, options) => open(wasmPaths, model, options) }) };
}

/** WebAssembly is everywhere; WebGPU where the page has it. */
export function webProviders(): readonly string[] {
  return typeof navigator === "object" && "gpu" in navigator ? ["wasm", "webgpu"] : ["wasm"];
}

async function loadLibrary(load: () => Promise<typeof OnnxRuntime>): Promise<typeof OnnxRuntime> {
  try {
    return await load();
  } catch (error) {
    const got = error instanceof Error ? (error.message.split("\n")[0] as string) : String(error);
    const fix = "Run: npm i onnxruntime-web@1.30.0";
    throw new NotFoundError(problem({ where: "@attnlab/runtime/web", expected: "onnxruntime-web must be installed", got, fix }), {
      cause: error,
    });
  }
}

/** The library reads these settings once, with the first session; later ones cannot have others. */
function settle(runtime: typeof OnnxRuntime, before: PageSettings | undefined, wanted: PageSettings): PageSettings {
  if (before === undefined) {
    runtime.env.wasm.numThreads = wanted.threads;
    if (wanted.wasmPaths !== undefined) runtime.env.wasm.wasmPaths = wanted.wasmPaths;
    return wanted;
  }
  if (before.threads !== wanted.threads || JSON.stringify(before.wasmPaths) !== JSON.stringify(wanted.wasmPaths)) {
    const expected = "threads and wasmPaths must be the same for all sessions of a page";
    const words = (one: PageSettings): string => `${one.threads} threads and paths ${JSON.stringify(one.wasmPaths) ?? "by default"}`;
    const fix = "Give every session the same ones, or use a worker for others.";
    throw new UsageError(problem({ where: "createSession", expected, got: `${words(wanted)} after ${words(before)}`, fix }));
  }
  return before;
}

async function openNative(runtime: typeof OnnxRuntime, model: Uint8Array, options: ResolvedSessionOptions): Promise<NativeSession> {
  if (options.profile !== undefined) {
    const fix = "Leave profile out, or profile the model with @attnlab/runtime/node.";
    throw new UsageError(problem({ where: "createSession", expected: "profile must be used on Node", got: "the web entry", fix }));
  }
  const session = await runtime.InferenceSession.create(model, nativeOptions(options));
  // The library refuses a run while another is in progress on the same session, so runs wait for each other.
  const queue = oneAtATime();
  return {
    inputs: session.inputMetadata.map(toNativeValue),
    outputs: session.outputMetadata.map(toNativeValue),
    run: (feeds, fetches) => {
      const tensors = toTensors(runtime, feeds);
      return queue(() => (fetches === undefined ? session.run(tensors) : session.run(tensors, fetches)));
    },
    endProfiling: () => Promise.resolve(""),
    release: () => session.release(),
  };
}

function toNativeValue(value: OnnxRuntime.InferenceSession.ValueMetadata): NativeValue {
  return value.isTensor ? { name: value.name, type: value.type, shape: value.shape } : { name: value.name, type: undefined, shape: [] };
}

function toTensors(runtime: typeof OnnxRuntime, feeds: Readonly<Record<string, TensorData>>): Record<string, OnnxRuntime.Tensor> {
  const tensors: Record<string, OnnxRuntime.Tensor> = {};
  for (const name in feeds) {
    const { dtype, shape, data } = feeds[name] as TensorData;
    tensors[name] = new runtime.Tensor(dtype, data, shape);
  }
  return tensors;
}
