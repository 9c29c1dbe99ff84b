import type { Session } from "@attnlab/runtime/node";
import type { AttentionKernel } from "./attention-kernel.ts";
import { rowWidth, type TileKeys, type TileQueries } from "./exact-keys.ts";
import { emptySums, type PartialSums, unsoundRows } from "./partial-sums.ts";
import { maskedMaximum, maskedTile, TILE_MODELS, tileMaximum } from "./tile-models.ts";

/** Queries per block: many for few runs, fewer when causal, because a block meets all keys that its last query sees. */
export function queryBlock(limits: Int32Array | undefined): number {
  return limits === undefined ? 2048 : 256;
}

/** Scores per tile, so that they stay in the cache of one core. */
const TILE_SCORES = 2 ** 16;
/** Keys whose largest score serves as the shift. */
const SAMPLE = 16;

/**
 * Exact sums of a block of queries over the keys they see.
 *
 * Where scores are small nothing is shifted. Otherwise the shift of a query is its largest score among a few keys: right unless another
 * score is more than about 80 above it, when the exponential overflows. Such rows are found by their sums and done again with their true
 * maximum; what still overflows, because the scores themselves leave float32, is summed in float64.
 */
export async function exactRows(kernel: AttentionKernel, keys: TileKeys, block: TileQueries): Promise<PartialSums> {
  const { queries, limits } = block;
  const range = limitRange(keys, block);
  const first = emptySums(queries, keys.valueDim);
  if (range.most === 0) return first;
  if (!keys.shifted) return await addTiles(kernel, keys, block, first);
  const some = Math.min(SAMPLE, range.least);
  let result = first;
  if (some > 0) {
    const sample = spreadKeys(keys, range.least, some);
    result.shift.set(await maxima(kernel, { ...keys, keys: some, key: sample }, { ...block, limits: undefined }));
    result = await addTiles(kernel, keys, block, result);
  }
  const failed = unsoundRows(result).filter((row) => limits?.[row] !== 0);
  if (failed.length === 0) return result;
  const again = selectRows(block, failed, rowWidth(keys));
  const empty = emptySums(failed.length, keys.valueDim);
  empty.shift.set(await maxima(kernel, keys, again));
  const second = await addTiles(kernel, keys, again, empty);
  for (const row of unsoundRows(second)) sumInFloat64(keys, again, row, second);
  failed.forEach((row, i) => {
    copySums(second, i, result, row);
  });
  return result;
}

/** Puts row `from` of some sums in the place of row `to` of others. */
export function copySums(source: PartialSums, from: number, into: PartialSums, to: number): void {
  const width = source.sums.length / source.totals.length;
  into.sums.set(source.sums.subarray(from * width, (from + 1) * width), to * width);
  into.totals[to] = source.totals[from] as number;
  into.shift[to] = source.shift[from] as number;
}

function limitRange({ keys }: TileKeys, { limits }: TileQueries): { readonly least: number; readonly most: number } {
  if (limits === undefined) return { least: keys, most: keys };
  let [least, most] = [keys, 0];
  for (const limit of limits) {
    least = Math.min(least, limit);
    most = Math.max(most, limit);
  }
  return { least, most };
}

function spreadKeys(keys: TileKeys, count: number, some: number): Float32Array {
  const { key } = keys;
  const width = rowWidth(keys);
  const out = new Float32Array(some * width);
  for (let i = 0; i < some; i++) {
    const from = Math.floor((i * count) / some) * width;
    out.set(key.subarray(from, from + width), i * width);
  }
  return out;
}

function selectRows({ query, limits }: TileQueries, rows: Int32Array, width: number): TileQueries {
  const out = new Float32Array(rows.length * width);
  rows.forEach((row, i) => {
    out.set(query.subarray(row * width, (row + 1) * width), i * width);
  });
  return {
    queries: rows.length,
    query: out,
    limits: limits === undefined ? undefined : Int32Array.from(rows, (row) => limits[row] as number),
  };
}

/** The feeds of one tile of keys, `start` to `end`. */
function tileFeeds(keys: TileKeys, start: number, end: number, u = 0): Feeds {
  const [a, b] = [rowWidth(keys), keys.valueDim];
  return {
    [`key${u}`]: { dtype: "float32", shape: [end - start, a], data: keys.key.subarray(start * a, end * a) },
    [`value${u}`]: { dtype: "float32", shape: [end - start, b], data: keys.value.subarray(start * b, end * b) },
  };
}

type Feeds = Parameters<Session["run"]>[0];

function visibleFeed(limits: Int32Array, start: number, end: number): Feeds {
  const data = new Uint8Array(limits.length * (end - start));
  limits.forEach((limit, i) => {
    data.fill(1, i * (end - start), i * (end - start) + Math.max(0, Math.min(limit, end) - start));
  });
  return { visible: { dtype: "bool", shape: [limits.length, end - start], data } };
}

/** The ends of `count` pieces of about equal size. */
function pieces(start: number, end: number, count: number): readonly number[] {
  return Array.from({ length: count + 1 }, (_, i) => start + Math.floor((i * (end - start)) / count));
}

