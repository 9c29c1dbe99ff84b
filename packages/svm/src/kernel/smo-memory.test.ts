import { expectClose, spread } from "@attnlab/testing";
import { afterEach, describe, expect, it, vi } from "vitest";
import { openSmoMemory } from "./smo-memory.ts";
import { fitSvc } from "./svc.ts";

function problem(samples: number, cols: number) {
  const data = spread(samples * cols, samples);
  const labels = Int32Array.from({ length: samples }, (_, i) =>
    data.subarray(i * cols, (i + 1) * cols).reduce((sum, v) => sum + v * v, 0) > cols / 3 ? 1 : 0,
  );
  return { rows: { rows: samples, cols, data }, labels };
}

const OPTIONS = { C: 10, gamma: 0.3, tol: 1e-10 } as const;

describe("memory that fits share", () => {
  it("hands out what does not overlap", () => {
    const memory = openSmoMemory(8 * 100);
    if (memory === undefined) expect.fail("no SIMD here");
    const [first, second] = [memory.take(7).fill(1), memory.take(5).fill(2)];
    expect(Array.from(first)).toEqual(new Array(7).fill(1));
    expect([first.byteOffset % 16, second.byteOffset % 16]).toEqual([0, 0]);
  });

  it("leaves nothing of one fit to the next", () => {
    const small = fitSvc(problem(211, 5), OPTIONS);
    fitSvc(problem(613, 11), OPTIONS);
    expect(fitSvc(problem(211, 5), OPTIONS)).toEqual(small);
  });

  it("is left to plain loops where it would be too large", () => {
    expect(openSmoMemory(2 ** 33)).toBeUndefined();
  });
});

describe("a platform without WebAssembly", () => {
  afterEach(() => {
    vi.unstubAllGlobals();
    vi.resetModules();
  });

  it("fits the same machine", async () => {
    const data = problem(307, 7);
    const fast = fitSvc(data, OPTIONS);
    vi.stubGlobal("WebAssembly", undefined);
    vi.resetModules();
    const { fitSvc: fitPlain } = await import("./svc.ts");
    const plain = fitPlain(data, OPTIONS);
    expect(plain.status).toBe("optimal");
    expect(plain.supportIndices).toEqual(fast.supportIndices);
    expectClose(plain.dualObjective, fast.dualObjective, { relative: 1e-10, absolute: 0, reason: "both solved to 1e-10" });
  });
});
