import type { Matrix } from "@attnlab/linalg";
import { factorPacked } from "../hard-margin/packed-cholesky.ts";
import { lowerCholesky, solveLower } from "./lower-cholesky.ts";

/** A symmetric positive definite system, factored once for several right-hand sides. */
export interface PositiveSystem {
  readonly solve: (r: Float64Array) => Float64Array;
}

/** Systems from this size on are factored by the SIMD kernel. */
const LARGE = 24;

/** Factors the matrix whose lower triangle is given, `[n, n]`, and overwrites it; undefined when even a small multiple of its diagonal does not make it positive definite. */
export function positiveSystem(data: Float64Array, n: number): PositiveSystem | undefined {
  // Unit diagonal first: constraints, and entries of W, differ by many orders of magnitude.
  const scale = Float64Array.from({ length: n }, (_, i) => 1 / Math.sqrt(data[i * n + i] as number));
  for (let i = 0; i < n; i++) {
    for (let j = 0; j <= i; j++) data[i * n + j] = (data[i * n + j] as number) * (scale[i] as number) * (scale[j] as number);
  }
  for (const shift of [0, 1e-14, 1e-12, 1e-10]) {
    for (let i = 0; i < n; i++) data[i * n + i] = 1 + shift;
    const L = factor({ rows: n, cols: n, data });
    if (L === undefined) continue;
    const scaled = (r: Float64Array): Float64Array => r.map((v, i) => v * (scale[i] as number));
    return { solve: (r) => scaled(solveLower(L, solveLower(L, scaled(r), false), true)) };
  }
  return undefined;
}

function factor(a: Matrix): Matrix | undefined {
  const n = a.rows;
  if (n < LARGE) return lowerCholesky(a);
  const data = new Float64Array(n * n);
  const members = Array.from({ length: n }, (_, i) => i);
  return factorPacked(a.data, n, members, data, 0) ? { rows: n, cols: n, data } : lowerCholesky(a);
}
