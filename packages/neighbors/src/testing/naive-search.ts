import type { Metric, Neighbors } from "../neighbor-index.ts";
import { countOf, dimensionOf, type Vectors } from "../vectors.ts";

/** The score of one query and one key, straight from the definition. */
function scoreOf(metric: Metric, query: Float32Array, key: Float32Array): number {
  let [product, queryNorm, keyNorm, distance] = [0, 0, 0, 0];
  for (let j = 0; j < query.length; j++) {
    const [q, x] = [query[j] as number, key[j] as number];
    product += q * x;
    queryNorm += q * q;
    keyNorm += x * x;
    distance += (q - x) ** 2;
  }
  if (metric === "inner-product") return product;
  if (metric === "euclidean") return 0 - Math.sqrt(distance);
  return product === 0 ? 0 : product / Math.sqrt(queryNorm) / Math.sqrt(keyNorm);
}

/** Scores every pair and sorts: the reference of the conformance suite. */
export function naiveSearch(keys: Vectors, queries: Vectors, metric: Metric, k: number): Neighbors {
  const dimension = dimensionOf(keys);
  const row = (from: Vectors, i: number): Float32Array => from.data.subarray(i * dimension, (i + 1) * dimension);
  const rows = countOf(queries);
  const indices = new Int32Array(rows * k);
  const scores = new Float64Array(rows * k);
  for (let query = 0; query < rows; query++) {
    const all = Array.from({ length: countOf(keys) }, (_, key) => ({ key, score: scoreOf(metric, row(queries, query), row(keys, key)) }));
    all.sort((a, b) => b.score - a.score || a.key - b.key);
    all.slice(0, k).forEach(({ key, score }, at) => {
      indices[query * k + at] = key;
      scores[query * k + at] = score;
    });
  }
  return { shape: [rows, k], indices, scores };
}
