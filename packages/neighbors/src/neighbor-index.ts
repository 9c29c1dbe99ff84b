import type { Vectors } from "./vectors.ts";

/**
 * What "near" means: `"inner-product"` $\langle q, x\rangle$, `"cosine"` $\langle q, x\rangle / (\|q\| \|x\|)$ (0 for a zero vector), or
 * `"euclidean"`, whose score is the negative distance $-\|q - x\|_2$, so that a larger score is better in every metric.
 */
export type Metric = "inner-product" | "euclidean" | "cosine";

/** Every metric, in the order of {@link Metric}. */
export const METRICS: readonly Metric[] = ["inner-product", "euclidean", "cosine"];

/** The best keys of each query: always `k` different keys, best first, and of equal scores the lower index first. */
export interface Neighbors {
  /** `[queries, k]`. */
  readonly shape: readonly [number, number];
  /** Positions of the keys in the order they were added, row by row. */
  readonly indices: Int32Array;
  /** Their scores in the index's metric, summed in float64, row by row. */
  readonly scores: Float64Array;
}

/** Options of {@link NeighborIndex.search}. */
export interface SearchOptions {
  /** Neighbours per query, from 1 to the number of keys. */
  readonly k: number;
  /**
   * How hard an approximate index looks: cells probed (inverted file), buckets per table (LSH), candidates kept (HNSW). Larger is
   * slower and finds more. Default: what the index was built with. The exact index has no use for it.
   */
  readonly effort?: number;
}

/** Vectors whose inner product was taken; taking one again, for the digits of a reported score, is not counted. */
export interface DotProducts {
  /** While building and adding; `undefined` when the library underneath does not tell. */
  readonly build: number | undefined;
  /** In all searches so far; `undefined` when the library underneath does not tell. */
  readonly search: number | undefined;
}

/**
 * A set of keys that answers which of them are nearest to a query.
 *
 * The answers depend on the keys, the options and the seed alone, not on threads, block sizes or what was searched before.
 */
export interface NeighborIndex {
  readonly kind: "exact" | "inverted-file" | "lsh" | "hnsw";
  readonly metric: Metric;
  /** Components per vector. */
  readonly dimension: number;
  /** Number of keys. */
  readonly size: number;
  /** All keys in the order they were added: a view that the next `add` may leave behind. */
  readonly vectors: Vectors;
  /** Work done so far. */
  readonly dotProducts: DotProducts;
  /**
   * Finds the best keys of each query.
   *
   * @param queries - `[queries, dimension]`.
   * @throws OptionError when `k` is larger than the number of keys; ShapeError, DtypeError or DataError for bad queries.
   */
  readonly search: (queries: Vectors, options: SearchOptions) => Promise<Neighbors>;
  /**
   * Appends keys; the first gets the index `size`. Searches that begin afterwards see them, so that a causal loop searches, then adds.
   *
   * @param keys - `[count, dimension]`; copied.
   */
  readonly add: (keys: Vectors) => Promise<void>;
  /** The whole index as bytes, keys included, the same on every platform of the same byte order. */
  readonly serialize: () => Promise<Uint8Array<ArrayBuffer>>;
}
