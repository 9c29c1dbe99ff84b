import type { Session } from "@attnlab/runtime/node";
import type { AttentionKernel } from "../attention-kernel.ts";
import { queryRows, rowWidth } from "../exact-keys.ts";
import { copySums, exactRows, queryBlock } from "../exact-rows.ts";
import { emptySums, type PartialSums, unsoundRows } from "../partial-sums.ts";
import { gatherRows } from "../visible-head.ts";
import type { CellKeys } from "./cell-keys.ts";
import { farFieldModel, plainCell, routeModel, shiftedCell } from "./cell-models.ts";

/** Some queries of a head: `count` from `start` on, or those named by `rows`. */
export interface QuerySelection {
  /** `[queries, headDim]`. */
  readonly query: Float32Array;
  readonly scale: number;
  readonly count: number;
  /** The first of consecutive queries, or the place of each. */
  readonly rows: number | Int32Array;
}

/** How many cells are visited, and whether the others enter through their means. */
export interface CellPolicy {
  readonly nprobe: number;
  readonly farField: boolean;
}

/** Sums over all keys, approximate. */
export interface CellSums extends PartialSums {
  readonly far: Float32Array;
  /** Queries that took the exact path, because exponentials left float32. */
  readonly fallbackQueries: number;
  readonly dotProducts: number;
}

/** Scores per run of the router and of a cell, for the cache of one core. */
const BLOCK_SCORES = 2 ** 17;

function blockRows(columns: number): number {
  return Math.max(128, Math.min(2048, Math.floor(BLOCK_SCORES / columns)));
}

/**
 * Softmax sums over the keys of some cells, and over the means of the others.
 *
 * A cell of $m$ keys with mean $\mu$ and variance $v$ per coordinate has about the mass $\log m + s\langle q, \mu\rangle + \|sq\|^2 v / 2$ (the
 * second cumulant). The best estimate is the shift of the query, so that a visited cell is product, exponential and product.
 */
export async function cellSums(
  kernel: AttentionKernel,
  keys: CellKeys,
  queries: QuerySelection,
  { nprobe, farField }: CellPolicy,
): Promise<CellSums> {
  const { count } = queries;
  const result = emptySums(count, keys.valueDim);
  const probes = await route(kernel, keys, queries, { nprobe, farField }, result);
  const far = result.totals.slice();
  const visited = await visitCells(kernel, keys, queries, { probes, nprobe }, result);
  const failed = unsoundRows(result);
  const step = queryBlock(undefined);
  for (let start = 0; start < failed.length; start += step) {
    const rows = failed.subarray(start, start + step);
    const query = gatherRows(queries.query, placesOf(queries, rows), keys.headDim);
    const exact = await exactRows(kernel, keys, queryRows(query, keys, queries.scale, 0, rows.length));
    rows.forEach((row, i) => {
      copySums(exact, i, result, row);
      far[row] = 0;
    });
  }
  const dotProducts = count * keys.cells + visited + failed.length * keys.keys;
  return { ...result, far, fallbackQueries: failed.length, dotProducts };
}

/** Rows of a head, of queries of a selection. */
function placesOf({ rows }: QuerySelection, chosen: Int32Array): Int32Array {
  if (rows === 0) return chosen;
  return chosen.map((i) => (typeof rows === "number" ? rows + i : (rows[i] as number)));
}

async function route(
  kernel: AttentionKernel,
  keys: CellKeys,
  queries: QuerySelection,
  { nprobe, farField }: CellPolicy,
  into: PartialSums,
): Promise<Int32Array> {
  const { cells, headDim, valueDim, variance } = keys;
  const { rows, count } = queries;
  const session = await kernel.session(farField ? farFieldModel : routeModel);
  const probes = new Int32Array(count * nprobe);
  const chosen = typeof rows === "number" ? queries.query.subarray(rows * headDim) : gatherRows(queries.query, rows, headDim);
  const fixed: Feeds = {
    cells: { dtype: "float32", shape: [cells, headDim + 2], data: keys.centroids },
    scale: scalar(queries.scale),
    variance: scalar(variance),
    logCount: scalar(Math.log(Math.max(1, keys.keys / cells))),
    shiftBy: scalar(keys.shifted ? 1 : 0),
    nprobe: { dtype: "int64", shape: [1], data: BigInt64Array.of(BigInt(nprobe)) },
    ...(farField ? { means: { dtype: "float32", shape: [cells, valueDim], data: keys.means } } : {}),
  };
  const step = blockRows(cells);
  for (let start = 0; start < count; start += step) {
    const end = Math.min(count, start + step);
    const query = { dtype: "float32", shape: [end - start, headDim], data: chosen.subarray(start * headDim, end * headDim) } as const;
    const found = await session.run({ query, ...fixed });
    probes.set(found.probes?.data as Int32Array, start * nprobe);
    into.shift.set(found.shift?.data as Float32Array, start);
    if (!farField) continue;
    into.sums.set(found.far?.data as Float32Array, start * valueDim);
    into.totals.set(found.farTotals?.data as Float32Array, start);
  }
  return probes;
}

