import { DataError, integerOption, numberOption, OptionError, oneOfOption, optionTable, problem } from "@attnlab/check";
import type { Rng } from "@attnlab/random";
import { kernelOption } from "../kernel-option.ts";
import type { ProductKernel } from "../product-kernel.ts";
import { rngOption } from "../rng-option.ts";
import { checkVectors, countOf, dimensionOf, type Vectors, vectorsOf } from "../vectors.ts";
import { nearestCells } from "./assign-cells.ts";
import { balanceCells } from "./balance-cells.ts";
import { type CellLists, cellLists } from "./cell-lists.ts";
import { centeredRows, meanRow, squaredDistance } from "./centering.ts";
import { lloyd } from "./lloyd.ts";
import { plusPlusRows } from "./plus-plus.ts";

/** Options of {@link kMeans}. */
export interface KMeansOptions {
  /** Number of centroids, from 1 to the number of vectors. */
  readonly cells: number;
  readonly rng: Rng;
  /** Starting centroids: by D² sampling, or any different vectors. Default `"k-means++"`. */
  readonly init?: "k-means++" | "random";
  /** At most this many passes over the sample; default 10. It ends earlier when no vector changes its cell. */
  readonly iterations?: number;
  /** Centroids are trained on at most `samplePerCell * cells` vectors; default 64, `Infinity` for all. */
  readonly samplePerCell?: number;
  /** No cell gets more than `ceil(balance * count / cells)` vectors; default `Infinity`, no limit. */
  readonly balance?: number;
  /** What multiplies; default {@link typedArrayKernel}. */
  readonly kernel?: ProductKernel;
}

/** Centroids and who belongs to them. */
export interface KMeans extends CellLists {
  /** `[cells, dimension]`. */
  readonly centroids: Vectors;
  /** The cell of each vector, `[count]`: the nearest one, unless `balance` filled it. */
  readonly assignments: Int32Array;
  /** $\sum_i \|x_i - c_{a_i}\|^2$ over all vectors. */
  readonly inertia: number;
  /** Passes over the sample. */
  readonly iterations: number;
  /** Products of a vector and a centroid that were taken. */
  readonly dotProducts: number;
}

const table = optionTable("kMeans", {
  cells: integerOption({ doc: "The number of centroids.", min: 1, required: true }),
  rng: rngOption,
  init: oneOfOption(["k-means++", "random"], { doc: "How centroids start.", default: "k-means++" }),
  iterations: integerOption({ doc: "Most passes over the sample.", min: 1, default: 10 }),
  samplePerCell: numberOption({
    doc: "Vectors to train on, per cell.",
    min: 1,
    max: Number.POSITIVE_INFINITY,
    default: 64,
  }),
  balance: numberOption({
    doc: "The largest cell allowed, over the mean size.",
    min: 1,
    max: Number.POSITIVE_INFINITY,
    default: Number.POSITIVE_INFINITY,
  }),
  kernel: kernelOption,
});

/** The distance of two vectors is at most twice their distance to the mean, its square four times: far inside float32. */
const MOST_SQUARE = 1e37;

/**
 * Cuts vectors into cells around centroids that lower $\sum_i \min_c \|x_i - c\|^2$: Lloyd's algorithm on a sample, then one pass over all.
 *
 * Shapes: `vectors [count, dimension]` → `centroids [cells, dimension]`, `assignments [count]`, `offsets [cells + 1]`, `members [count]`.
 *
 * Takes about `2 * samplePerCell * cells² * iterations + count * cells` products; with the kernel of `@attnlab/neighbors/node` a million
 * vectors of 64 dimensions go to a thousand cells in a few seconds on one core.
 *
 * @param vectors - not changed.
 * @param options - see {@link KMeansOptions}.
 * @throws OptionError when there are more cells than vectors; DtypeError, ShapeError or DataError for bad vectors, and for vectors so far
 * apart that squared distances leave float32.
 * @example
 * ```ts
 * import { createRng } from "@attnlab/random";
 * import { tensorData } from "@attnlab/check";
 * import { kMeans } from "@attnlab/neighbors";
 * const points = tensorData("float32", [5, 1], [0, 10, 1, 11, 0.5]);
 * const { centroids, assignments, inertia } = await kMeans(points, { cells: 2, rng: createRng(1) });
 * assignments[0] === assignments[2] && assignments[1] === assignments[3]; // => true
 * [...centroids.data].sort(); // => [0.5, 10.5]
 * inertia; // => 1
 * ```
 * @see Lloyd 1982; Arthur and Vassilvitskii 2007 for the start. scikit-learn trains on all vectors: set `samplePerCell: Infinity`.
 */
