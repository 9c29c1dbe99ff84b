import { expectClose, spread } from "@attnlab/testing";
import { describe, expect, it } from "vitest";
import type { Kernel } from "./kernel.ts";
import { kernelSource } from "./kernel-source.ts";
import { negativeExp } from "./negative-exp.ts";
import { type DenseKernel, listedKernel, packedKernel, packedLength } from "./ordered-kernel.ts";
import { openSmoMemory } from "./smo-memory.ts";
import { PANEL } from "./smo-module.ts";

const ROWS = 37;
const COLS = 7;
const matrix = { rows: ROWS, cols: COLS, data: spread(ROWS * COLS, 3) };
const CLOSE = { relative: 1e-13, absolute: 1e-13, reason: "sums of seven products in another order" };

function packed(kernel: Kernel, rowAt: Int32Array) {
  const source = kernelSource(kernel, matrix);
  const memory = openSmoMemory(8 * (packedLength(rowAt.length, COLS) + rowAt.length + PANEL));
  if (memory === undefined) expect.fail("no SIMD here");
  const ordered = packedKernel(source.dense as DenseKernel, memory, rowAt);
  return { ordered, listed: listedKernel(source, rowAt), out: memory.take(PANEL * Math.ceil(rowAt.length / PANEL)) };
}

const KERNELS: readonly Kernel[] = [
  { name: "linear", gamma: 1, coef0: 0, degree: 3 },
  { name: "rbf", gamma: 0.3, coef0: 0, degree: 3 },
  { name: "poly", gamma: 0.3, coef0: 0.5, degree: 3 },
  { name: "sigmoid", gamma: 0.3, coef0: 0.5, degree: 3 },
];

describe("kernel values on packed rows", () => {
  for (const kernel of KERNELS) {
    for (const [order, rowAt] of [
      ["distinct", Int32Array.from({ length: ROWS }, (_, k) => (k * 11) % ROWS)],
      ["repeated", Int32Array.from({ length: 2 * ROWS }, (_, k) => (k * 11) % ROWS)],
    ] as const) {
      it(`are those of the rows one by one: ${kernel.name}, ${order} rows`, () => {
        const { ordered, listed, out } = packed(kernel, rowAt);
        const n = rowAt.length;
        const expected = new Float64Array(n);
        for (const [position, from, to] of [
          [0, 0, n],
          [n - 1, 0, n],
          [19, 18, n - 1],
          [5, 3, 4],
        ] as const) {
          ordered.fill(position, from, to, out);
          listed.fill(position, from, to, expected);
          expectClose(out.subarray(from, to), expected.subarray(from, to), CLOSE);
        }
      });
    }
  }

  it("follow a new order", () => {
    const rowAt = Int32Array.from({ length: ROWS }, (_, k) => k);
    const { ordered, listed, out } = packed(KERNELS[1] as Kernel, rowAt);
    rowAt.reverse();
    ordered.reorder();
    const expected = new Float64Array(ROWS);
    ordered.fill(2, 0, ROWS, out);
    listed.fill(2, 0, ROWS, expected);
    expectClose(out.subarray(0, ROWS), expected, CLOSE);
  });
});

describe("the exponential in WebAssembly", () => {
  const count = 7_100;
  const memory = openSmoMemory(2 ** 18);
  const exponentials = (values: ArrayLike<number>): Float64Array => {
    if (memory === undefined) expect.fail("no SIMD here");
    // Inner products of 0 and gamma 1: the squared lengths are what is left.
    const [out, norms] = [memory.take(count).fill(0), memory.take(count).fill(0)];
    norms.set(values);
    memory.functions.rbf(out.byteOffset, out.byteOffset + 8 * count, norms.byteOffset, memory.fractions.byteOffset, 0, 1);
    return out.slice(0, values.length);
  };

  it("is within an ulp or two of Math.exp, and has the bits of the plain loop", () => {
    const values = Float64Array.from({ length: 7_081 }, (_, k) => k / 10);
    const found = exponentials(values);
    const expected = values.map((v) => Math.exp(-v));
    expectClose(found, expected, { relative: 5e-16, absolute: 0, reason: "two units in the last place" });
    negativeExp(values, 0, values.length);
    expect(found).toEqual(values);
  });

  it("ends in zero, and takes a distance below zero as zero", () => {
    expect(Array.from(exponentials([708.1, 745, 1e9, Number.MAX_VALUE, Number.POSITIVE_INFINITY, -1e-17]))).toEqual([0, 0, 0, 0, 0, 1]);
  });
});
