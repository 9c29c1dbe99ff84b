import { integerOption, numberOption, type OptionRule, oneOfOption, optionTable } from "@attnlab/check";
import type { Rng } from "@attnlab/random";
import { augmentRows } from "../augment.ts";
import { exactIndexOf } from "../exact-index.ts";
import { assignCells } from "../k-means/assign-cells.ts";
import { kMeans } from "../k-means/k-means.ts";
import { kernelOption } from "../kernel-option.ts";
import type { Metric, NeighborIndex } from "../neighbor-index.ts";
import type { ProductKernel } from "../product-kernel.ts";
import { emptyNeighbors, refine, SPARE, sorted } from "../refine.ts";
import { rngOption } from "../rng-option.ts";
import { metricOption, parseSearch, searchTable } from "../search-options.ts";
import { type SavedIndex, writeIndex } from "../serialized-index.ts";
import { offer, type TopLists, topLists } from "../top-list.ts";
import { createVectorStore, type VectorStore } from "../vector-store.ts";
import { checkVectors, countOf, type Vectors, vectorsOf } from "../vectors.ts";
import { type Cells, createCells } from "./cells.ts";
import { probeCells } from "./probe-cells.ts";

/** Options of {@link createInvertedFileIndex}. */
export interface InvertedFileIndexOptions {
  /** Chooses the sample and the starting centroids. */
  readonly rng: Rng;
  /** Default `"inner-product"`. */
  readonly metric?: Metric;
  /** Cells; default: the square root of the number of keys, rounded down. */
  readonly cells?: number;
  /** Cells that a search looks into, unless its `effort` says otherwise; default 8. */
  readonly probes?: number;
  /** Of k-means, see {@link KMeansOptions}; default `"k-means++"`. */
  readonly init?: "k-means++" | "random";
  /** Of k-means; default 6. */
  readonly iterations?: number;
  /** Of k-means; default 32. */
  readonly samplePerCell?: number;
  /** Of k-means: the largest cell over the mean; default `Infinity`. Keys that are added later go to their nearest cell. */
  readonly balance?: number;
  /** What multiplies; default {@link typedArrayKernel}. */
  readonly kernel?: ProductKernel;
}

const table = optionTable("createInvertedFileIndex", {
  rng: rngOption,
  metric: metricOption,
  cells: integerOption({ doc: "The number of cells.", min: 1 }) as OptionRule<number | undefined>,
  probes: integerOption({ doc: "Cells that a search looks into.", min: 1, default: 8 }),
  init: oneOfOption(["k-means++", "random"], { doc: "How centroids start.", default: "k-means++" }),
  iterations: integerOption({ doc: "Most passes of k-means.", min: 1, default: 6 }),
  samplePerCell: numberOption({ doc: "Keys to train on, per cell.", min: 1, max: Number.POSITIVE_INFINITY, default: 32 }),
  balance: numberOption({
    doc: "The largest cell allowed, over the mean size.",
    min: 1,
    max: Number.POSITIVE_INFINITY,
    default: Number.POSITIVE_INFINITY,
  }),
  kernel: kernelOption,
});
const search = searchTable("NeighborIndex.search (inverted-file)");

/** Visits of cells that are sorted by cell together: the more, the larger the products. */
const VISITS = 2 ** 18;
/** Products of one cell that are held at a time. */
const PRODUCTS = 2 ** 20;

/**
 * An index that cuts the keys into cells by {@link kMeans} and searches only the cells whose centroids suit a query best: with $\sqrt n$
 * cells a query costs about $(1 + p)\sqrt n$ products for $p$ probes.
 *
 * For inner products the cells are those of the augmented keys $[x; \sqrt{R^2 - \|x\|^2}]$, and cells are probed by $\langle q, c\rangle$.
 * All queries that visit a cell share one matrix product.
 *
 * Shapes: `keys [count, dimension]` → neighbours `[queries, k]`.
 *
 * @param keys - copied.
 * @param options - see {@link InvertedFileIndexOptions}; `effort` of a search is the number of cells it looks into.
 * @throws OptionError when there are more cells than keys or another option is bad; DtypeError, ShapeError or DataError for bad keys.
 * @example
 * ```ts
 * import { createRng } from "@attnlab/random";
 * import { tensorData } from "@attnlab/check";
 * import { createInvertedFileIndex } from "@attnlab/neighbors";
 * const keys = tensorData("float32", [400, 8], createRng(1).fillNormal(new Float32Array(3200)));
 * const index = await createInvertedFileIndex(keys, { metric: "euclidean", rng: createRng(2), probes: 4 });
 * const { indices } = await index.search(keys, { k: 1 });
 * indices.every((key, query) => key === query); // => true
 * Number(index.dotProducts.search) < 400 * 400; // => true
 * ```
 * @see Jégou, Douze and Schmid 2011; the augmented coordinate is that of Neyshabur and Srebro 2015.
 */
export async function createInvertedFileIndex(keys: Vectors, options: InvertedFileIndexOptions): Promise<NeighborIndex> {
  const { metric, kernel, rng, probes, ...training } = table.parse({ ...options });
  checkVectors("createInvertedFileIndex", "keys", keys);
  const store = createVectorStore(metric, keys);
  const cellCount = training.cells ?? Math.max(1, Math.floor(Math.sqrt(store.size)));
  const radius = store.maxNorm;
  const trained = await kMeans(trainable(metric, store.kernelKeys, store.dimension, radius), {
    ...training,
    cells: cellCount,
    rng,
    kernel,
  });
  const cells = createCells(store, cellCount);
  cells.append(trained.assignments);
  return invertedFileOf({ store, kernel, probes, radius, centroids: trained.centroids, cells, built: trained.dotProducts });
}

