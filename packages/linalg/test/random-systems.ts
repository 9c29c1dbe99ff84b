import { expectClose } from "@attnlab/testing";
import fc from "fast-check";
import { lpNorm, type Matrix, matmul, matrix } from "../src/index.ts";

// Whole numbers of millionths: doubles drawn by their bits would be tiny more often than not. Small whole numbers make ties and zeros.
const real = fc.oneof(
  { weight: 4, arbitrary: fc.integer({ min: -9e6, max: 9e6 }).map((v) => v / 1e6) },
  { weight: 1, arbitrary: fc.integer({ min: -2, max: 2 }) },
);
export const vector = (n: number): fc.Arbitrary<Float64Array> =>
  fc.array(real, { minLength: n, maxLength: n }).map((v) => Float64Array.from(v));
export const small: fc.Arbitrary<number> = fc.integer({ min: 1, max: 7 });

/** X X' + I: positive definite with condition numbers up to a few thousand. */
export function definite(n: number, values: Float64Array): Matrix {
  const x = matrix(n, n, values);
  const a = matmul(x, x, { transposeB: true });
  for (let i = 0; i < n; i++) a.data[i * (n + 1)] = (a.data[i * (n + 1)] as number) + 1;
  return a;
}
/** A positive definite system with its solution. */
export const system: fc.Arbitrary<{ readonly a: Matrix; readonly x: Float64Array }> = small.chain((n) =>
  fc.tuple(vector(n * n), vector(n)).map(([values, x]) => ({ a: definite(n, values), x })),
);

/** A without row and column `index`. */
export function without(a: Matrix, index: number): Matrix {
  const n = a.rows;
  const data = a.data.filter((_, at) => Math.floor(at / n) !== index && at % n !== index);
  return matrix(n - 1, n - 1, data);
}

export function expectSame(actual: Matrix, expected: Matrix): void {
  const size = lpNorm(expected.data, 2) || 1;
  expectClose(
    actual.data.map((v) => v / size),
    expected.data.map((v) => v / size),
    { absolute: 1e-11, reason: "condition numbers up to a few thousand" },
  );
}
