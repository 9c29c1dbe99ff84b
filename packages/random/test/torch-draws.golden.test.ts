import { loadGolden } from "@attnlab/testing";
import { describe, expect, test } from "vitest";
import { createMt19937 } from "../src/index.ts";

interface TorchDraws {
  readonly single: readonly { readonly seed: number; readonly randn: readonly number[] }[];
  readonly sequence: readonly (readonly number[])[];
  readonly rand: readonly number[];
  readonly last16of2000: readonly number[];
}

const golden = loadGolden<TorchDraws>(new URL("golden/torch-draws.json", import.meta.url));

// PyTorch computes log and cos of blocks with float32 polynomials: the spec of the data allows 2e-7, relative above 1.
const BLOCK_TOLERANCE = 2e-7;

function worst(actual: Float32Array, expected: readonly number[]): number {
  expect(actual.length).toBe(expected.length);
  return actual.reduce((most, x, i) => Math.max(most, Math.abs(x - (expected[i] as number)) / Math.max(1, Math.abs(x))), 0);
}

describe("PyTorch's draws", () => {
  test.each(golden.single.map((g) => ({ ...g, size: g.randn.length })))(
    "randn($size) after manual_seed($seed)",
    ({ seed, randn, size }) => {
      const drawn = createMt19937(seed).randn(size);
      // One by one PyTorch works in double and rounds once: the same float32 bits.
      if (size < 16) expect(drawn).toEqual(Float32Array.from(randn));
      else expect(worst(drawn, randn)).toBeLessThan(BLOCK_TOLERANCE);
    },
  );

  test("short and long draws share one stream, and the cached second number survives the long ones", () => {
    const mt = createMt19937(golden.seed as number);
    for (const expected of golden.sequence) expect(worst(mt.randn(expected.length), expected)).toBeLessThan(BLOCK_TOLERANCE);
  });

  test("the state is refilled after 624 words", () => {
    const drawn = createMt19937(golden.seed as number).randn(2000);
    expect(worst(drawn.slice(-16), golden.last16of2000)).toBeLessThan(BLOCK_TOLERANCE);
  });

  test("rand is exact", () => {
    expect(Array.from(createMt19937(golden.seed as number).rand(37), (x) => Number(x.toPrecision(9)))).toEqual(golden.rand);
  });
});
