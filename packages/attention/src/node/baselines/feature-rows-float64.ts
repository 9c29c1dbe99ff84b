import type { VisibleHead } from "../visible-head.ts";
import type { FeatureMap } from "./feature-map.ts";
import { createMergedRows, type MergedRows } from "./merged-rows.ts";

/**
 * Attention with weights $\langle\varphi(q_i), \varphi(k_j)\rangle$, one token after the other in float64: each feature keeps
 * $\sum_j \varphi_r(k_j) [v_j, 1]$ over the keys so far, shifted by its largest logarithm over them. No denominator is below 1.
 */
export function featureRowsInFloat64(head: VisibleHead, map: FeatureMap): MergedRows {
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
    map.write(logs, head.key, key * headDim, "key");
    for (let r = 0; r < size; r++) {
      const log = logs[r] as number;
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
    map.write(logs, head.query, query * headDim, "query");
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
    merged.add(query, largest + map.queryConstant(head.query, query * headDim) + Math.log(denominator), row, 0);
  }
  return merged;
}
