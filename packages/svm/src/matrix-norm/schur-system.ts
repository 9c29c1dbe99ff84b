import type { Matrix } from "@attnlab/linalg";
import { gramOfPacked, packRows } from "../hard-margin/row-products.ts";
import { type PositiveSystem, positiveSystem } from "./positive-system.ts";

/**
 * Factors $B B^\top + \operatorname{diag}(e)$, the system of one interior-point step in the multipliers; undefined when rounding has spoilt it.
 * `extra` adds a further outer product, $g g^\top / \tau$.
 */
export function schurSystem(
  B: Matrix,
  diagonal: Float64Array,
  extra?: { readonly g: Float64Array; readonly tau: number },
): PositiveSystem | undefined {
  const m = B.rows;
  const data = gramOfPacked(packRows(B.data, m, B.cols));
  for (let i = 0; i < m; i++) {
    data[i * m + i] = (data[i * m + i] as number) + (diagonal[i] as number);
    if (extra === undefined) continue;
    const share = (extra.g[i] as number) / extra.tau;
    for (let j = 0; j <= i; j++) data[i * m + j] = (data[i * m + j] as number) + share * (extra.g[j] as number);
  }
  return positiveSystem(data, m);
}
