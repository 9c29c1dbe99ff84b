import type { Matrix } from "@attnlab/linalg";
import { rowDot } from "../row-dot.ts";
import { lowerCholesky, solveLower } from "./lower-cholesky.ts";

/** The symmetric system $(B B^\top + \operatorname{diag}(e))\,x = r$ of one interior-point step, factored once for several right-hand sides. */
export interface SchurSystem {
  readonly solve: (r: Float64Array) => Float64Array;
}

/**
 * Factors the system; undefined when even a small multiple of the diagonal does not make it positive definite.
 * `extra` adds a further outer product, $g g^\top / \tau$.
 */
export function schurSystem(
  B: Matrix,
  diagonal: Float64Array,
  extra?: { readonly g: Float64Array; readonly tau: number },
): SchurSystem | undefined {
  const m = B.rows;
  const data = new Float64Array(m * m);
  for (let i = 0; i < m; i++) {
    const row = B.data.subarray(i * B.cols, (i + 1) * B.cols);
    for (let j = 0; j <= i; j++) {
      let value = rowDot(B.data, j * B.cols, row);
      if (extra !== undefined) value += ((extra.g[i] as number) * (extra.g[j] as number)) / extra.tau;
      data[i * m + j] = value;
    }
    data[i * m + i] = (data[i * m + i] as number) + (diagonal[i] as number);
  }
  // Unit diagonal first: active and slack constraints differ by many orders of magnitude near a solution.
  const scale = Float64Array.from({ length: m }, (_, i) => 1 / Math.sqrt(data[i * m + i] as number));
  for (let i = 0; i < m; i++) {
    for (let j = 0; j <= i; j++) data[i * m + j] = (data[i * m + j] as number) * (scale[i] as number) * (scale[j] as number);
  }
  let L: Matrix | undefined;
  for (const shift of [0, 1e-14, 1e-12, 1e-10]) {
    for (let i = 0; i < m; i++) data[i * m + i] = 1 + shift;
    L = lowerCholesky({ rows: m, cols: m, data });
    if (L !== undefined) break;
  }
  if (L === undefined) return undefined;
  const factor = L;
  return {
    solve: (r) =>
      solveLower(
        factor,
        solveLower(
          factor,
          r.map((v, i) => v * (scale[i] as number)),
          false,
        ),
        true,
      ).map((v, i) => v * (scale[i] as number)),
  };
}
