import type { VisibleHead } from "../visible-head.ts";
import { createMergedRows, type MergedRows } from "./merged-rows.ts";

/** Positive features $\varphi$ by their logarithms, for attention with weights $\langle\varphi(q), \varphi(k)\rangle$. */
export interface FeatureMap {
  /** How many features a token has. */
  readonly size: number;
  /** Writes $\log\varphi$ of the row of `data` at `from` into `out`, up to the constant that it returns. */
  readonly write: (out: Float64Array, data: Float32Array, from: number, role: "query" | "key") => number;
}

/**
 * Attention with weights $\langle\varphi(q_i), \varphi(k_j)\rangle$, one token after the other: each feature keeps
 * $\sum_j \varphi_r(k_j) [v_j, 1]$ over the keys so far.
 *
 * Every feature is shifted by its largest logarithm over the keys so far, every query by the largest of its logarithms after these shifts.
 * Both cancel in the quotient; they replace the stabilisers of the papers and keep the denominator above 1, so that no epsilon is needed.
 */
export function featureRows(head: VisibleHead, map: FeatureMap): MergedRows {
  const { queries, keys, headDim, valueDim, limits } = head;
  const { size } = map;
  const width = valueDim + 1;
  const sums = new Float64Array(size * width);
  const shifts = new Float64Array(size).fill(Number.NEGATIVE_INFINITY);
  const logs = new Float64Array(size);
  const row = new Float64Array(width);
  const merged = createMergedRows(queries, valueDim);
  let added = 0;
  const addKey = (key: number): void => {
    const constant = map.write(logs, head.key, key * headDim, "key");
    for (let r = 0; r < size; r++) {
      const log = (logs[r] as number) + constant;
      const difference = log - (shifts[r] as number);
      const at = r * width;
      let weight = 1;
      if (difference > 0) {
        const shrink = Math.exp(-difference);
        for (let j = at; j < at + width; j++) (sums[j] as number) *= shrink;
        shifts[r] = log;
      } else weight = Math.exp(difference);
      if (weight === 0) continue;
      for (let j = 0; j < valueDim; j++) (sums[at + j] as number) += weight * (head.value[key * valueDim + j] as number);
      (sums[at + valueDim] as number) += weight;
    }
  };
  for (let query = 0; query < queries; query++) {
    const seen = limits === undefined ? keys : (limits[query] as number);
    while (added < seen) addKey(added++);
    if (seen === 0) continue;
    const constant = map.write(logs, head.query, query * headDim, "query");
    let largest = Number.NEGATIVE_INFINITY;
    for (let r = 0; r < size; r++) {
      logs[r] = (logs[r] as number) + (shifts[r] as number);
      largest = Math.max(largest, logs[r] as number);
    }
    row.fill(0);
    for (let r = 0; r < size; r++) {
      const weight = Math.exp((logs[r] as number) - largest);
      if (weight === 0) continue;
      const at = r * width;
      for (let j = 0; j < width; j++) (row[j] as number) += weight * (sums[at + j] as number);
    }
    const denominator = row[valueDim] as number;
    for (let j = 0; j < valueDim; j++) (row[j] as number) /= denominator;
    merged.add(query, largest + constant + Math.log(denominator), row, 0);
  }
  return merged;
}
