import type { Rng } from "@attnlab/random";
import type { AttentionKernel } from "../attention-kernel.ts";
import { queryRows, scoreSizes, type TileKeys, tileKeys } from "../exact-keys.ts";
import { exactRows, queryBlock } from "../exact-rows.ts";
import { emptySums, mergeRow, type PartialSums } from "../partial-sums.ts";
import type { VisibleHead } from "../visible-head.ts";
import { cellKeys } from "./cell-keys.ts";
import { cellSums } from "./cell-sums.ts";
import { chooseProbes } from "./choose-probes.ts";

/** How one head is computed. */
export interface CellSettings {
  readonly scale: number;
  readonly nprobe: number | undefined;
  readonly cells: number | undefined;
  readonly iterations: number;
  readonly tolerance: number;
  readonly farField: boolean;
  readonly probeRows: number;
  readonly rng: Rng;
}

/** What was done for one head so far. */
export interface CellWork {
  /** Cells of the largest index; 0 when none was built. */
  cells: number;
  /** The largest number of probes; 0 when no index was built. */
  nprobe: number;
  fallbackQueries: number;
  dotProducts: number;
}

/** Sums of all queries of one head, and its keys in tiles if they are at hand. */
export interface HeadSums {
  readonly sums: PartialSums;
  readonly keys: TileKeys | undefined;
  /** Whether scores may leave float32, so that queries are shifted. */
  readonly shifted: boolean;
}

/** Without `cells` and `nprobe`, fewer keys are attended exactly: that is faster. */
const FEW_KEYS = 2048;
/** Squared norms below are far inside float32. */
const MOST_SQUARE = 1e36;

/** Computes one head. */
export async function headSums(kernel: AttentionKernel, head: VisibleHead, settings: CellSettings, work: CellWork): Promise<HeadSums> {
  const { shifted, keySquare } = await scoreSizes(kernel, head.query, head, settings.scale);
  const all = { settings, work, shifted, clusters: keySquare < MOST_SQUARE, from: 0, to: head.keys, first: 0, last: head.queries };
  if (head.limits === undefined && head.keys > 0) return await segmentSums(kernel, head, all);
  const sums = { ...emptySums(head.queries, head.valueDim), far: new Float32Array(head.queries) };
  if (head.keys > 0) await addCausal(kernel, head, all, sums);
  return { sums, keys: undefined, shifted };
}

/** Keys `from` to `to` and queries `first` to `last`. */
interface Segment {
  readonly settings: CellSettings;
  readonly work: CellWork;
  readonly shifted: boolean;
  /** Whether squared distances between keys are inside float32; nothing can be clustered otherwise. */
  readonly clusters: boolean;
  readonly from: number;
  readonly to: number;
  readonly first: number;
  readonly last: number;
}

/**
 * Causal attention by halves: the later half of the queries sees all of the earlier half of the keys, through cells of its own; both
 * halves go on alone, until they are small enough for exact blocks. A query meets at most $\log_2(n / \text{leaf})$ indices.
 */
async function addCausal(kernel: AttentionKernel, head: VisibleHead, segment: Segment, into: PartialSums): Promise<void> {
  const { from, to, first, last, settings } = segment;
  if (first === last) return;
  const merge = (at: number, sums: PartialSums): void => {
    for (let i = 0; i < sums.shift.length; i++) mergeRow(into, at + i, sums, i);
  };
  // With a chosen number of cells the smallest segments still have some keys for each.
  const leaf = settings.cells === undefined ? FEW_KEYS : 2 * settings.cells;
  if (to - from <= leaf) {
    merge(first, (await exactSums(kernel, head, segment)).sums);
    return;
  }
  const limits = head.limits as Int32Array;
  const middle = from + Math.ceil((to - from) / 2);
  let split = first;
  while (split < last && (limits[split] as number) <= middle) split++;
  await addCausal(kernel, head, { ...segment, to: middle, last: split }, into);
  if (split < last) merge(split, (await segmentSums(kernel, head, { ...segment, to: middle, first: split })).sums);
  await addCausal(kernel, head, { ...segment, from: middle, first: split }, into);
}

/** The sums of queries that see all keys of a segment. */
async function segmentSums(kernel: AttentionKernel, head: VisibleHead, segment: Segment): Promise<HeadSums> {
  const { from, to, first, last, settings, work, shifted } = segment;
  const [keys, count] = [to - from, last - first];
  const cells = Math.min(keys, settings.cells ?? Math.max(1, Math.round(Math.sqrt(keys))));
  // Training cells takes about as long as a few exact queries for each of them.
  const small = keys <= FEW_KEYS || count * keys <= FEW_KEYS ** 2;
  const chosen = settings.cells !== undefined || settings.nprobe !== undefined;
  if ((small && !chosen) || (settings.nprobe ?? 0) >= cells) return await exactSums(kernel, head, segment);
  if (!segment.clusters) return await exactSums(kernel, head, segment);
  const rng = settings.rng.split(`keys ${from} to ${to}`);
  const { iterations, scale } = settings;
  const built = await cellKeys(kernel, segmentKeys(head, segment), { cells, iterations, shifted, rng: rng.split("cells") });
  const selection = { query: head.query, scale, count, rows: first };
  const choice =
    settings.nprobe === undefined
      ? await chooseProbes(kernel, built, selection, { ...settings, rng: rng.split("probes") })
      : { nprobe: settings.nprobe, dotProducts: 0 };
  work.dotProducts += built.dotProducts + choice.dotProducts;
  work.cells = Math.max(work.cells, cells);
  work.nprobe = Math.max(work.nprobe, choice.nprobe);
  if (choice.nprobe >= cells) return await exactSums(kernel, head, segment);
  const sums = await cellSums(kernel, built, selection, { nprobe: choice.nprobe, farField: settings.farField });
  work.dotProducts += sums.dotProducts;
  work.fallbackQueries += sums.fallbackQueries;
  return { sums, keys: built, shifted };
}

function segmentKeys({ key, value, headDim, valueDim }: VisibleHead, { from, to }: Segment): Omit<TileKeys, "shifted"> {
  return {
    keys: to - from,
    headDim,
    valueDim,
    key: key.subarray(from * headDim, to * headDim),
    value: value.subarray(from * valueDim, to * valueDim),
  };
}

/** Exact sums over the keys of a segment, as far as each query sees them. */
async function exactSums(kernel: AttentionKernel, head: VisibleHead, segment: Segment): Promise<HeadSums> {
  const { from, first, last, settings, work, shifted } = segment;
  const keys = tileKeys(segmentKeys(head, segment), shifted);
  const sums = emptySums(last - first, head.valueDim);
  const step = queryBlock(head.limits);
  for (let start = first; start < last; start += step) {
    const count = Math.min(step, last - start);
    const limits = head.limits?.slice(start, start + count).map((limit) => Math.max(0, Math.min(limit - from, keys.keys)));
    const block = queryRows(head.query, keys, settings.scale, start, start + count);
    const part = await exactRows(kernel, keys, { ...block, limits });
    work.dotProducts += limits === undefined ? count * keys.keys : limits.reduce((sum, limit) => sum + limit, 0);
    sums.sums.set(part.sums, (start - first) * head.valueDim);
    sums.totals.set(part.totals, start - first);
    sums.shift.set(part.shift, start - first);
  }
  return { sums, keys, shifted };
}
