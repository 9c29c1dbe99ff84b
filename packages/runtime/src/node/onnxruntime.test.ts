import { createRequire } from "node:module";
import { NotFoundError } from "@attnlab/check";
import { describe, expect, it } from "vitest";
import { type ModuleLoader, nodeEngine } from "./onnxruntime.ts";

const resolve = (id: string): string => id;

describe("the Node library", () => {
  it("says how to install itself when it is missing", () => {
    const missing: ModuleLoader = Object.assign(
      (id: string): never => {
        throw new Error(`Cannot find module '${id}'\nRequire stack:\n- somewhere`);
      },
      { resolve },
    );
    expect(() => nodeEngine(missing).providers()).toThrow(NotFoundError);
    expect(() => nodeEngine(missing).providers()).toThrow(
      /^@attnlab\/runtime\/node: onnxruntime-node must be installed and support this platform; got Cannot find module 'onnxruntime-node'\. Run: npm i onnxruntime-node@\d+\.\d+\.\d+$/,
    );
  });

  it("is loaded once, and not before it is needed", () => {
    let loads = 0;
    const require = createRequire(import.meta.url);
    const counting: ModuleLoader = Object.assign(
      (id: string): unknown => {
        loads++;
        return require(id);
      },
      { resolve: require.resolve },
    );
    const engine = nodeEngine(counting);
    expect(loads).toBe(0);
    expect(engine.providers()).toContain("cpu");
    engine.providers();
    expect(loads).toBe(1);
  });

  it("lists a provider outside the main library only when its file is there", () => {
    const listSupportedBackends = () => [
      { name: "cpu", bundled: true },
      { name: "cuda", bundled: false },
    ];
    const fake: ModuleLoader = Object.assign((): unknown => ({ listSupportedBackends }), { resolve: () => "/nowhere/dist/index.js" });
    expect(nodeEngine(fake).providers()).toEqual(["cpu"]);
  });
});
