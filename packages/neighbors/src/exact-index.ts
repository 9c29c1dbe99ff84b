import { optionTable } from "@attnlab/check";
import { kernelOption } from "./kernel-option.ts";
import type { Metric, NeighborIndex } from "./neighbor-index.ts";
import type { ProductKernel } from "./product-kernel.ts";
import { emptyNeighbors, refine, SPARE, sorted } from "./refine.ts";
import { metricOption, parseSearch, searchTable } from "./search-options.ts";
import { writeIndex } from "./serialized-index.ts";
import { createVectorStore, type VectorStore } from "./vector-store.ts";
import { checkVectors, countOf, type Vectors } from "./vectors.ts";

/** Options of {@link createExactIndex}. */
export interface ExactIndexOptions {
  /** Default `"inner-product"`. */
  readonly metric?: Metric;
  /** What multiplies; default {@link typedArrayKernel}. */
  readonly kernel?: ProductKernel;
}

const table = optionTable("createExactIndex", { metric: metricOption, kernel: kernelOption });
const search = searchTable("NeighborIndex.search (exact)");

/** Queries per call of the kernel: bounds the memory of the candidates. */
const BLOCK = 4096;

/**
 * An index that compares every query with every key, in blocks: memory grows with `queries * k`, not with `queries * keys`.
 *
 * The result is that of float64 sums whatever the kernel: a float32 kernel proposes, candidates are scored again, and a query whose
 * answer rounding could have changed is searched again in float64.
 *
 * Shapes: `keys [count, dimension]` → neighbours `[queries, k]`.
 *
 * @param keys - copied.
 * @param options - see {@link ExactIndexOptions}.
 * @throws OptionError, DtypeError, ShapeError or DataError for bad options or keys.
 * @example
 * ```ts
 * import { tensorData } from "@attnlab/check";
 * import { createExactIndex } from "@attnlab/neighbors";
 * const index = await createExactIndex(tensorData("float32", [3, 2], [0, 0, 3, 4, 1, 0]), { metric: "euclidean" });
 * const { indices, scores } = await index.search(tensorData("float32", [1, 2], [0, 0]), { k: 3 });
 * indices; // => Int32Array [0, 2, 1]
 * scores; // => Float64Array [0, -1, -5]
 * ```
 */
export async function createExactIndex(keys: Vectors, options?: ExactIndexOptions): Promise<NeighborIndex> {
  const { metric, kernel } = table.parse({ ...options });
  checkVectors("createExactIndex", "keys", keys);
  return exactIndexOf(createVectorStore(metric, keys), kernel);
}

/** The index over a store that is already filled. */
export function exactIndexOf(store: VectorStore, kernel: ProductKernel): NeighborIndex {
  const { metric, dimension } = store;
  let searched = 0;
  return {
    kind: "exact",
    metric,
    dimension,
    get size() {
      return store.size;
    },
    get vectors() {
      return store.vectors;
    },
    get dotProducts() {
      return { build: 0, search: searched };
    },
    search: async (queries, options) => {
      checkVectors(search.owner, "queries", queries, dimension);
      const { k } = parseSearch(search, options, store.size);
      const found = emptyNeighbors(queries, k);
      const rows = countOf(queries);
      const prepared = store.kernelQueries(queries);
      const { kernelKeys, bias, size } = store;
      const width = Math.min(size, k + SPARE);
      for (let start = 0; start < rows; start += BLOCK) {
        const block = prepared.subarray(start * dimension, (start + BLOCK) * dimension);
        const task = { queries: block, keys: kernelKeys, dimension, k: width };
        const candidates = await kernel.topProducts(bias === undefined ? task : { ...task, bias });
        refine(found, { ...candidates, width, start }, { store, queries, unitRoundoff: kernel.unitRoundoff });
      }
      searched += rows * size;
      return sorted(found);
    },
    add: async (more) => {
      checkVectors("NeighborIndex.add (exact)", "keys", more, dimension);
      store.append(more);
    },
    serialize: async () => writeIndex("exact", store, {}, {}),
  };
}
