import type { Metric } from "./neighbor-index.ts";
import { countOf, dimensionOf, type Vectors, vectorsOf } from "./vectors.ts";

/**
 * The keys of an index as they were given, and as the inner products of a kernel need them: for every metric
 * $\langle q', x' \rangle + b$ orders the keys as the metric does.
 *
 * - inner product: $q' = q$, $x' = x$, $b = 0$;
 * - cosine: both divided by their norms;
 * - Euclidean: both minus the mean $\mu$ of the first keys, $b = -\|x'\|^2/2$. Without the shift, data far from the origin would
 *   lose its distances in float32.
 */
export interface VectorStore {
  readonly metric: Metric;
  readonly dimension: number;
  /** Number of keys. */
  readonly size: number;
  /** The keys as given. */
  readonly vectors: Vectors;
  /** $x'$ of all keys. */
  readonly kernelKeys: Float32Array;
  /** $b$ of all keys. */
  readonly bias: Float32Array | undefined;
  /** $\mu$; empty unless the metric is Euclidean. */
  readonly center: Float64Array;
  /** The largest $\|x'\|$. */
  readonly maxNorm: number;
  readonly append: (vectors: Vectors) => void;
  /** $q'$ of all queries. */
  readonly kernelQueries: (queries: Vectors) => Float32Array;
  /** The metric's score of one query and one key, in float64. */
  readonly score: (queries: Vectors, query: number, queryNorm: number, key: number) => number;
}

/** $\|v\|$ of the row at `offset`, minus `center` where there is one. */
export function rowNorm(data: Float32Array, offset: number, dimension: number, center: Float64Array): number {
  let sum = 0;
  if (center.length === 0) for (let j = 0; j < dimension; j++) sum += (data[offset + j] as number) ** 2;
  else for (let j = 0; j < dimension; j++) sum += ((data[offset + j] as number) - (center[j] as number)) ** 2;
  return Math.sqrt(sum);
}

function meanOf({ data }: Vectors, dimension: number): Float64Array {
  const mean = new Float64Array(dimension);
  for (let i = 0; i < data.length; i += dimension) for (let j = 0; j < dimension; j++) (mean[j] as number) += data[i + j] as number;
  return mean.map((sum) => (sum * dimension) / data.length);
}

/** What an index must keep beside its keys, so that it can be restored: the mean of the keys it was built from. */
export function createVectorStore(metric: Metric, first: Vectors, savedCenter?: Float64Array): VectorStore {
  const dimension = dimensionOf(first);
  const center = savedCenter ?? (metric === "euclidean" ? meanOf(first, dimension) : new Float64Array());
  let size = 0;
  let maxNorm = 0;
  let raw: Float32Array = new Float32Array();
  let derived: Float32Array = new Float32Array();
  let bias: Float32Array = new Float32Array();
  let norms: Float64Array = new Float64Array();

  const prepare = (from: Float32Array, to: Float32Array, offset: number, norm: number): void => {
    const inverse = norm === 0 ? 0 : 1 / norm;
    for (let j = 0; j < from.length; j++) {
      const value = from[j] as number;
      to[offset + j] = metric === "cosine" ? value * inverse : value - (center[j] as number);
    }
  };
  const append = (vectors: Vectors): void => {
    const total = size + countOf(vectors);
    raw = grown(raw, size * dimension, total * dimension);
    raw.set(vectors.data, size * dimension);
    if (metric === "inner-product") derived = raw;
    else derived = grown(derived, size * dimension, total * dimension);
    norms = grown(norms, size, total);
    if (metric === "euclidean") bias = grown(bias, size, total);
    for (let i = size; i < total; i++) {
      const norm = rowNorm(raw, i * dimension, dimension, center);
      norms[i] = norm;
      if (metric !== "inner-product") prepare(raw.subarray(i * dimension, (i + 1) * dimension), derived, i * dimension, norm);
      if (metric === "euclidean") bias[i] = -(norm * norm) / 2;
      maxNorm = Math.max(maxNorm, metric === "cosine" ? Math.min(norm, 1) : norm);
    }
    size = total;
  };
  const dot = (a: Float32Array, aStart: number, bStart: number): number => {
    let sum = 0;
    for (let j = 0; j < dimension; j++) sum += (a[aStart + j] as number) * (raw[bStart + j] as number);
    return sum;
  };
  const scores: Readonly<Record<Metric, VectorStore["score"]>> = {
    "inner-product": (queries, query, _norm, key) => dot(queries.data, query * dimension, key * dimension),
    cosine: (queries, query, norm, key) => {
      const norms2 = norm * (norms[key] as number);
      if (norms2 === 0) return 0;
      return Math.max(-1, Math.min(1, dot(queries.data, query * dimension, key * dimension) / norms2));
    },
    euclidean: (queries, query, _norm, key) => {
      let sum = 0;
      const [q, x] = [query * dimension, key * dimension];
      for (let j = 0; j < dimension; j++) sum += ((queries.data[q + j] as number) - (raw[x + j] as number)) ** 2;
      // Not -0 for a query that is a key.
      return 0 - Math.sqrt(sum);
    },
  };
  append(first);
  return {
    metric,
    dimension,
    get size() {
      return size;
    },
    get vectors() {
      return vectorsOf(raw.subarray(0, size * dimension), dimension);
    },
    get kernelKeys() {
      return derived.subarray(0, size * dimension);
    },
    get bias() {
      return metric === "euclidean" ? bias.subarray(0, size) : undefined;
    },
    get maxNorm() {
      return maxNorm;
    },
    center,
    append,
    kernelQueries: (queries) => {
      if (metric === "inner-product") return queries.data;
      const out = new Float32Array(queries.data.length);
      for (let start = 0; start < out.length; start += dimension) {
        prepare(queries.data.subarray(start, start + dimension), out, start, rowNorm(queries.data, start, dimension, center));
      }
      return out;
    },
    score: scores[metric],
  };
}

/** An array that holds `needed` elements and the first `used` of the old one; doubling makes appending one by one linear. */
function grown<T extends Float32Array | Float64Array>(old: T, used: number, needed: number): T {
  if (needed <= old.length) return old;
  // The first keys rarely get company, so only later growth leaves room.
  const room = used === 0 ? needed : Math.max(needed, 2 * old.length);
  const next = (old instanceof Float32Array ? new Float32Array(room) : new Float64Array(room)) as T;
  next.set(old.subarray(0, used));
  return next;
}
