import { type CellLists, cellLists } from "../k-means/cell-lists.ts";
import type { NeighborIndex } from "../neighbor-index.ts";
import { type Vectors, vectorsOf } from "../vectors.ts";
import type { Cells } from "./cells.ts";

/** Which queries look into which cells. */
export interface Probes extends CellLists {
  /** The query of each visit that `members` lists. */
  readonly queries: Int32Array;
  /** Queries times centroids that were compared. */
  readonly compared: number;
}

/**
 * Chooses the best `effort` cells of every query, and twice as many for queries whose cells hold fewer than `k` keys, until they do.
 *
 * @param queries - `[queries, dimension]` as the centroids are compared.
 */
export async function probeCells(queries: Vectors, coarse: NeighborIndex, cells: Cells, effort: number, k: number): Promise<Probes> {
  const dimension = coarse.dimension;
  const visitors: number[] = [];
  const visited: number[] = [];
  let waiting = Int32Array.from({ length: queries.shape[0] as number }, (_, i) => i);
  let compared = 0;
  for (let width = Math.min(effort, cells.count); waiting.length > 0; width = Math.min(2 * width, cells.count)) {
    compared += waiting.length * cells.count;
    const { indices } = await coarse.search(rowsOf(queries, waiting, dimension), { k: width });
    const short: number[] = [];
    for (let at = 0; at < waiting.length; at++) {
      const row = indices.subarray(at * width, (at + 1) * width);
      let reach = 0;
      for (const cell of row) reach += cells.sizeOf(cell);
      if (reach < k && width < cells.count) {
        short.push(waiting[at] as number);
        continue;
      }
      for (const cell of row) {
        visitors.push(waiting[at] as number);
        visited.push(cell);
      }
    }
    waiting = Int32Array.from(short);
  }
  return { compared, queries: Int32Array.from(visitors), ...cellLists(Int32Array.from(visited), cells.count) };
}

function rowsOf({ data, shape }: Vectors, rows: Int32Array, dimension: number): Vectors {
  if (rows.length === shape[0]) return vectorsOf(data, dimension);
  const out = new Float32Array(rows.length * dimension);
  rows.forEach((row, i) => {
    out.set(data.subarray(row * dimension, (row + 1) * dimension), i * dimension);
  });
  return vectorsOf(out, dimension);
}