export async function kMeans(vectors: Vectors, options: KMeansOptions): Promise<KMeans> {
  const { cells, rng, init, iterations, samplePerCell, balance, kernel } = table.parse({ ...options });
  checkVectors("kMeans", "vectors", vectors);
  const [count, dimension] = [countOf(vectors), dimensionOf(vectors)];
  if (cells > count) {
    const expected = `cells must be at most the number of vectors, ${count}`;
    throw new OptionError(problem({ where: "kMeans", expected, got: String(cells), fix: "Ask for fewer cells." }));
  }
  const center = meanRow(vectors);
  checkSpread(vectors.data, center);
  const sampleSize = Math.min(count, Math.ceil(samplePerCell * cells));
  const sample = centeredRows(sampleRows(vectors, sampleSize, rng.split("sample")), center, 0, sampleSize);
  const startRng = rng.split("start");
  const rows =
    init === "random" ? differentRows(sampleSize, cells, startRng) : await plusPlusRows(sample, dimension, cells, startRng, kernel);
  const trained = await lloyd(sample, dimension, gather(sample, rows, dimension), iterations, kernel);
  const centroids = vectorsOf(
    trained.centroids.map((value, i) => value + (center[i % dimension] as number)),
    dimension,
  );
  const assignments = Number.isFinite(balance)
    ? await balanceCells(vectors, centroids, Math.ceil((balance * count) / cells), kernel)
    : (await nearestCells(vectors, centroids, 1, kernel)).indices;
  let inertia = 0;
  for (let i = 0; i < count; i++) inertia += squaredDistance(vectors.data, i, centroids.data, assignments[i] as number, dimension);
  const passes = trained.iterations + (init === "random" ? 0 : 1);
  const dotProducts = (sampleSize * passes + count) * cells;
  return { centroids, assignments, ...cellLists(assignments, cells), inertia, iterations: trained.iterations, dotProducts };
}

/** @throws DataError when squared distances would leave float32, where no centroid is the nearest. */
function checkSpread(data: Float32Array, center: Float64Array): void {
  const dimension = center.length;
  let most = 0;
  for (let i = 0; i < data.length; i += dimension) {
    let square = 0;
    for (let j = 0; j < dimension; j++) square += ((data[i + j] as number) - (center[j] as number)) ** 2;
    if (square > most) most = square;
  }
  if (most <= MOST_SQUARE) return;
  const expected = `squared distances to the mean must be at most ${MOST_SQUARE}, because float32 ends soon after`;
  const fix = "Divide all vectors by one number first; the cells stay the same.";
  throw new DataError(problem({ where: "kMeans", expected, got: most.toPrecision(2), fix }));
}

/** `wanted` different numbers below `count`, ascending. */
function differentRows(count: number, wanted: number, rng: Rng): Int32Array {
  const rows = Int32Array.from({ length: count }, (_, i) => i);
  for (let i = 0; i < wanted; i++) {
    const j = i + rng.integer(count - i);
    const kept = rows[i] as number;
    rows[i] = rows[j] as number;
    rows[j] = kept;
  }
  return rows.slice(0, wanted).sort();
}

function sampleRows(vectors: Vectors, size: number, rng: Rng): Float32Array {
  const count = countOf(vectors);
  return size === count ? vectors.data : gather(vectors.data, differentRows(count, size, rng), dimensionOf(vectors));
}

function gather(data: Float32Array, rows: Int32Array, dimension: number): Float32Array {
  const out = new Float32Array(rows.length * dimension);
  rows.forEach((row, i) => {
    out.set(data.subarray(row * dimension, (row + 1) * dimension), i * dimension);
  });
  return out;
}