type Feeds = Parameters<Session["run"]>[0];

function scalar(value: number): Feeds[string] {
  return { dtype: "float32", shape: [], data: Float32Array.of(value) };
}

/** Adds the exact sums over the keys of the probed cells, one cell after the other; returns how many products that took. */
async function visitCells(
  kernel: AttentionKernel,
  keys: CellKeys,
  queries: QuerySelection,
  { probes, nprobe }: { readonly probes: Int32Array; readonly nprobe: number },
  into: PartialSums,
): Promise<number> {
  const { cells, offsets, headDim, valueDim, shifted } = keys;
  const width = rowWidth(keys);
  const session = await kernel.session(shifted ? shiftedCell : plainCell);
  const { starts, visitors } = visitLists(probes, nprobe, cells);
  const head: Feeds = {
    query: { dtype: "float32", shape: [queries.query.length / headDim, headDim], data: queries.query },
    scale: scalar(queries.scale),
  };
  let products = 0;
  for (let cell = 0; cell < cells; cell++) {
    const [first, last] = [offsets[cell] as number, offsets[cell + 1] as number];
    const [from, to] = [starts[cell] as number, starts[cell + 1] as number];
    if (first === last || from === to) continue;
    products += (last - first) * (to - from);
    const tile: Feeds = {
      ...head,
      key: { dtype: "float32", shape: [last - first, width], data: keys.key.subarray(first * width, last * width) },
      value: { dtype: "float32", shape: [last - first, valueDim], data: keys.value.subarray(first * valueDim, last * valueDim) },
    };
    const step = blockRows(last - first);
    for (let start = from; start < to; start += step) {
      const some = visitors.subarray(start, Math.min(to, start + step));
      const rows = { dtype: "int32", shape: [some.length], data: placesOf(queries, some) } as const;
      const found = await session.run(shifted ? { ...tile, rows, shift: shiftFeed(into.shift, some) } : { ...tile, rows });
      addRows(into, some, found.sums?.data as Float32Array, found.totals?.data as Float32Array);
    }
  }
  return products;
}

/** What is added to the scores of some queries. */
function shiftFeed(shift: Float64Array, rows: Int32Array): Feeds[string] {
  return { dtype: "float32", shape: [rows.length, 1], data: Float32Array.from(rows, (row) => -(shift[row] as number)) };
}

/** Adds sums to the rows of the queries they belong to. */
function addRows({ sums, totals }: PartialSums, rows: Int32Array, more: Float32Array, moreTotals: Float32Array): void {
  const width = more.length / rows.length;
  for (let i = 0; i < rows.length; i++) {
    const row = rows[i] as number;
    (totals[row] as number) += moreTotals[i] as number;
    const end = (i + 1) * width;
    let from = i * width;
    let to = row * width;
    // Four at a time: twice as fast.
    for (; from + 3 < end; from += 4, to += 4) {
      (sums[to] as number) += more[from] as number;
      (sums[to + 1] as number) += more[from + 1] as number;
      (sums[to + 2] as number) += more[from + 2] as number;
      (sums[to + 3] as number) += more[from + 3] as number;
    }
    for (; from < end; from++, to++) (sums[to] as number) += more[from] as number;
  }
}

/** Which queries visit each cell, by counting; queries in ascending order. */
function visitLists(probes: Int32Array, nprobe: number, cells: number): { readonly starts: Int32Array; readonly visitors: Int32Array } {
  const starts = new Int32Array(cells + 1);
  for (let i = 0; i < probes.length; i++) (starts[(probes[i] as number) + 1] as number)++;
  for (let cell = 0; cell < cells; cell++) (starts[cell + 1] as number) += starts[cell] as number;
  const next = starts.slice(0, cells);
  const visitors = new Int32Array(probes.length);
  for (let i = 0, at = 0; at < probes.length; i++) {
    for (let p = 0; p < nprobe; p++, at++) visitors[(next[probes[at] as number] as number)++] = i;
  }
  return { starts, visitors };
}
