import { existsSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { NotFoundError, problem, type TensorData } from "@attnlab/check";
import type * as OnnxRuntime from "onnxruntime-node";
import type { Engine, NativeSession, NativeValue } from "../engine.ts";
import { nativeOptions, type ResolvedSessionOptions } from "../session-options.ts";
import { findProfile, uniquePrefix } from "./profile-file.ts";

/** The part of `require` that loading needs; tests pass one that finds nothing. */
export interface ModuleLoader {
  (id: string): unknown;
  readonly resolve: (id: string) => string;
}

interface Library {
  readonly runtime: typeof OnnxRuntime;
  readonly providers: readonly string[];
}

/** ONNX Runtime for Node, loaded at its first use: importing this package loads nothing native. */
export function nodeEngine(load: ModuleLoader = createRequire(import.meta.url)): Engine {
  let library: Library | undefined;
  const get = (): Library => {
    library ??= loadLibrary(load);
    return library;
  };
  return { providers: () => get().providers, open: (model, options) => open(get().runtime, model, options) };
}

function loadLibrary(load: ModuleLoader): Library {
  let runtime: typeof OnnxRuntime;
  try {
    runtime = load("onnxruntime-node") as typeof OnnxRuntime;
  } catch (error) {
    const got = error instanceof Error ? (error.message.split("\n")[0] as string) : String(error);
    const expected = "onnxruntime-node must be installed and support this platform";
    const fix = "Run: npm i onnxruntime-node@1.30.0";
    throw new NotFoundError(problem({ where: "@attnlab/runtime/node", expected, got, fix }), { cause: error });
  }
  const binaries = join(load.resolve("onnxruntime-node"), "..", "..", "bin", "napi-v6", process.platform, process.arch);
  const present = runtime.listSupportedBackends().filter(({ name, bundled }) => bundled || existsSync(join(binaries, providerFile(name))));
  return { runtime, providers: present.map(({ name }) => name) };
}

/** Providers outside the main library are loaded from a file of their own, which its install script may have left out. */
function providerFile(name: string): string {
  if (process.platform === "win32") return `onnxruntime_providers_${name}.dll`;
  return `libonnxruntime_providers_${name}.${process.platform === "darwin" ? "dylib" : "so"}`;
}

async function open(runtime: typeof OnnxRuntime, model: Uint8Array, options: ResolvedSessionOptions): Promise<NativeSession> {
  const prefix = options.profile === undefined ? undefined : uniquePrefix(options.profile);
  const profiling = prefix === undefined ? {} : { enableProfiling: true, profileFilePrefix: prefix };
  const session = await runtime.InferenceSession.create(model, { ...nativeOptions(options), ...profiling });
  return {
    inputs: session.inputMetadata.map(toNativeValue),
    outputs: session.outputMetadata.map(toNativeValue),
    run: (feeds, fetches) => {
      const tensors = toTensors(runtime, feeds);
      return fetches === undefined ? session.run(tensors) : session.run(tensors, fetches);
    },
    endProfiling: async () => {
      session.endProfiling();
      return findProfile(prefix ?? "");
    },
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
