import {
  AttnlabError,
  DataError,
  DTYPES,
  type Dtype,
  DtypeError,
  FormatError,
  NotFoundError,
  problem,
  show,
  type TensorData,
  UsageError,
} from "@attnlab/check";
import { checkModel, decodeModel, encodeModel, type OnnxModel, type OnnxValueInfo } from "@attnlab/onnx";
import type { Engine, NativeSession, NativeTensor, NativeValue } from "./engine.ts";
import { checkFeeds, listNames } from "./feed-check.ts";
import { fixDimensions } from "./fix-dimensions.ts";
import type { Session } from "./session.ts";
import type { ResolvedSessionOptions } from "./session-options.ts";

/** Loads a model with one of the two engines and wraps it with the checks and errors both share. */
export async function openSession(engine: Engine, model: Uint8Array | OnnxModel, options: ResolvedSessionOptions): Promise<Session> {
  checkProviders(engine, options.providers);
  const bytes = modelBytes(model, options.dimensions);
  const name = options.name ?? (model instanceof Uint8Array ? "model" : model.graph.name);
  const where = `session ${show(name)}`;
  let native: NativeSession;
  try {
    native = await engine.open(bytes, options);
  } catch (error) {
    throw loadError(where, engine, options, error);
  }
  try {
    const inputs = native.inputs.map((value) => describe(where, value));
    const outputs = native.outputs.map((value) => describe(where, value));
    return makeSession(where, native, inputs, outputs, options.profile !== undefined);
  } catch (error) {
    await native.release();
    throw error;
  }
}

function modelBytes(model: Uint8Array | OnnxModel, dimensions: Readonly<Record<string, number>>): Uint8Array {
  const dynamic = Object.keys(dimensions).length === 0;
  if (model instanceof Uint8Array) return dynamic ? model : encodeModel(fixDimensions(decodeModel(model), dimensions));
  if (typeof model !== "object" || model === null || !("graph" in model)) {
    const fix = "Read the file first, or build the model with @attnlab/graph.";
    throw new UsageError(problem({ where: "createSession", expected: "model must be bytes or an OnnxModel", got: show(model), fix }));
  }
  checkModel(model);
  return encodeModel(dynamic ? model : fixDimensions(model, dimensions));
}

function checkProviders(engine: Engine, wanted: readonly string[]): void {
  const present = engine.providers();
  const absent = wanted.find((provider) => !present.includes(provider));
  if (absent === undefined) return;
  const fix = `Present here: ${present.join(", ")}. Choose among them, or install what ${show(absent)} needs.`;
  throw new NotFoundError(problem({ where: "createSession", expected: "every provider must be present", got: show(absent), fix }));
}

/** ONNX Runtime reports everything as a plain error; the message alone tells a device that is missing from a model it cannot load. */
function loadError(where: string, engine: Engine, options: ResolvedSessionOptions, error: unknown): Error {
  if (error instanceof AttnlabError) return error;
  const got = oneLine(error);
  if (/adapter|shared library|ExecutionProvider_|backend/i.test(got)) {
    const expected = `providers ${show(options.providers)} must start`;
    const fix = `Present here: ${engine.providers().join(", ")}; a provider also needs its device and driver.`;
    return new NotFoundError(problem({ where, expected, got, fix }), { cause: error });
  }
  const fix = "Check operators, opsets and element types against the provider; printModel of @attnlab/onnx shows the graph.";
  return new FormatError(problem({ where, expected: "ONNX Runtime must load the model", got, fix }), { cause: error });
}

function oneLine(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error);
  return text.replace(/\s+/g, " ").trim();
}

function describe(where: string, value: NativeValue): OnnxValueInfo {
  const dtype = DTYPES.find((one) => one === value.type);
  if (dtype === undefined) {
    const expected = `${show(value.name)} must be a tensor of ${DTYPES.join(", ")}`;
    const fix = "Convert the model's inputs and outputs to one of these types.";
    throw new DtypeError(problem({ where, expected, got: value.type ?? "a value that is no tensor", fix }));
  }
  return { name: value.name, dtype, shape: value.shape };
}

function makeSession(
  where: string,
  native: NativeSession,
  inputs: readonly OnnxValueInfo[],
  outputs: readonly OnnxValueInfo[],
  profiled: boolean,
): Session {
  const names = new Set(outputs.map((output) => output.name));
  const running = new Set<Promise<unknown>>();
  let recording = profiled;
  let disposed: Promise<void> | undefined;

  const requireOpen = (): void => {
    if (disposed === undefined) return;
    throw new UsageError(problem({ where, expected: "the session must be open", got: "a disposed one", fix: "Create a new session." }));
  };
  const run: Session["run"] = async (feeds, fetches) => {
    requireOpen();
    checkFeeds(where, inputs, feeds);
    if (fetches !== undefined) checkFetches(where, fetches, names, outputs);
    const pending = native.run(feeds, fetches);
    running.add(pending);
    try {
      return toTensorData(await pending);
    } catch (error) {
      const fix = "Check the values and shapes that reach this operator.";
      throw new DataError(problem({ where, expected: "the model must run on these feeds", got: oneLine(error), fix }), { cause: error });
    } finally {
      running.delete(pending);
    }
  };
  const endProfiling = async (): Promise<string> => {
    requireOpen();
    if (!recording) {
      const fix = "Create the session with the option profile, and end it once.";
      throw new UsageError(problem({ where, expected: "a profile must be recording", got: "none", fix }));
    }
    recording = false;
    await Promise.allSettled(running);
    return await native.endProfiling();
  };
  const dispose = (): Promise<void> => {
    disposed ??= Promise.allSettled(running).then(() => native.release());
    return disposed;
  };
  return { inputs, outputs, run, endProfiling, dispose, [Symbol.asyncDispose]: dispose };
}

function checkFetches(where: string, fetches: readonly string[], names: ReadonlySet<string>, outputs: readonly OnnxValueInfo[]): void {
  const unknown = fetches.find((name) => !names.has(name));
  if (unknown === undefined && fetches.length > 0) return;
  const got = unknown === undefined ? "an empty list" : show(unknown);
  const fix = `The outputs are ${listNames(outputs)}; leave fetches out to get all.`;
  throw new UsageError(problem({ where, expected: "fetches must name outputs", got, fix }));
}

function toTensorData(results: Readonly<Record<string, NativeTensor>>): Record<string, TensorData> {
  const tensors: Record<string, TensorData> = {};
  for (const name in results) {
    const { type, dims, data } = results[name] as NativeTensor;
    // The outputs' types were checked when the session was made.
    tensors[name] = { dtype: type as Dtype, shape: dims, data } as TensorData;
  }
  return tensors;
}
