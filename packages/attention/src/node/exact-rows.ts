import type { Session } from "@attnlab/runtime/node";
import type { AttentionKernel } from "./attention-kernel.ts";
import { emptySums, isSound, type PartialSums } from "./partial-sums.ts";
import { maskedMaximum, maskedTile, TILE_MODELS, tileMaximum } from "./tile-models.ts";

/** Keys and values with a column of ones each, as the models of tiles want them. */
export interface TileKeys {
  readonly keys: number;
  readonly headDim: number;
  readonly valueDim: number;
  /** `[keys, headDim + 1]`. */
  readonly key: Float32Array;
  /** `[keys, valueDim + 1]`. */
  readonly value: Float32Array;
}

/** Queries, scaled, with one column more for what they are shifted by, and how many keys each of them sees. */
export interface TileQueries {
  readonly queries: number;
  /** `[queries, headDim + 1]`; the last column is overwritten. */
  readonly query: Float32Array;
  /** Query `i` sees the first `limits[i]` keys; all of them when absent. */
  readonly limits?: Int32Array | undefined;
}

/** A matrix with a column of ones. */
export function withOnes(data: Float32Array, width: number): Float32Array {
  const rows = data.length / width;
  const out = new Float32Array(rows * (width + 1));
  for (let i = 0; i < rows; i++) {
    for (let j = 0; j < width; j++) out[i * (width + 1) + j] = data[i * width + j] as number;
    out[i * (width + 1) + width] = 1;
  }
  return out;
}

/** Rows of queries times the scale, with room for the shift. `rows` are positions, or the first of `count` in order. */
export function scaledRows(query: Float32Array, headDim: number, scale: number, rows: Int32Array | number, count: number): Float32Array {
  const width = headDim + 1;
  const out = new Float32Array(count * width);
  for (let i = 0; i < count; i++) {
    const from = (typeof rows === "number" ? rows + i : (rows[i] as number)) * headDim;
    for (let j = 0; j < headDim; j++) out[i * width + j] = (query[from + j] as number) * scale;
  }
  return out;
}

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
 * The shift of a query is its largest score among a few keys: right unless another score is more than about 80 above it, when the
 * exponential overflows. Such rows are found by their sums and done again with their true maximum; what still overflows, because the scores
 * themselves leave float32, is summed in float64.
 */
