import { DtypeError, FormatError, NotFoundError, tensorData } from "@attnlab/check";
import { describe, expect, it } from "vitest";
import type { Engine, NativeSession, NativeValue } from "./engine.ts";
import { openSession } from "./open-session.ts";
import { type SessionOptions, sessionOptionTable } from "./session-options.ts";

const x: NativeValue = { name: "x", type: "float32", shape: [2] };
const table = sessionOptionTable("cpu");

/** A stand-in for the native library that counts what is done to it. */
function fakeEngine(change: Partial<NativeSession>, failure?: Error): { readonly engine: Engine; readonly released: () => number } {
  let released = 0;
  const session: NativeSession = {
    inputs: [x],
    outputs: [x],
    run: () => Promise.resolve({ x: { type: "float32", dims: [2], data: Float32Array.of(1, 2) } }),
    endProfiling: () => Promise.resolve("file"),
    release: () => {
      released++;
      return Promise.resolve();
    },
    ...change,
  };
  const open = (): Promise<NativeSession> => (failure === undefined ? Promise.resolve(session) : Promise.reject(failure));
  return { engine: { providers: () => ["cpu", "npu"], open }, released: () => released };
}

const open = (engine: Engine, options: SessionOptions = {}) => openSession(engine, Uint8Array.of(1), table.parse(options));

describe("openSession", () => {
  it.each([
    ["Failed to get a GPU adapter: No supported adapters"],
    ["OrtSessionOptionsAppendExecutionProvider_Cuda: Failed to load shared library"],
    ["no available backend found. ERR: [npu] backend not found."],
  ])("reports a provider without its device as not found: %s", async (text) => {
    const { engine } = fakeEngine({}, new Error(text));
    const opening = open(engine, { providers: ["npu"], name: "on device" });
    await expect(opening).rejects.toThrow(NotFoundError);
    await expect(opening).rejects.toThrow(
      `session "on device": providers ["npu"] must start; got ${text}. Present here: cpu, npu; a provider also needs its device and driver.`,
    );
  });

  it("reports anything else as a model that cannot be loaded, on one line, and keeps the cause", async () => {
    const cause = new Error("bad\n  node");
    const opening = open(fakeEngine({}, cause).engine);
    await expect(opening).rejects.toThrow(FormatError);
    await expect(opening).rejects.toThrow('session "model": ONNX Runtime must load the model; got bad node. Check operators');
    await expect(opening).rejects.toHaveProperty("cause", cause);
  });

  it("passes on an error that is already explained", async () => {
    const explained = new NotFoundError("install it");
    await expect(open(fakeEngine({}, explained).engine)).rejects.toBe(explained);
  });

  it.each([
    [
      { ...x, type: "float16" },
      'session "model": "x" must be a tensor of float32, float64, int32, int64, uint32, bool; got float16. Convert',
    ],
    [{ ...x, type: undefined }, "got a value that is no tensor"],
  ])("refuses a type it cannot carry and frees the native session", async (value, message) => {
    for (const change of [{ inputs: [value] }, { outputs: [value] }]) {
      const { engine, released } = fakeEngine(change);
      const opening = open(engine);
      await expect(opening).rejects.toThrow(DtypeError);
      await expect(opening).rejects.toThrow(message);
      expect(released()).toBe(1);
    }
  });

  it("frees the native session once, after the runs in progress, also when they fail", async () => {
    let finish = (): void => undefined;
    const run = (): Promise<never> =>
      new Promise((_, reject) => {
        finish = () => reject(new Error("late"));
      });
    const { engine, released } = fakeEngine({ run });
    const session = await open(engine);
    const running = session.run({ x: tensorData("float32", [2], [1, 2]) });
    const disposing = Promise.all([session.dispose(), session[Symbol.asyncDispose]()]);
    await Promise.resolve();
    expect(released()).toBe(0);
    finish();
    await expect(running).rejects.toThrow("late");
    await disposing;
    expect(released()).toBe(1);
  });

  it("ends a profile once", async () => {
    const session = await open(fakeEngine({}).engine, { profile: "p" });
    expect(await session.endProfiling()).toBe("file");
    await expect(session.endProfiling()).rejects.toThrow("a profile must be recording");
  });
});