function tileSize(queries: number): number {
  return Math.max(128, Math.min(4096, Math.floor(TILE_SCORES / queries)));
}

/** The largest score of each query. */
async function maxima(kernel: AttentionKernel, keys: TileKeys, block: TileQueries): Promise<Float32Array> {
  const { queries, query, limits } = block;
  const width = rowWidth(keys);
  for (let i = 0; i < queries; i++) query[i * width + width - 1] = 0;
  const queryFeed: Feeds = { query: { dtype: "float32", shape: [queries, width], data: query } };
  const { least, most } = limitRange(keys, block);
  const result = new Float32Array(queries).fill(Number.NEGATIVE_INFINITY);
  const visit = async (start: number, end: number, masked: boolean): Promise<void> => {
    const session = await kernel.session(masked ? maskedMaximum : tileMaximum);
    const size = tileSize(queries);
    for (let from = start; from < end; from += size) {
      const to = Math.min(end, from + size);
      const { key0 } = tileFeeds(keys, from, to);
      const mask = masked ? visibleFeed(limits as Int32Array, from, to) : {};
      const maximum = (await session.run({ ...queryFeed, key0, ...mask } as Feeds)).maximum?.data as Float32Array;
      for (let i = 0; i < queries; i++) result[i] = Math.max(result[i] as number, maximum[i] as number);
    }
  };
  await visit(0, least, false);
  await visit(least, most, true);
  return result;
}

/** Runs of so many tiles each, and where the tiles end. */
interface TilePlan {
  readonly tiles: number;
  readonly ends: readonly number[];
}

/** Tiles of equal size, at least `size` keys each where there are enough and less than twice as many, in as few runs as there are models for. */
function planTiles(keys: number, size: number): TilePlan {
  const wanted = Math.max(1, Math.floor(keys / size));
  const { tiles } = TILE_MODELS.find((model) => model.tiles <= wanted) as (typeof TILE_MODELS)[number];
  return { tiles, ends: pieces(0, keys, Math.floor(wanted / tiles) * tiles) };
}

/** The sums over all visible keys, with the shifts of `from`, added to its sums. */
async function addTiles(kernel: AttentionKernel, keys: TileKeys, block: TileQueries, from: PartialSums): Promise<PartialSums> {
  const { queries, query, limits } = block;
  const width = rowWidth(keys);
  if (keys.shifted) for (let i = 0; i < queries; i++) query[i * width + width - 1] = -(from.shift[i] as number);
  const queryFeed: Feeds = { query: { dtype: "float32", shape: [queries, width], data: query } };
  let { sums, totals } = from;
  const add = async (session: Session, feeds: Feeds): Promise<void> => {
    const after = await session.run({
      ...queryFeed,
      ...feeds,
      sumsBefore: { dtype: "float32", shape: [queries, keys.valueDim], data: sums },
      totalsBefore: { dtype: "float32", shape: [queries], data: totals },
    });
    sums = after.sums?.data as Float32Array;
    totals = after.totals?.data as Float32Array;
  };
  const { least, most } = limitRange(keys, block);
  const size = tileSize(queries);
  if (least > 0) {
    const { tiles, ends } = planTiles(least, size);
    const session = await kernel.session((TILE_MODELS.find((one) => one.tiles === tiles) as (typeof TILE_MODELS)[number]).model);
    for (let done = 0; done + 1 < ends.length; done += tiles) {
      const feeds: Feeds = {};
      for (let u = 0; u < tiles; u++) Object.assign(feeds, tileFeeds(keys, ends[done + u] as number, ends[done + u + 1] as number, u));
      await add(session, feeds);
    }
  }
  for (let start = least; start < most; start += size) {
    const end = Math.min(most, start + size);
    const mask = visibleFeed(limits as Int32Array, start, end);
    await add(await kernel.session(maskedTile), { ...tileFeeds(keys, start, end), ...mask });
  }
  return { ...from, sums, totals };
}

/** One row by plain loops, for scores that overflow float32: its sums are the output and 1, its shift the log-sum-exp. */
function sumInFloat64(
  { keys, headDim, valueDim, key, value }: TileKeys,
  { query, limits }: TileQueries,
  row: number,
  into: PartialSums,
): void {
  const a = headDim + 1;
  const count = limits?.[row] ?? keys;
  const scores = new Float64Array(count);
  let maximum = Number.NEGATIVE_INFINITY;
  for (let k = 0; k < count; k++) {
    let score = 0;
    for (let j = 0; j < headDim; j++) score += (query[row * a + j] as number) * (key[k * a + j] as number);
    scores[k] = score;
    maximum = Math.max(maximum, score);
  }
  const sums = new Float64Array(valueDim);
  let total = 0;
  for (let k = 0; k < count; k++) {
    const weight = Math.exp((scores[k] as number) - maximum);
    total += weight;
    if (weight > 0) for (let j = 0; j < valueDim; j++) (sums[j] as number) += weight * (value[k * valueDim + j] as number);
  }
  for (let j = 0; j < valueDim; j++) into.sums[row * valueDim + j] = (sums[j] as number) / total;
  into.totals[row] = 1;
  into.shift[row] = maximum + Math.log(total);
}
