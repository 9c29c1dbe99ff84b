import { type NearestKeys, scoreOf } from "../sampling/nearest-keys.ts";
import type { VisibleHead } from "../visible-head.ts";
import { softmaxRow } from "./softmax-row.ts";

/** What is known about the checked rows; `undefined` when none was checked. */
export interface RowQuality {
  readonly recall: number | undefined;
  readonly gap: number | undefined;
  readonly mass: number | undefined;
  readonly error: number | undefined;
}

/** Compares some rows with all keys in float64, as they come by. */
export function createQuality(
  head: VisibleHead,
  scale: number,
  rows: Int32Array,
): { readonly visit: (near: NearestKeys, output: Float64Array) => void; readonly report: () => RowQuality } {
  const wanted = new Set(rows);
  let [seen, hits, asked, gap, mass, difference, size] = [0, 0, 0, 0, 0, 0, 0];
  const visit = ({ query, visible, indices, logits }: NearestKeys, output: Float64Array): void => {
    if (!wanted.has(query)) return;
    seen++;
    const all = Int32Array.from({ length: visible }, (_, j) => j);
    const scores = Float64Array.from(all, (j) => scoreOf(head, query, j, scale));
    const exact = softmaxRow(head, all, scores);
    const worst = logits.reduce((least, y) => Math.min(least, y), Number.POSITIVE_INFINITY);
    const found = new Set(indices);
    const order = all.toSorted((a, b) => (scores[b] as number) - (scores[a] as number) || a - b);
    for (const key of order.subarray(0, indices.length)) {
      if (found.has(key)) hits++;
      else gap = Math.max(gap, (scores[key] as number) - worst);
    }
    asked += indices.length;
    for (const y of logits) mass += Math.exp(y - exact.lse);
    exact.output.forEach((x, j) => {
      difference += Math.abs((output[j] as number) - x);
      size += Math.abs(x);
    });
  };
  return {
    visit,
    report: () =>
      seen === 0
        ? { recall: undefined, gap: undefined, mass: undefined, error: undefined }
        : { recall: hits / asked, gap, mass: Math.min(1, mass / seen), error: size === 0 ? difference : difference / size },
  };
}
