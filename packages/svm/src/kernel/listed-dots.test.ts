import { PRIMES, spread } from "@attnlab/testing";
import { describe, expect, it } from "vitest";
import { denseDots } from "./listed-dots.ts";
import { simdDots } from "./simd-dots.ts";

describe("inner products of one vector with listed rows", () => {
  for (const cols of [PRIMES[7] as number, 2 * (PRIMES[6] as number)]) {
    it(`gives the same bits in WebAssembly and in plain loops, ${cols} columns`, () => {
      const rows = 307;
      const matrix = { rows, cols, data: spread(rows * cols) };
      const x = spread(cols, 5);
      const dots = simdDots(matrix);
      if (dots === undefined) expect.fail("no SIMD here");
      for (const [from, to] of [
        [0, 613],
        [3, 4],
        [2, 301],
        [9, 9],
      ] as const) {
        const listed = Int32Array.from({ length: 613 }, (_, k) => (k * 101) % rows);
        const [fast, plain, naive] = [new Float64Array(613).fill(-7), new Float64Array(613).fill(-7), new Float64Array(613).fill(-7)];
        dots(x, listed, from, to, fast);
        denseDots(matrix)(x, listed, from, to, plain);
        for (let k = from; k < to; k++) {
          const row = matrix.data.subarray((listed[k] as number) * cols, ((listed[k] as number) + 1) * cols);
          naive[k] = row.reduce((sum, v, j) => sum + v * (x[j] as number), 0);
        }
        expect(fast).toEqual(plain);
        naive.forEach((v, k) => {
          expect(plain[k]).toBeCloseTo(v, 12);
        });
      }
    });
  }
  it("leaves small matrices to the plain loops", () => {
    expect(simdDots({ rows: 2, cols: 3, data: new Float64Array(6) })).toBeUndefined();
  });
});
