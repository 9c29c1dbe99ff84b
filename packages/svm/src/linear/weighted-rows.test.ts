import { expectClose, spread } from "@attnlab/testing";
import { afterEach, describe, expect, it, vi } from "vitest";
import { csrMatrix } from "./csr-matrix.ts";
import { fitLinearSvc } from "./linear-svc.ts";
import { packedRows, plainRows, weightedRows } from "./weighted-rows.ts";

const COLS = 23;
/** Rows of 0, 1, 2, ... stored numbers. */
function sparse(rows: number) {
  const values = spread(rows * COLS, 7);
  return csrMatrix(
    COLS,
    Array.from({ length: rows }, (_, i) =>
      Array.from({ length: i % COLS }, (_, k): [number, number] => [(5 * i + 3 * k) % COLS, values[i * COLS + k] as number]),
    ),
  );
}

describe("sparse rows in WebAssembly", () => {
  it("give the inner products and sums of the plain loops", () => {
    const matrix = sparse(61);
    const fast = packedRows(matrix);
    if (fast === undefined) expect.fail("no SIMD here");
    const plain = plainRows(matrix);
    for (const rows of [fast, plain]) rows.weights.set(spread(COLS, 2));
    for (let i = 0; i < matrix.rows; i++) {
      expectClose(fast.dot(i), plain.dot(i), { relative: 1e-13, absolute: 1e-14, reason: "sums of up to 22 products in another order" });
      fast.add(i, 0.5 - i / 61);
      plain.add(i, 0.5 - i / 61);
    }
    expectClose(fast.weights, plain.weights, { relative: 1e-13, absolute: 1e-14, reason: "the same sums" });
    expect(fast.dot(0)).toBe(0);
  });

  it("are plain loops where there are few", () => {
    const rows = weightedRows(sparse(5));
    expect(rows.weights.buffer.byteLength).toBe(8 * COLS);
  });
});

describe("a platform without WebAssembly", () => {
  afterEach(() => {
    vi.unstubAllGlobals();
    vi.resetModules();
  });

  it("fits the same machine", async () => {
    const rows = sparse(2_003);
    const data = { rows, labels: Int32Array.from({ length: rows.rows }, (_, i) => ((i * i) % 7 < 3 ? 1 : 0)) };
    const options = { C: 0.1, tol: 1e-8 };
    expect(rows.data.length).toBeGreaterThan(2 ** 14);
    const fast = fitLinearSvc(data, options);
    vi.stubGlobal("WebAssembly", undefined);
    vi.resetModules();
    const { fitLinearSvc: fitPlain } = await import("./linear-svc.ts");
    const plain = fitPlain(data, options);
    expect([fast.status, plain.status]).toEqual(["optimal", "optimal"]);
    const close = { relative: 1e-6, absolute: 1e-7, reason: "both solved to 1e-8" };
    expectClose(fast.coef.flat(), plain.coef.flat(), close);
    expectClose(fast.dualObjective, plain.dualObjective, close);
  });
});
