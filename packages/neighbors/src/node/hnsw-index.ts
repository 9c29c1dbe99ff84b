import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { FormatError, integerOption, optionTable, problem } from "@attnlab/check";
import type { Metric, NeighborIndex } from "../neighbor-index.ts";
import { emptyNeighbors, refine, sorted } from "../refine.ts";
import { metricOption, parseSearch, searchTable } from "../search-options.ts";
import { readIndex, writeIndex } from "../serialized-index.ts";
import { createVectorStore, type VectorStore } from "../vector-store.ts";
import { checkVectors, countOf, type Vectors } from "../vectors.ts";
import { createGraph, type NativeGraph } from "./usearch.ts";

/** Options of {@link createHnswIndex}. */
export interface HnswIndexOptions {
  /** Default `"inner-product"`. */
  readonly metric?: Metric;
  /** Neighbours per key in the graph, $M$; default 16. */
  readonly connectivity?: number;
  /** Candidates while building, `efConstruction`; default 40. */
  readonly expansionAdd?: number;
  /** Candidates while searching, `efSearch`, unless the `effort` of a search is larger; default 64. */
  readonly expansionSearch?: number;
}

const table = optionTable("createHnswIndex", {
  metric: metricOption,
  connectivity: integerOption({ doc: "Neighbours per key in the graph.", min: 2, max: 1024, default: 16 }),
  expansionAdd: integerOption({ doc: "Candidates while building.", min: 1, default: 40 }),
  expansionSearch: integerOption({ doc: "Candidates while searching.", min: 1, default: 64 }),
});
const search = searchTable("NeighborIndex.search (hnsw)");

/** Queries per call of the library. */
const BLOCK = 4096;

/**
 * A hierarchical navigable small-world graph, by the native library `usearch`, an optional peer dependency.
 *
 * Built and searched on one thread: the graph depends on the order of the keys alone. Found keys are scored again in float64; a query for
 * which the graph finds fewer than `k` is compared with all keys. The library does not count its products.
 *
 * Shapes: `keys [count, dimension]` → neighbours `[queries, k]`.
 *
 * @param keys - copied.
 * @param options - see {@link HnswIndexOptions}; `effort` of a search is the number of candidates, at least `expansionSearch`.
 * @throws NotFoundError when usearch is not installed; OptionError, DtypeError, ShapeError or DataError for bad options or keys.
 * @example
 * ```ts
 * import { createRng } from "@attnlab/random";
 * import { tensorData } from "@attnlab/check";
 * import { createHnswIndex } from "@attnlab/neighbors/node";
 * const keys = tensorData("float32", [400, 8], createRng(1).fillNormal(new Float32Array(3200)));
 * const index = await createHnswIndex(keys, { metric: "euclidean" });
 * (await index.search(keys, { k: 1 })).indices[7]; // => 7
 * ```
 * @see Malkov and Yashunin 2018.
 */
export async function createHnswIndex(keys: Vectors, options?: HnswIndexOptions): Promise<NeighborIndex> {
  const { metric, ...shape } = table.parse({ ...options });
  checkVectors("createHnswIndex", "keys", keys);
  const store = createVectorStore(metric, keys);
  const graph = emptyGraph("createHnswIndex", store, shape);
  graph.add(store.kernelKeys, store.dimension, 0);
  return hnswOf(store, graph, shape);
}

/**
 * Restores an index of {@link createHnswIndex} from its bytes: the same answers. Keys added afterwards find other levels of the graph than
 * they would have found in the original, whose generator is not saved.
 *
 * @param bytes - what `serialize()` returned; copied.
 * @throws FormatError when the bytes are no HNSW index, incomplete or changed; NotFoundError when usearch is not installed.
 * @example
 * ```ts
 * import { tensorData } from "@attnlab/check";
 * import { createHnswIndex, loadHnswIndex } from "@attnlab/neighbors/node";
 * const index = await createHnswIndex(tensorData("float32", [2, 1], [1, 2]));
 * (await loadHnswIndex(await index.serialize())).size; // => 2
 * ```
 */
export async function loadHnswIndex(bytes: Uint8Array): Promise<NeighborIndex> {
  const { kind, store, number, array } = readIndex("loadHnswIndex", bytes);
  if (kind !== "hnsw") {
    const fix = "Read it with loadIndex of @attnlab/neighbors.";
    throw new FormatError(problem({ where: "loadHnswIndex", expected: "the index must be hnsw", got: kind, fix }));
  }
  const shape = {
    connectivity: number("connectivity"),
    expansionAdd: number("expansionAdd"),
    expansionSearch: number("expansionSearch"),
  };
  const graph = emptyGraph("loadHnswIndex", store, shape);
  throughFile((path) => {
    writeFileSync(path, array("graph", "uint8"));
    graph.load(path);
  });
  return hnswOf(store, graph, shape);
}

type GraphShape = Required<Omit<HnswIndexOptions, "metric">>;

function emptyGraph(where: string, { metric, dimension }: VectorStore, shape: GraphShape): NativeGraph {
  // The keys of the cosine metric are normalised.
  return createGraph(where, { dimension, metric: metric === "euclidean" ? "l2sq" : "ip", ...shape });
}

/** The library reads and writes files only. */
function throughFile<T>(use: (path: string) => T): T {
  const folder = mkdtempSync(join(tmpdir(), "attnlab-hnsw-"));
  try {
    return use(join(folder, "graph"));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function hnswOf(store: VectorStore, graph: NativeGraph, shape: GraphShape): NeighborIndex {
  const { metric, dimension } = store;
  return {
    kind: "hnsw",
    metric,
    dimension,
    get size() {
      return store.size;
    },
    get vectors() {
      return store.vectors;
    },
    dotProducts: { build: undefined, search: undefined },
    search: async (queries, options) => {
      checkVectors(search.owner, "queries", queries, dimension);
      const { k, effort = 1 } = parseSearch(search, options, store.size);
      const found = emptyNeighbors(queries, k);
      const prepared = store.kernelQueries(queries);
      // The library keeps at least as many candidates as it is asked for.
      const width = Math.min(store.size, Math.max(k, effort));
      for (let start = 0; start < countOf(queries); start += BLOCK) {
        const indices = graph.search(prepared.subarray(start * dimension, (start + BLOCK) * dimension), dimension, width);
        refine(found, { indices, scores: new Float64Array(indices.length), width, start }, { store, queries });
      }
      return sorted(found);
    },
    add: async (more) => {
      checkVectors("NeighborIndex.add (hnsw)", "keys", more, dimension);
      const first = store.size;
      store.append(more);
      graph.add(store.kernelKeys.subarray(first * dimension), dimension, first);
    },
    serialize: async () => {
      const saved = throughFile((path) => {
        graph.save(path);
        return new Uint8Array(readFileSync(path));
      });
      return writeIndex("hnsw", store, { ...shape }, { graph: saved });
    },
  };
}
