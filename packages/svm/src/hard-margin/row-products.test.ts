import { spread } from "@attnlab/testing";
import { describe, expect, it } from "vitest";
import { gramOfPacked, packRows, productsOfPacked, scalarKernel } from "./row-products.ts";
import { simdKernel } from "./simd-kernel.ts";

const entry = (rows: Float64Array, dim: number, i: number, j: number): number => {
  let sum = 0;
  for (let k = 0; k < dim; k++) sum += (rows[i * dim + k] as number) * (rows[j * dim + k] as number);
  return sum;
};

describe("products of packed rows", () => {
  // 7 and 11 rows leave panels of four unfilled; the sums run in order, so they equal the naive ones to the bit.
  const a = spread(7 * 5);
  const b = spread(11 * 5, 300);

  it("is the Gram matrix", () => {
    const gram = gramOfPacked(packRows(a, 7, 5));
    for (let i = 0; i < 7; i++) for (let j = 0; j < 7; j++) expect(gram[i * 7 + j]).toBe(entry(a, 5, Math.max(i, j), Math.min(i, j)));
  });

  it("multiplies two sets of rows, one with its columns weighted", () => {
    const root = spread(5, 40);
    const out = productsOfPacked(packRows(a, 7, 5, root), packRows(b, 11, 5));
    for (let i = 0; i < 7; i++) {
      for (let j = 0; j < 11; j++) {
        let sum = 0;
        for (let k = 0; k < 5; k++) sum += (a[i * 5 + k] as number) * (root[k] as number) * (b[j * 5 + k] as number);
        expect(out[i * 11 + j]).toBe(sum);
      }
    }
  });

  it("has the same bits with and without SIMD", () => {
    const [left, right] = [packRows(spread(4 * 13), 4, 13).data, packRows(spread(4 * 13, 99), 4, 13).data];
    const fast = simdKernel(left.length + right.length);
    if (fast === undefined) expect.fail("this engine should have SIMD");
    const slow = scalarKernel();
    const [fastResult, slowResult] = [fast, slow].map((kernel) =>
      Array.from(kernel.multiply(kernel.load(left, 0), kernel.load(right, left.length), left.length)),
    );
    expect(fastResult).toEqual(slowResult);
    expect(fastResult?.[0]).not.toBe(0);
  });
});
