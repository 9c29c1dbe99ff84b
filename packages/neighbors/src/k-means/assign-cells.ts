import { OptionError, optionTable, problem } from "@attnlab/check";
import { kernelOption } from "../kernel-option.ts";
import type { ProductKernel } from "../product-kernel.ts";
import { checkVectors, countOf, dimensionOf, type Vectors } from "../vectors.ts";
import { centeredRows, halfNorms, meanRow } from "./centering.ts";

/** Options of {@link assignCells}. */
export interface AssignCellsOptions {
  /** What multiplies; default {@link typedArrayKernel}. */
  readonly kernel?: ProductKernel;
}

const table = optionTable("assignCells", { kernel: kernelOption });

/** Rows per call of the kernel: they are copied, so that the centre can be taken off. */
const BLOCK = 16384;

/**
 * The nearest centroid of each vector in Euclidean distance, $\arg\max_c \langle x, c\rangle - \|c\|^2/2$; of equal ones the lowest.
 *
 * Shapes: `vectors [count, dimension]`, `centroids [cells, dimension]` → `[count]`.
 *
 * @param vectors - what is assigned.
 * @param centroids - for example those of {@link kMeans}.
 * @param options - see {@link AssignCellsOptions}. A float32 kernel may take either of two centroids whose distances agree in all its digits.
 * @throws DtypeError, ShapeError or DataError for bad vectors or centroids.
 * @example
 * ```ts
 * import { tensorData } from "@attnlab/check";
 * import { assignCells } from "@attnlab/neighbors";
 * const centroids = tensorData("float32", [2, 1], [0, 10]);
 * await assignCells(tensorData("float32", [3, 1], [1, 7, 4]), centroids); // => Int32Array [0, 1, 0]
 * ```
 */
export async function assignCells(vectors: Vectors, centroids: Vectors, options?: AssignCellsOptions): Promise<Int32Array> {
  const { kernel } = table.parse({ ...options });
  checkVectors("assignCells", "centroids", centroids);
  checkVectors("assignCells", "vectors", vectors, dimensionOf(centroids));
  return (await nearestCells(vectors, centroids, 1, kernel)).indices;
}

/** The `k` nearest centroids of each vector, nearest first, with $\langle x, c\rangle - \|c\|^2/2$ about the centroids' mean. */
export async function nearestCells(
  vectors: Vectors,
  centroids: Vectors,
  k: number,
  kernel: ProductKernel,
): Promise<{ readonly indices: Int32Array; readonly scores: Float64Array }> {
  const dimension = dimensionOf(centroids);
  if (k > countOf(centroids)) {
    const expected = `there must be at least ${k} centroids`;
    throw new OptionError(problem({ where: "assignCells", expected, got: String(countOf(centroids)), fix: "Ask for fewer." }));
  }
  const center = meanRow(centroids);
  const keys = centeredRows(centroids.data, center, 0, countOf(centroids));
  const bias = halfNorms(keys, dimension);
  const count = countOf(vectors);
  const indices = new Int32Array(count * k);
  const scores = new Float64Array(count * k);
  for (let start = 0; start < count; start += BLOCK) {
    const queries = centeredRows(vectors.data, center, start, Math.min(count, start + BLOCK));
    const top = await kernel.topProducts({ queries, keys, dimension, k, bias });
    indices.set(top.indices, start * k);
    scores.set(top.scores, start * k);
  }
  return { indices, scores };
}