export async function exactRows(kernel: AttentionKernel, keys: TileKeys, block: TileQueries): Promise<PartialSums> {
  const { queries } = block;
  const width = keys.valueDim + 1;
  const range = limitRange(keys, block);
  const result = emptySums(queries, keys.valueDim);
  if (range.most === 0) return result;
  const some = Math.min(SAMPLE, range.least);
  if (some > 0) {
    const sample = spreadKeys(keys, range.least, some);
    result.shift.set(await maxima(kernel, { ...keys, keys: some, key: sample }, { ...block, limits: undefined }));
    await addTiles(kernel, keys, block, result);
  }
  const failed = unsound(result, block.limits, width);
  if (failed.length === 0) return result;
  const again = selectRows(block, failed, keys.headDim);
  const second = emptySums(failed.length, keys.valueDim);
  second.shift.set(await maxima(kernel, keys, again));
  await addTiles(kernel, keys, again, second);
  for (const row of unsound(second, again.limits, width)) sumInFloat64(keys, again, row, second);
  failed.forEach((row, i) => {
    result.sums.set(second.sums.subarray(i * width, (i + 1) * width), row * width);
    result.shift[row] = second.shift[i] as number;
  });
  return result;
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

function spreadKeys({ key, headDim }: TileKeys, count: number, some: number): Float32Array {
  const width = headDim + 1;
  const out = new Float32Array(some * width);
  for (let i = 0; i < some; i++) {
    const from = Math.floor((i * count) / some) * width;
    out.set(key.subarray(from, from + width), i * width);
  }
  return out;
}

/** Rows whose sums cannot be trusted. */
function unsound({ sums, shift }: PartialSums, limits: Int32Array | undefined, width: number): Int32Array {
  const rows: number[] = [];
  for (let i = 0; i < shift.length; i++) if ((limits === undefined || limits[i] !== 0) && !isSound(sums, i, width)) rows.push(i);
  return Int32Array.from(rows);
}

function selectRows({ query, limits }: TileQueries, rows: Int32Array, headDim: number): TileQueries {
  const width = headDim + 1;
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
  const [a, b] = [keys.headDim + 1, keys.valueDim + 1];
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

/** Pieces of `start` to `end` of about equal size, none larger than `size`. */
function pieces(start: number, end: number, size: number): readonly number[] {
  const count = Math.ceil((end - start) / size);
  return Array.from({ length: count + 1 }, (_, i) => start + Math.floor((i * (end - start)) / count));
}

function tileSize(queries: number): number {
  return Math.max(128, Math.min(4096, Math.floor(TILE_SCORES / queries)));
}

/** The largest score of each query. */
async function maxima(kernel: AttentionKernel, keys: TileKeys, block: TileQueries): Promise<Float32Array> {
  const { queries, query, limits } = block;
  const width = keys.headDim + 1;
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

/** Adds the sums over all visible keys, with the shifts of `into`. */
async function addTiles(kernel: AttentionKernel, keys: TileKeys, block: TileQueries, into: PartialSums): Promise<void> {
  const { queries, query, limits } = block;
  const width = keys.headDim + 1;
  for (let i = 0; i < queries; i++) query[i * width + width - 1] = -(into.shift[i] as number);
  const queryFeed: Feeds = { query: { dtype: "float32", shape: [queries, width], data: query } };
  const add = async (session: Session, feeds: Feeds): Promise<void> => {
    const sums = (await session.run({ ...queryFeed, ...feeds })).sums?.data as Float32Array;
    for (let i = 0; i < sums.length; i++) (into.sums[i] as number) += sums[i] as number;
  };
  const { least, most } = limitRange(keys, block);
  const ends = least === 0 ? [0] : pieces(0, least, tileSize(queries));
  let done = 0;
  for (const { tiles, model } of TILE_MODELS) {
    for (; done + tiles < ends.length; done += tiles) {
      const feeds: Feeds = {};
      for (let u = 0; u < tiles; u++) Object.assign(feeds, tileFeeds(keys, ends[done + u] as number, ends[done + u + 1] as number, u));
      await add(await kernel.session(model), feeds);
    }
  }
  for (let from = least; from < most; from += tileSize(queries)) {
    const to = Math.min(most, from + tileSize(queries));
    const mask = visibleFeed(limits as Int32Array, from, to);
    await add(await kernel.session(maskedTile), { ...tileFeeds(keys, from, to), ...mask });
  }
}

/** One row by plain loops, for scores that overflow float32: its sums are the output and 1, its shift the log-sum-exp. */
function sumInFloat64(
  { keys, headDim, valueDim, key, value }: TileKeys,
  { query, limits }: TileQueries,
  row: number,
  into: PartialSums,
): void {
  const [a, b] = [headDim + 1, valueDim + 1];
  const count = limits?.[row] ?? keys;
  const scores = new Float64Array(count);
  let maximum = Number.NEGATIVE_INFINITY;
  for (let k = 0; k < count; k++) {
    let score = 0;
    for (let j = 0; j < headDim; j++) score += (query[row * a + j] as number) * (key[k * a + j] as number);
    scores[k] = score;
    maximum = Math.max(maximum, score);
  }
  const sums = new Float64Array(b);
  for (let k = 0; k < count; k++) {
    const weight = Math.exp((scores[k] as number) - maximum);
    if (weight > 0) for (let j = 0; j < b; j++) (sums[j] as number) += weight * (value[k * b + j] as number);
  }
  const total = sums[valueDim] as number;
  for (let j = 0; j < b; j++) into.sums[row * b + j] = (sums[j] as number) / total;
  into.shift[row] = maximum + Math.log(total);
}
