import { NotFoundError, OptionError, UsageError } from "@attnlab/check";
import { afterEach, describe, expect, it, vi } from "vitest";
import { arithmetic, feeds } from "../../test/small-models.ts";
import { sessionOptionTable } from "../session-options.ts";
import { availableProviders, createSession, type WebSessionOptions } from "./create-session.ts";
import { webEngine } from "./onnxruntime.ts";

const defaults = sessionOptionTable("wasm").parse({});

describe("the web library", () => {
  afterEach(() => {
    vi.unstubAllGlobals();
  });

  it("says how to install itself when it is missing", async () => {
    const engine = webEngine(() => Promise.reject(new Error("Cannot find package 'onnxruntime-web'\nimported from here"))).with(undefined);
    await expect(engine.open(new Uint8Array(), defaults)).rejects.toThrow(NotFoundError);
    await expect(engine.open(new Uint8Array(), defaults)).rejects.toThrow(
      /^@attnlab\/runtime\/web: onnxruntime-web must be installed; got Cannot find package 'onnxruntime-web'\. Run: npm i onnxruntime-web@\d/,
    );
  });

  it("offers WebGPU where the page has it", () => {
    vi.stubGlobal("navigator", {});
    expect(availableProviders()).toEqual(["wasm"]);
    vi.stubGlobal("navigator", { gpu: {} });
    expect(availableProviders()).toEqual(["wasm", "webgpu"]);
  });

  it("keeps threads and paths the same for all sessions of a page", async () => {
    await using session = await createSession(arithmetic);
    expect((await session.run(feeds)).sum?.data[0]).toBe(8);
    await expect(createSession(arithmetic, { threads: 2 })).rejects.toThrow(UsageError);
    await expect(createSession(arithmetic, { threads: 2 })).rejects.toThrow(
      "threads and wasmPaths must be the same for all sessions of a page; got 2 threads and paths by default after 1 threads and paths by default.",
    );
    await expect(createSession(arithmetic, { wasmPaths: "/files/" })).rejects.toThrow('got 1 threads and paths "/files/" after');
    await using another = await createSession(arithmetic, { optimization: "none" });
    expect((await another.run(feeds)).sum?.data[0]).toBe(8);
  });

  it("refuses a profile", async () => {
    await expect(createSession(arithmetic, { profile: "p" })).rejects.toThrow(UsageError);
    await expect(createSession(arithmetic, { profile: "p" })).rejects.toThrow(
      "createSession: profile must be used on Node; got the web entry",
    );
  });

  it.each(["", 1, { js: "x" }, { wasm: 1 }, [], null])("refuses wasmPaths %j", async (wasmPaths) => {
    const options: WebSessionOptions = JSON.parse(JSON.stringify({ wasmPaths }));
    await expect(createSession(arithmetic, options)).rejects.toThrow(OptionError);
    await expect(createSession(arithmetic, options)).rejects.toThrow(
      "wasmPaths must be a URL, or an object with the URLs mjs and wasm; got",
    );
  });
});
