import { spread } from "@attnlab/testing";
import { expect, it } from "vitest";
import { equilibrate } from "./equilibrate.ts";

it("undoes scales of rows and columns without losing a digit", () => {
  const [count, dim] = [5, 7];
  const rows = spread(count * dim).map((v, at) => (v + 3) * 10 ** (((at % dim) - 3) * 2) * 10 ** (Math.floor(at / dim) - 2));
  const { matrix, rowScale, colScale } = equilibrate({ count, dim, rows });
  for (let i = 0; i < count; i++) {
    for (let j = 0; j < dim; j++) {
      const at = i * dim + j;
      expect(matrix[at]).toBe((rows[at] as number) * (rowScale[i] as number) * (colScale[j] as number));
      expect(matrix[at]).toBeGreaterThan(0.1);
      expect(matrix[at]).toBeLessThan(4);
    }
  }
});

it("leaves rows and columns of zeros alone", () => {
  const { rowScale, colScale } = equilibrate({ count: 2, dim: 2, rows: Float64Array.of(0, 0, 8, 0) });
  expect(rowScale[0]).toBe(1);
  expect(colScale[1]).toBe(1);
});
