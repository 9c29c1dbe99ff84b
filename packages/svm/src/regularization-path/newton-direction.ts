import type { Matrix } from "@attnlab/linalg";
import { lowerCholesky, solveLower } from "../matrix-norm/lower-cholesky.ts";
import type { LossAtPoint } from "./margin-loss.ts";

/** $(\nabla^2 L)^{-1}(-\nabla L)$; a tiny multiple of the identity keeps it in the span of the rows where the Hessian is singular. */
export function newtonDirection(rows: Matrix, { curvatures, descent }: LossAtPoint): Float64Array | undefined {
  const n = rows.cols;
  const H = new Float64Array(n * n);
  let trace = 0;
  for (let i = 0; i < rows.rows; i++) {
    const row = rows.data.subarray(i * n, (i + 1) * n);
    for (let j = 0; j < n; j++) {
      const left = (curvatures[i] as number) * (row[j] as number);
      if (left === 0) continue;
      for (let k = 0; k <= j; k++) H[j * n + k] = (H[j * n + k] as number) + left * (row[k] as number);
      trace += left * (row[j] as number);
    }
  }
  if (!(trace > 0)) return undefined;
  for (let shift = 1e-14 * trace; shift > 0 && shift <= Math.min(trace, Number.MAX_VALUE); shift *= 100) {
    for (let j = 0; j < n; j++) H[j * n + j] = (H[j * n + j] as number) + shift;
    const L = lowerCholesky({ rows: n, cols: n, data: H });
    if (L !== undefined) return solveLower(L, solveLower(L, descent, false), true);
  }
  return undefined;
}
