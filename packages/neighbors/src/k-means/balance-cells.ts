import type { ProductKernel } from "../product-kernel.ts";
import { countOf, dimensionOf, type Vectors } from "../vectors.ts";
import { nearestCells } from "./assign-cells.ts";
import { squaredDistance } from "./centering.ts";

/** Cells a point may ask before it is placed by hand. */
const CHOICES = 8;

/**
 * Assigns every vector to a cell that holds at most `capacity`: each asks its nearest cells in turn, and a full cell sends away the
 * member that is farthest from its centroid (deferred acceptance, so that the order of the vectors does not matter).
 *
 * @see Gale and Shapley 1962.
 */
export async function balanceCells(vectors: Vectors, centroids: Vectors, capacity: number, kernel: ProductKernel): Promise<Int32Array> {
  const [count, cells, dimension] = [countOf(vectors), countOf(centroids), dimensionOf(vectors)];
  const choices = Math.min(cells, CHOICES);
  const { indices: wishes } = await nearestCells(vectors, centroids, choices, kernel);
  const distance = (row: number, cell: number): number => squaredDistance(vectors.data, row, centroids.data, cell, dimension);
  const heaps = createHeaps(cells, capacity);
  const assigned = new Int32Array(count).fill(-1);
  const asked = new Uint8Array(count);
  const left: number[] = [];
  for (let first = 0; first < count; first++) {
    let row = first;
    for (;;) {
      if (asked[row] === choices) {
        left.push(row);
        break;
      }
      const cell = wishes[row * choices + (asked[row] as number)] as number;
      (asked[row] as number)++;
      assigned[row] = cell;
      const sentAway = heaps.offer(cell, distance(row, cell), row);
      if (sentAway < 0) break;
      assigned[sentAway] = -1;
      row = sentAway;
    }
  }
  left.sort((a, b) => a - b);
  for (const row of left) {
    let [best, at] = [Number.POSITIVE_INFINITY, -1];
    for (let cell = 0; cell < cells; cell++) {
      if (heaps.size(cell) === capacity) continue;
      const d = distance(row, cell);
      if (d < best) [best, at] = [d, cell];
    }
    heaps.offer(at, best, row);
    assigned[row] = at;
  }
  return assigned;
}

interface Heaps {
  readonly size: (cell: number) => number;
  /** Adds a member; returns the one that had to go, or -1. */
  readonly offer: (cell: number, distance: number, row: number) => number;
}

/** One heap per cell with the farthest member on top. */
function createHeaps(cells: number, capacity: number): Heaps {
  const distances = new Float64Array(cells * capacity);
  const rows = new Int32Array(cells * capacity);
  const sizes = new Int32Array(cells);
  const farther = (a: number, b: number): boolean =>
    (distances[a] as number) > (distances[b] as number) ||
    ((distances[a] as number) === (distances[b] as number) && (rows[a] as number) > (rows[b] as number));
  const swap = (a: number, b: number): void => {
    const [d, r] = [distances[a] as number, rows[a] as number];
    distances[a] = distances[b] as number;
    rows[a] = rows[b] as number;
    distances[b] = d;
    rows[b] = r;
  };
  const down = (base: number): void => {
    for (let at = 0; ; ) {
      let top = at;
      for (const child of [2 * at + 1, 2 * at + 2]) if (child < capacity && farther(base + child, base + top)) top = child;
      if (top === at) return;
      swap(base + at, base + top);
      at = top;
    }
  };
  return {
    size: (cell) => sizes[cell] as number,
    offer: (cell, distance, row) => {
      const base = cell * capacity;
      const size = sizes[cell] as number;
      if (size < capacity) {
        distances[base + size] = distance;
        rows[base + size] = row;
        for (let at = size; at > 0; ) {
          const parent = (at - 1) >> 1;
          if (!farther(base + at, base + parent)) break;
          swap(base + at, base + parent);
          at = parent;
        }
        sizes[cell] = size + 1;
        return -1;
      }
      const root = distances[base] as number;
      const out = rows[base] as number;
      if (distance > root || (distance === root && row > out)) return row;
      distances[base] = distance;
      rows[base] = row;
      down(base);
      return out;
    },
  };
}
