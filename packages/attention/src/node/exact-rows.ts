import type { Session } from "@attnlab/runtime/node";
import type { AttentionKernel, KernelModel } from "./attention-kernel.ts";
import { rowWidth, type TileKeys, type TileQueries } from "./exact-keys.ts";
import { emptySums, type PartialSums, unsoundRows } from "./partial-sums.ts";
import { maskedMaximum, maskedTile, tileMaximum, tileSums } from "./tile-models.ts";

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
  if (!keys.shifted) return await tiledSums(kernel, keys, block, first.shift);
  const some = Math.min(SAMPLE, range.least);
  let result = first;
  if (some > 0) {
    const sample = spreadKeys(keys, range.least, some);
    const shift = Float64Array.from(await maxima(kernel, { ...keys, keys: some, key: sample }, { ...block, limits: undefined }));
    result = await tiledSums(kernel, keys, block, shift);
  }
  const failed = unsoundRows(result).filter((row) => limits?.[row] !== 0);
  if (failed.length === 0) return result;
  const again = selectRows(block, failed, rowWidth(keys));
  const second = await tiledSums(kernel, keys, again, Float64Array.from(await maxima(kernel, keys, again)));
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

function selectRows({ query, scale, limits }: TileQueries, rows: Int32Array, width: number): TileQueries {
  const out = new Float32Array(rows.length * width);
  rows.forEach((row, i) => {
    out.set(query.subarray(row * width, (row + 1) * width), i * width);
  });
  return {
    queries: rows.length,
    query: out,
    scale,
    limits: limits === undefined ? undefined : Int32Array.from(rows, (row) => limits[row] as number),
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

/** Rows `start` to `end`, as a tile or as `tiles` of them. */
function rowsFeed(data: Float32Array, width: number, start: number, end: number, tiles?: number): Feeds[string] {
  const shape = tiles === undefined ? [end - start, width] : [tiles, (end - start) / tiles, width];
  return { dtype: "float32", shape, data: data.subarray(start * width, end * width) };
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
      const mask = masked ? visibleFeed(limits as Int32Array, from, to) : {};
      const maximum = (await session.run({ ...queryFeed, keys: rowsFeed(keys.key, width, from, to), ...mask })).maximum
        ?.data as Float32Array;
      for (let i = 0; i < queries; i++) result[i] = Math.max(result[i] as number, maximum[i] as number);
    }
  };
  await visit(0, least, false);
  await visit(least, most, true);
  return result;
}

/** The sums over all visible keys, with the given shifts. */
async function tiledSums(kernel: AttentionKernel, keys: TileKeys, block: TileQueries, shift: Float64Array): Promise<PartialSums> {
  const { queries, query, scale, limits } = block;
  const { key, value, valueDim, shifted } = keys;
  const width = rowWidth(keys);
  if (shifted) for (let i = 0; i < queries; i++) query[i * width + width - 1] = -(shift[i] as number);
  const queryFeed: Feeds = {
    query: { dtype: "float32", shape: [queries, width], data: query },
    scale: { dtype: "float32", shape: [], data: Float32Array.of(scale) },
  };
  let result: Pick<PartialSums, "sums" | "totals"> | undefined;
  const add = async (model: KernelModel, feeds: Feeds): Promise<void> => {
    const found = await (await kernel.session(model)).run({ ...queryFeed, ...feeds });
    const [sums, totals] = [found.sums?.data as Float32Array, found.totals?.data as Float32Array];
    if (result === undefined) result = { sums, totals };
    else {
      addTo(result.sums, sums);
      addTo(result.totals, totals);
    }
  };
  const { least, most } = limitRange(keys, block);
  const size = tileSize(queries);
  // Tiles of equal size, at least `size` and less than twice as many keys; the few keys that are left are a tile of their own.
  const tiles = Math.max(1, Math.floor(least / size));
  const equal = tiles * Math.floor(least / tiles);
  for (const [start, end, count] of [
    [0, equal, tiles],
    [equal, least, 1],
  ] as const) {
    if (start === end) continue;
    await add(tileSums, { keys: rowsFeed(key, width, start, end, count), values: rowsFeed(value, valueDim, start, end, count) });
  }
  for (let start = least; start < most; start += size) {
    const end = Math.min(most, start + size);
    const mask = visibleFeed(limits as Int32Array, start, end);
    await add(maskedTile, { keys: rowsFeed(key, width, start, end), values: rowsFeed(value, valueDim, start, end), ...mask });
  }
  return { ...(result ?? emptySums(queries, valueDim)), shift };
}

function addTo(sums: Float32Array, more: Float32Array): void {
  for (let i = 0; i < sums.length; i++) (sums[i] as number) += more[i] as number;
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