/** $x'$ as k-means sees them. */
function trainable(metric: Metric, rows: Float32Array, dimension: number, radius: number): Vectors {
  return metric === "inner-product" ? vectorsOf(augmentRows(rows, dimension, radius), dimension + 1) : vectorsOf(rows, dimension);
}

/** Restores an index that `serialize` wrote. */
export function loadInvertedFile({ store, number, array }: SavedIndex, kernel: ProductKernel): NeighborIndex {
  const dimension = store.dimension + (store.metric === "inner-product" ? 1 : 0);
  const centroids = vectorsOf(array("centroids", "float32"), dimension);
  const cells = createCells(store, countOf(centroids));
  cells.append(array("assignments", "int32"));
  return invertedFileOf({ store, kernel, probes: number("probes"), radius: number("radius"), centroids, cells, built: number("built") });
}

interface Parts {
  readonly store: VectorStore;
  readonly kernel: ProductKernel;
  readonly probes: number;
  /** $R$. */
  readonly radius: number;
  readonly centroids: Vectors;
  readonly cells: Cells;
  /** Products taken by k-means. */
  readonly built: number;
}

/** Centroids as queries are compared with them: distances to them in the Euclidean metric, products with their first coordinates otherwise. */
function coarseIndex({ store, centroids, kernel }: Parts): NeighborIndex {
  const { dimension, metric } = store;
  const wide = centroids.shape[1] as number;
  const rows = new Float32Array(countOf(centroids) * dimension);
  for (let i = 0; i < countOf(centroids); i++) rows.set(centroids.data.subarray(i * wide, i * wide + dimension), i * dimension);
  const coarseMetric = metric === "euclidean" ? "euclidean" : "inner-product";
  return exactIndexOf(createVectorStore(coarseMetric, vectorsOf(rows, dimension)), kernel);
}

function gatherRows(data: Float32Array, rows: Int32Array, dimension: number): Float32Array {
  const out = new Float32Array(rows.length * dimension);
  for (let i = 0; i < rows.length; i++) {
    const row = rows[i] as number;
    out.set(data.subarray(row * dimension, (row + 1) * dimension), i * dimension);
  }
  return out;
}

/** Offers the products of some queries with the keys of a cell. Most are worse than what a query has already seen elsewhere. */
function offerProducts(lists: TopLists, queries: Int32Array, ids: Int32Array, products: Float32Array | Float64Array): void {
  const { scores, k } = lists;
  for (let i = 0, at = 0; i < queries.length; i++) {
    const query = queries[i] as number;
    for (let j = 0; j < ids.length; j++, at++) {
      const score = products[at] as number;
      if (score >= (scores[query * k] as number)) offer(lists, query, score, ids[j] as number);
    }
  }
}

function invertedFileOf(parts: Parts): NeighborIndex {
  const { store, kernel, probes, radius, centroids, cells } = parts;
  const { metric, dimension } = store;
  const coarse = coarseIndex(parts);
  let built = parts.built;
  let searched = 0;
  return {
    kind: "inverted-file",
    metric,
    dimension,
    get size() {
      return store.size;
    },
    get vectors() {
      return store.vectors;
    },
    get dotProducts() {
      return { build: built, search: searched };
    },
    search: async (queries, options) => {
      checkVectors(search.owner, "queries", queries, dimension);
      const { k, effort = probes } = parseSearch(search, options, store.size);
      const found = emptyNeighbors(queries, k);
      const prepared = store.kernelQueries(queries);
      const width = Math.min(store.size, k + SPARE);
      const rowBlock = Math.max(64, Math.floor(VISITS / Math.min(effort, cells.count)));
      for (let start = 0; start < countOf(queries); start += rowBlock) {
        const block = vectorsOf(prepared.subarray(start * dimension, (start + rowBlock) * dimension), dimension);
        const visits = await probeCells(block, coarse, cells, effort, k);
        searched += visits.compared;
        const lists = topLists(countOf(block), width);
        for (let cell = 0; cell < cells.count; cell++) {
          const visitors = visits.members.subarray(visits.offsets[cell], visits.offsets[cell + 1]);
          if (visitors.length === 0 || cells.sizeOf(cell) === 0) continue;
          const { ids, keys, bias } = cells.at(cell);
          const rowBlockInCell = Math.max(1, Math.floor(PRODUCTS / ids.length));
          for (let first = 0; first < visitors.length; first += rowBlockInCell) {
            const here = visitors.subarray(first, first + rowBlockInCell).map((visit) => visits.queries[visit] as number);
            const task = { queries: gatherRows(block.data, here, dimension), keys, dimension };
            const products = await kernel.products(bias === undefined ? task : { ...task, bias });
            offerProducts(lists, here, ids, products);
          }
          searched += visitors.length * ids.length;
        }
        searched += store.size * refine(found, { ...lists, width, start }, { store, queries });
      }
      return sorted(found);
    },
    add: async (more) => {
      checkVectors("NeighborIndex.add (inverted-file)", "keys", more, dimension);
      const assigned = await assignCells(trainable(metric, store.kernelQueries(more), dimension, radius), centroids, { kernel });
      // Together, so that a search in between finds every key of the store in a cell.
      store.append(more);
      cells.append(assigned);
      built += countOf(more) * cells.count;
    },
    serialize: async () => {
      const arrays = { centroids: centroids.data, assignments: cells.assignments };
      return writeIndex("inverted-file", store, { probes, radius, built }, arrays);
    },
  };
}
