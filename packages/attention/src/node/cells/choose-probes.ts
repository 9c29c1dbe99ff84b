import type { Rng } from "@attnlab/random";
import type { AttentionKernel } from "../attention-kernel.ts";
import { queryRows } from "../exact-keys.ts";
import { exactRows } from "../exact-rows.ts";
import type { PartialSums } from "../partial-sums.ts";
import { gatherRows } from "../visible-head.ts";
import type { CellKeys } from "./cell-keys.ts";
import { cellSums, type QuerySelection } from "./cell-sums.ts";

/** `count` different places below `size`, one in each of as many equal stretches: a random one, or the middle one without `rng`. */
export function stratifiedRows(size: number, count: number, rng?: Rng): Int32Array {
  const wanted = Math.min(size, count);
  return Int32Array.from({ length: wanted }, (_, i) => {
    const start = Math.floor((i * size) / wanted);
    const room = Math.floor(((i + 1) * size) / wanted) - start;
    return start + (rng === undefined ? room >> 1 : rng.integer(room));
  });
}

/** $\sum |\hat o - o| / \sum |o|$ over the outputs of some rows. */
export function relativeError(approximate: PartialSums, exact: PartialSums): number {
  const width = exact.sums.length / exact.totals.length;
  let [difference, size] = [0, 0];
  for (let row = 0; row < exact.totals.length; row++) {
    const [a, b] = [approximate.totals[row] as number, exact.totals[row] as number];
    for (let j = row * width; j < (row + 1) * width; j++) {
      const wanted = b === 0 ? 0 : (exact.sums[j] as number) / b;
      difference += Math.abs((a === 0 ? 0 : (approximate.sums[j] as number) / a) - wanted);
      size += Math.abs(wanted);
    }
  }
  return size === 0 ? difference : difference / size;
}

/** The smallest number of probes that is good enough for some rows, and the products that finding it took. */
export interface ProbeChoice {
  /** As many as there are cells when nothing less is good enough. */
  readonly nprobe: number;
  readonly dotProducts: number;
}

/** Doubles the number of probes until the error on `probeRows` exact rows is within `tolerance`. */
export async function chooseProbes(
  kernel: AttentionKernel,
  keys: CellKeys,
  { query, scale, count, rows }: QuerySelection & { readonly rows: number },
  { tolerance, farField, probeRows, rng }: { tolerance: number; farField: boolean; probeRows: number; rng: Rng },
): Promise<ProbeChoice> {
  const places = stratifiedRows(count, probeRows, rng).map((row) => row + rows);
  const selection = { query, scale, count: places.length, rows: places };
  const block = queryRows(gatherRows(query, places, keys.headDim), keys, scale, 0, places.length);
  const exact = await exactRows(kernel, keys, block);
  let dotProducts = places.length * keys.keys;
  // With half of the cells visited, all of them at once are as cheap.
  for (let nprobe = 1; nprobe <= keys.cells / 2; nprobe *= 2) {
    const tried = await cellSums(kernel, keys, selection, { nprobe, farField });
    dotProducts += tried.dotProducts;
    if (relativeError(tried, exact) <= tolerance) return { nprobe, dotProducts };
  }
  return { nprobe: keys.cells, dotProducts };
}
