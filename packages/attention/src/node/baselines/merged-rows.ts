import type { AttentionResult } from "../attention-input.ts";

/** Rows of one head that are put together from softmaxes over different keys. */
export interface MergedRows {
  /** $\log\sum e^{y}$ of what was merged into each row, `[queries]`; minus infinity for nothing. */
  readonly lse: Float64Array;
  /** Merges the row of `output` at `from`, the mean of values whose weights sum to $e^{\text{lse}}$; minus infinity adds nothing. */
  readonly add: (query: number, lse: number, output: ArrayLike<number>, from: number) => void;
  /** Writes all rows to the `head`-th place of the result; rows without a key stay zero. */
  readonly write: (result: AttentionResult, head: number) => void;
}

/** Keeps means and log-sum-exps: no exponential of a score is ever formed, so that nothing overflows. */
export function createMergedRows(queries: number, valueDim: number): MergedRows {
  const total = new Float64Array(queries).fill(Number.NEGATIVE_INFINITY);
  const rows = new Float64Array(queries * valueDim);
  return {
    lse: total,
    add: (query, lse, output, from) => {
      if (lse === Number.NEGATIVE_INFINITY) return;
      const before = total[query] as number;
      // By their difference, because the logarithm of a sum is lost next to scores beyond 1e16.
      const [keep, take] = [1 / (1 + Math.exp(lse - before)), 1 / (1 + Math.exp(before - lse))];
      const to = query * valueDim;
      for (let j = 0; j < valueDim; j++) rows[to + j] = keep * (rows[to + j] as number) + take * (output[from + j] as number);
      total[query] = Math.max(before, lse) + Math.log1p(Math.exp(-Math.abs(before - lse)));
    },
    write: ({ output, lse }, head) => {
      output.data.set(rows, head * rows.length);
      lse.data.set(total, head * queries);
    },
  };
}
