import { createRng } from "@attnlab/random";
import { expectClose } from "@attnlab/testing";
import { describe, expect, test } from "vitest";
import { simdRows } from "./simd-rows.ts";

/** A w by its definition. */
function product(rows: Float64Array, count: number, dim: number, w: Float64Array): Float64Array {
  return Float64Array.from({ length: count }, (_, i) => w.reduce((sum, v, j) => sum + v * (rows[i * dim + j] as number), 0));
}

/** A' multipliers by its definition. */
function combination(rows: Float64Array, dim: number, multipliers: Float64Array): Float64Array {
  return Float64Array.from({ length: dim }, (_, j) => multipliers.reduce((sum, v, i) => sum + v * (rows[i * dim + j] as number), 0));
}

describe("simdRows", () => {
  // Counts that leave 0 to 3 rows over, odd and even lengths.
  const sizes = [
    [132, 131],
    [133, 128],
    [134, 127],
    [135, 126],
  ] as const;
  test.each(sizes)("agrees with the definition on %i rows of %i numbers", (count, dim) => {
    const rng = createRng(count);
    const rows = rng.fillNormal(new Float64Array(count * dim));
    const products = simdRows(rows, count, dim);
    const w = rng.fillNormal(new Float64Array(dim));
    // Every third multiplier is zero: those rows are left out.
    const multipliers = rng.fillNormal(new Float64Array(count)).map((v, i) => (i % 3 === 0 ? 0 : v));
    const margins = new Float64Array(count);
    const image = new Float64Array(dim);
    expect(products?.apply(w, margins)).toBe(true);
    expect(products?.combine(multipliers, image)).toBe(true);
    expectClose(margins, product(rows, count, dim, w));
    expectClose(image, combination(rows, dim, multipliers));
    products?.combine(new Float64Array(count), image);
    expect(image).toEqual(new Float64Array(dim));
  });

  test("two sets of rows take turns in the memory", () => {
    const rng = createRng(2);
    const small = rng.fillNormal(new Float64Array(131 * 127));
    const large = rng.fillNormal(new Float64Array(307 * 211));
    const first = simdRows(small, 131, 127);
    const second = simdRows(large, 307, 211);
    const [w, v] = [rng.fillNormal(new Float64Array(127)), rng.fillNormal(new Float64Array(211))];
    for (let round = 0; round < 2; round++) {
      const [a, b] = [new Float64Array(131), new Float64Array(307)];
      first?.apply(w, a);
      second?.apply(v, b);
      expectClose(a, product(small, 131, 127, w));
      expectClose(b, product(large, 307, 211, v));
    }
  });

  test("leaves small problems to plain loops", () => {
    expect(simdRows(new Float64Array(42 * 100), 42, 100)).toBeUndefined();
  });
});
