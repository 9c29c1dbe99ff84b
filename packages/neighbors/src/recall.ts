import { DataError, problem, ShapeError, showShape } from "@attnlab/check";
import { createExactIndex } from "./exact-index.ts";
import type { NeighborIndex, Neighbors, SearchOptions } from "./neighbor-index.ts";
import type { ProductKernel } from "./product-kernel.ts";
import type { Vectors } from "./vectors.ts";

/**
 * The part of the true neighbours that were found: $\frac{1}{nk}\sum_i |A_i \cap B_i|$.
 *
 * Shapes: both `[queries, k]`.
 *
 * @param found - for example the answer of an approximate index.
 * @param exact - the answer of the exact one.
 * @returns a number from 0 to 1.
 * @throws ShapeError when the two answers differ in shape; DataError when they are empty.
 * @example
 * ```ts
 * import { type Neighbors, recall } from "@attnlab/neighbors";
 * const answer = (indices: number[]): Neighbors => ({ shape: [1, 2], indices: Int32Array.from(indices), scores: new Float64Array(2) });
 * recall(answer([3, 5]), answer([5, 8])); // => 0.5
 * ```
 */
export function recall(found: Neighbors, exact: Neighbors): number {
  const [rows, k] = exact.shape;
  if (found.shape[0] !== rows || found.shape[1] !== k) {
    const got = `${showShape(found.shape)} and ${showShape(exact.shape)}`;
    throw new ShapeError(problem({ where: "recall", expected: "both answers must have one shape", got, fix: "Search both with one k." }));
  }
  if (rows * k === 0) {
    throw new DataError(
      problem({ where: "recall", expected: "answers must not be empty", got: showShape(exact.shape), fix: "Search first." }),
    );
  }
  let hits = 0;
  for (let start = 0; start < rows * k; start += k) {
    const wanted = new Set(exact.indices.subarray(start, start + k));
    for (let at = start; at < start + k; at++) if (wanted.has(found.indices[at] as number)) hits++;
  }
  return hits / (rows * k);
}

/** How far the answers of an index are from exact ones. */
export interface SearchQuality {
  /** See {@link recall}. */
  readonly recall: number;
  /**
   * The largest amount by which a key that was missed scores above the worst key found, over the queries; 0 when nothing was missed.
   * Sampling outside the found keys is exact only when it allows for this gap.
   */
  readonly gap: number;
}

/** Options of {@link measureQuality}: those of a search, and the kernel of the exact search. */
export interface MeasureQualityOptions extends SearchOptions {
  /** Default {@link typedArrayKernel}. */
  readonly kernel?: ProductKernel;
}

/**
 * Compares an index with exact search on some queries: a few dozen tell what recall to expect.
 *
 * Shapes: `queries [queries, dimension]`.
 *
 * @param index - any index.
 * @param queries - the probes.
 * @param options - `k` and `effort` of the search, and the kernel for the exact one.
 * @throws what `search` throws.
 * @example
 * ```ts
 * import { createRng } from "@attnlab/random";
 * import { tensorData } from "@attnlab/check";
 * import { createExactIndex, measureQuality } from "@attnlab/neighbors";
 * const keys = tensorData("float32", [50, 4], createRng(1).fillNormal(new Float32Array(200)));
 * await measureQuality(await createExactIndex(keys), keys, { k: 5 }); // => { recall: 1, gap: 0 }
 * ```
 */
export async function measureQuality(index: NeighborIndex, queries: Vectors, options: MeasureQualityOptions): Promise<SearchQuality> {
  const { kernel, ...search } = options;
  const found = await index.search(queries, search);
  const reference = await createExactIndex(
    index.vectors,
    kernel === undefined ? { metric: index.metric } : { metric: index.metric, kernel },
  );
  const exact = await reference.search(queries, { k: search.k });
  let gap = 0;
  const [rows, k] = exact.shape;
  for (let start = 0; start < rows * k; start += k) {
    const have = new Set(found.indices.subarray(start, start + k));
    const worst = found.scores[start + k - 1] as number;
    for (let at = start; at < start + k; at++) {
      if (!have.has(exact.indices[at] as number)) gap = Math.max(gap, (exact.scores[at] as number) - worst);
    }
  }
  return { recall: recall(found, exact), gap };
}
