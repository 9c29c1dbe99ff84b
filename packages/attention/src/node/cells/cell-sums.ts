import type { Session } from "@attnlab/runtime/node";
import type { AttentionKernel } from "../attention-kernel.ts";
import { rowWidth } from "../exact-keys.ts";
import { copySums, exactRows, queryBlock } from "../exact-rows.ts";
import { emptySums, type PartialSums, unsoundRows } from "../partial-sums.ts";
import type { CellKeys } from "./cell-keys.ts";
import { cellModel, farFieldModel, routeModel } from "./cell-models.ts";

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

/** Queries per run of the router, and per run of a cell. */
const [ROUTE_BLOCK, CELL_BLOCK] = [512, 512];

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
  const width = rowWidth(keys);
  const step = queryBlock(undefined);
  for (let start = 0; start < failed.length; start += step) {
    const rows = failed.slice(start, start + step);
    const query = new Float32Array(rows.length * width);
    rows.forEach((row, i) => {
      copyScaled(queries, row, query, i * width, keys.headDim);
    });
    const exact = await exactRows(kernel, keys, { queries: rows.length, query, scale: 1 });
    rows.forEach((row, i) => {
      copySums(exact, i, result, row);
      far[row] = 0;
    });
  }
  const dotProducts = count * keys.cells + visited + failed.length * keys.keys;
  return { ...result, far, fallbackQueries: failed.length, dotProducts };
}

function placeOf({ rows }: QuerySelection, i: number): number {
  return typeof rows === "number" ? rows + i : (rows[i] as number);
}

/** Copies a scaled query; returns $\|sq\|^2$. */
function copyScaled(queries: QuerySelection, i: number, to: Float32Array, at: number, headDim: number): number {
  const { query, scale } = queries;
  const from = placeOf(queries, i) * headDim;
  let square = 0;
  for (let j = 0; j < headDim; j++) {
    const x = (query[from + j] as number) * scale;
    to[at + j] = x;
    square += x * x;
  }
  return square;
}

/**
 * The factor on the variance of a cell: $\|sq\|^2/2$, until the cumulant would promise more than the best of $m$ normal scores,
 * $\sigma\sqrt{2\log m}$ above the mean (the random energy model freezes there); then as much as that for a cell of mean size and variance.
 */
function varianceFactor(square: number, variance: number, logCount: number): number {
  const gain = (square / 2) * variance;
  return gain <= logCount || variance === 0 ? square / 2 : (2 * Math.sqrt(gain * logCount) - logCount) / variance;
}

async function route(
  kernel: AttentionKernel,
  keys: CellKeys,
  queries: QuerySelection,
  { nprobe, farField }: CellPolicy,
  into: PartialSums,
): Promise<Int32Array> {
  const { cells, headDim, valueDim, variance } = keys;
  const [width, sumWidth] = [headDim + 2, valueDim];
  const session = await kernel.session(farField ? farFieldModel : routeModel);
  const logCount = Math.log(Math.max(1, keys.keys / cells));
  const probes = new Int32Array(queries.count * nprobe);
  const block = new Float32Array(ROUTE_BLOCK * width);
  const fixed: Feeds = {
    cells: { dtype: "float32", shape: [cells, width], data: keys.centroids },
    shiftBy: { dtype: "float32", shape: [], data: Float32Array.of(keys.shifted ? 1 : 0) },
    nprobe: { dtype: "int64", shape: [1], data: BigInt64Array.of(BigInt(nprobe)) },
    ...(farField ? { means: { dtype: "float32", shape: [cells, sumWidth], data: keys.means } } : {}),
  };
  for (let start = 0; start < queries.count; start += ROUTE_BLOCK) {
    const count = Math.min(ROUTE_BLOCK, queries.count - start);
    for (let i = 0; i < count; i++) {
      const square = copyScaled(queries, start + i, block, i * width, headDim);
      block[i * width + headDim] = varianceFactor(square, variance, logCount);
      block[i * width + headDim + 1] = 1;
    }
    const query = { dtype: "float32", shape: [count, width], data: block.subarray(0, count * width) } as const;
    const { probes: chosen, shift, far, farTotals } = await session.run({ query, ...fixed });
    probes.set(chosen?.data as Int32Array, start * nprobe);
    into.shift.set(shift?.data as Float32Array, start);
    if (far !== undefined) into.sums.set(far.data as Float32Array, start * sumWidth);
    if (farTotals !== undefined) into.totals.set(farTotals.data as Float32Array, start);
  }
  return probes;
}

type Feeds = Parameters<Session["run"]>[0];

/** Adds the exact sums over the keys of the probed cells, one cell after the other; returns how many products that took. */
async function visitCells(
  kernel: AttentionKernel,
  keys: CellKeys,
  queries: QuerySelection,
  { probes, nprobe }: { readonly probes: Int32Array; readonly nprobe: number },
  into: PartialSums,
): Promise<number> {
  const { cells, offsets, headDim, valueDim, shifted } = keys;
  const [width, sumWidth] = [rowWidth(keys), valueDim];
  const session = await kernel.session(cellModel);
  const { starts, visitors } = visitLists(probes, nprobe, cells);
  const block = new Float32Array(CELL_BLOCK * width);
  const { sums, totals, shift } = into;
  let products = 0;
  for (let cell = 0; cell < cells; cell++) {
    const [first, last] = [offsets[cell] as number, offsets[cell + 1] as number];
    const [from, to] = [starts[cell] as number, starts[cell + 1] as number];
    if (first === last || from === to) continue;
    products += (last - first) * (to - from);
    const key = { dtype: "float32", shape: [last - first, width], data: keys.key.subarray(first * width, last * width) } as const;
    const value = {
      dtype: "float32",
      shape: [last - first, sumWidth],
      data: keys.value.subarray(first * sumWidth, last * sumWidth),
    } as const;
    for (let start = from; start < to; start += CELL_BLOCK) {
      const count = Math.min(CELL_BLOCK, to - start);
      for (let i = 0; i < count; i++) {
        const visitor = visitors[start + i] as number;
        copyScaled(queries, visitor, block, i * width, headDim);
        if (shifted) block[i * width + headDim] = -(shift[visitor] as number);
      }
      const query = { dtype: "float32", shape: [count, width], data: block.subarray(0, count * width) } as const;
      const result = await session.run({ query, key, value });
      const [part, partTotals] = [result.sums?.data as Float32Array, result.totals?.data as Float32Array];
      for (let i = 0; i < count; i++) {
        const visitor = visitors[start + i] as number;
        (totals[visitor] as number) += partTotals[i] as number;
        const at = visitor * sumWidth;
        for (let j = 0; j < sumWidth; j++) (sums[at + j] as number) += part[i * sumWidth + j] as number;
      }
    }
  }
  return products;
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
