export { createExactIndex, type ExactIndexOptions } from "./exact-index.ts";
export { type LoadIndexOptions, loadIndex } from "./load-index.ts";
export type { DotProducts, Metric, NeighborIndex, Neighbors, SearchOptions } from "./neighbor-index.ts";
export type { ProductKernel, ProductTask, TopProducts } from "./product-kernel.ts";
export { type MeasureQualityOptions, measureQuality, recall, type SearchQuality } from "./recall.ts";
export { typedArrayKernel } from "./typed-array-kernel.ts";
export type { Vectors } from "./vectors.ts";
