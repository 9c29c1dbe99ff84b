import { expectClose, spread } from "@attnlab/testing";
import { expect, it } from "vitest";
import { luSystem } from "./lu-system.ts";

it("solves with the matrix and with its transpose", () => {
  const n = 7;
  const matrix = spread(n * n).map((v, at) => v + (at % (n + 1) === 0 ? 0 : 1));
  const x = spread(n, 70);
  const system = luSystem(matrix, n);
  const straight = x.map((_, i) => x.reduce((sum, v, j) => sum + (matrix[i * n + j] as number) * v, 0));
  const across = x.map((_, j) => x.reduce((sum, v, i) => sum + (matrix[i * n + j] as number) * v, 0));
  expectClose(system?.solve(straight) ?? [], x, { relative: 1e-9, reason: "condition number of the matrix" });
  expectClose(system?.solveTransposed(across) ?? [], x, { relative: 1e-9, reason: "condition number of the matrix" });
});

it("names a singular matrix", () => {
  expect(luSystem(Float64Array.of(0, 1, 0, 2), 2)).toBeUndefined();
});
