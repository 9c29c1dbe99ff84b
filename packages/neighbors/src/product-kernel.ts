/** Queries and keys whose inner products are wanted; rows of `dimension` float32 numbers each. */
export interface ProductTask {
  /** `[queries, dimension]`, row by row. */
  readonly queries: Float32Array;
  /** `[keys, dimension]`, row by row. */
  readonly keys: Float32Array;
  readonly dimension: number;
  /** How many keys to keep for each query, from 1 to the number of keys. */
  readonly k: number;
  /** Added to the products of each key, `[keys]`; default: nothing. */
  readonly bias?: Float32Array;
}

/** The best keys of each query, best first. */
export interface TopProducts {
  /** Rows of `keys`, `[queries, k]`. */
  readonly indices: Int32Array;
  /** $\langle q, x \rangle + b$ of these keys, `[queries, k]`. */
  readonly scores: Float64Array;
}

/**
 * What computes inner products and keeps the largest: {@link typedArrayKernel} anywhere, `createOnnxKernel` of
 * `@attnlab/neighbors/node` several times faster. Every index and `kMeans` takes one; it belongs to whoever made it.
 */
export interface ProductKernel {
  /** Unit roundoff of its sums: $2^{-53}$ or $2^{-24}$. Searches derive from it which answers they must check again. */
  readonly unitRoundoff: number;
  /** Of equal scores the lower row of `keys` comes first. */
  readonly topProducts: (task: ProductTask) => Promise<TopProducts>;
  /** All products with their biases, `[queries, keys]`, for whoever selects from them. */
  readonly products: (task: Omit<ProductTask, "k">) => Promise<Float32Array | Float64Array>;
}
