import { expectClose } from "@attnlab/testing";
import { describe, expect, it } from "vitest";
import { gemm, matrix, transpose } from "../src/index.ts";

describe("tiled products", () => {
  const wave = (length: number, step: number): Float64Array => Float64Array.from({ length }, (_, i) => Math.sin(step * i));
  for (const [rows, inner, cols] of [
    [2, 3, 5],
    [67, 131, 71],
    [101, 263, 37],
    [1, 521, 97],
    [193, 1, 101],
    [4, 0, 3],
  ] as const) {
    it(`${rows} x ${inner} times ${inner} x ${cols} is the definition in both precisions, with each transpose`, () => {
      const a = matrix(rows, inner, wave(rows * inner, 1));
      const b = matrix(inner, cols, wave(inner * cols, 3));
      const expected = new Float64Array(rows * cols);
      for (let i = 0; i < rows; i++)
        for (let j = 0; j < cols; j++)
          for (let k = 0; k < inner; k++)
            expected[i * cols + j] =
              (expected[i * cols + j] as number) + (a.data[i * inner + k] as number) * (b.data[k * cols + j] as number);
      const sizes = { rows, inner, cols };
      const tolerance = { absolute: 1e-12, reason: "up to 521 terms of size 1" };
      expectClose(gemm(a.data, b.data, sizes), expected, tolerance);
      expectClose(gemm(transpose(a).data, b.data, { ...sizes, transposeA: true }), expected, tolerance);
      expectClose(gemm(a.data, transpose(b).data, { ...sizes, transposeB: true }), expected, tolerance);
      expectClose(gemm(transpose(a).data, transpose(b).data, { ...sizes, transposeA: true, transposeB: true }), expected, tolerance);
      const single = gemm(Float32Array.from(a.data), Float32Array.from(b.data), sizes);
      expect(single).toBeInstanceOf(Float32Array);
      expectClose(single, expected, { precision: "float32", absolute: 1e-5, reason: "up to 521 rounded inputs of size 1" });
    });
  }
});
