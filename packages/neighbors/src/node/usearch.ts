import { createRequire } from "node:module";
import { NotFoundError, problem } from "@attnlab/check";
import type * as Usearch from "usearch";

/** The part of `require` that loading needs; tests pass one that finds nothing. */
export type ModuleLoader = (id: string) => unknown;

/** A graph of small worlds in native memory, which goes with the object. */
export interface NativeGraph {
  /** Adds rows under the positions `first`, `first + 1`, ... */
  readonly add: (rows: Float32Array, dimension: number, first: number) => void;
  /** The `wanted` positions found for each row, `[rows, wanted]`; -1 where there were fewer. */
  readonly search: (rows: Float32Array, dimension: number, wanted: number) => Int32Array;
  readonly save: (path: string) => void;
  readonly load: (path: string) => void;
}

/** How a graph is made. */
export interface GraphOptions {
  readonly dimension: number;
  readonly metric: "ip" | "l2sq";
  readonly connectivity: number;
  readonly expansionAdd: number;
  readonly expansionSearch: number;
}

/** With one thread a graph depends on the order of its rows alone, and on nothing else. */
const THREADS = 1;

/**
 * Makes an empty graph; usearch is loaded at the first call: importing this package loads nothing native.
 *
 * @throws NotFoundError when usearch is not installed.
 */
export function createGraph(where: string, options: GraphOptions, load: ModuleLoader = createRequire(import.meta.url)): NativeGraph {
  const { Index } = loadLibrary(where, load);
  const { dimension: dimensions, metric, connectivity, expansionAdd, expansionSearch } = options;
  const index = new Index({
    dimensions,
    metric: metric as Usearch.MetricKind,
    quantization: "f32" as Usearch.ScalarKind,
    connectivity,
    expansion_add: expansionAdd,
    expansion_search: expansionSearch,
    multi: false,
  });
  return {
    add: (rows, dimension, first) => {
      const keys = BigUint64Array.from({ length: rows.length / dimension }, (_, i) => BigInt(first + i));
      index.add(keys, rows, THREADS);
    },
    search: (rows, dimension, wanted) => {
      const count = rows.length / dimension;
      const found = index.search(rows, wanted, THREADS);
      const positions = new Int32Array(count * wanted).fill(-1);
      for (let row = 0; row < count; row++) {
        // One row comes back trimmed to what was found, several come with their counts.
        const size = "counts" in found ? Number((found as Usearch.BatchMatches).counts[row]) : found.keys.length;
        for (let i = row * wanted; i < row * wanted + size; i++) positions[i] = Number(found.keys[i]);
      }
      return positions;
    },
    save: (path) => index.save(path),
    load: (path) => index.load(path),
  };
}

function loadLibrary(where: string, load: ModuleLoader): typeof Usearch {
  try {
    return load("usearch") as typeof Usearch;
  } catch (error) {
    const got = error instanceof Error ? (error.message.split("\n")[0] as string) : String(error);
    const expected = "usearch must be installed and support this platform";
    throw new NotFoundError(problem({ where, expected, got, fix: "Run: npm i usearch@2.26" }), { cause: error });
  }
}
