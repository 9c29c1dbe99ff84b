import { createRng } from "@attnlab/random";
import { expectClose } from "@attnlab/testing";
import { describe, expect, test } from "vitest";
import { factorPacked } from "./packed-cholesky.ts";
import { gramOfPacked, packRows } from "./row-products.ts";

describe("factorPacked", () => {
  const [size, dim] = [17, 23];
  const matrix = gramOfPacked(packRows(createRng(3).fillNormal(new Float64Array(size * dim)), size, dim));
  const every = Array.from({ length: size }, (_, i) => i);

  // Panels of four that are full or leave one to three rows over; members in an order of their own.
  test.each([1, 4, 5, 6, 7, 16, 17])("L L' is the matrix over %i members", (count) => {
    const members = every.map((i) => (5 * i + 2) % size).slice(0, count);
    const factor = new Float64Array(size * size).fill(Number.NaN);
    expect(factorPacked(matrix, size, members, factor, 1e-12)).toBe(true);
    for (let i = 0; i < count; i++) {
      for (let j = 0; j <= i; j++) {
        let sum = 0;
        for (let k = 0; k <= j; k++) sum += (factor[i * size + k] as number) * (factor[j * size + k] as number);
        expectClose(sum, matrix[(members[i] as number) * size + (members[j] as number)] as number, {
          absolute: 1e-13 * dim,
          reason: "entries off the diagonal cancel",
        });
      }
    }
  });

  test("refuses a member that the others span", () => {
    const factor = new Float64Array(size * size);
    expect(factorPacked(matrix, size, [...every, 6], factor, 1e-12)).toBe(false);
  });
});
