import { OptionError } from "@attnlab/check";
import { describe, expect, it } from "vitest";
import { nativeOptions, sessionOptionTable } from "./session-options.ts";

const table = sessionOptionTable("cpu");

describe("session options", () => {
  it("are one thread on the default provider with all optimizations", () => {
    expect(nativeOptions(table.parse(undefined))).toEqual({
      executionProviders: ["cpu"],
      intraOpNumThreads: 1,
      interOpNumThreads: 1,
      executionMode: "sequential",
      graphOptimizationLevel: "all",
      logSeverityLevel: 3,
      extra: { "optimization.disable_specified_optimizers": "MatMulScaleFusion" },
    });
  });

  it("reach the library under its own names", () => {
    const options = table.parse({ providers: ["wasm"], threads: 2, interOpThreads: 3, optimization: "none", config: { "session.x": "1" } });
    expect(nativeOptions(options)).toMatchObject({
      executionProviders: ["wasm"],
      intraOpNumThreads: 2,
      interOpNumThreads: 3,
      executionMode: "parallel",
      graphOptimizationLevel: "disabled",
      extra: { "session.x": "1" },
    });
  });

  const bad = Object.entries(table.rules).flatMap(([name, rule]) => rule.invalid.map((value) => [name, value] as const));
  it.each(bad)("refuse %s: %j", (name, value) => {
    expect(() => table.parse({ [name]: value })).toThrow(OptionError);
    expect(() => table.parse({ [name]: value })).toThrow(`createSession: ${name} must be`);
  });
});
