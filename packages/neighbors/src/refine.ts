import type { Neighbors } from "./neighbor-index.ts";
import type { TopProducts } from "./product-kernel.ts";
import { offer, sortLists, type TopLists, topLists } from "./top-list.ts";
import { rowNorm, type VectorStore } from "./vector-store.ts";
import { countOf, type Vectors } from "./vectors.ts";

/**
 * Candidates beyond `k` that a kernel is asked for. Rounding can swap keys whose products nearly agree; with a few to spare the right
 * ones are almost always among them, and where {@link isCertain} cannot tell, the query is searched again in float64.
 */
export const SPARE = 8;

/** Candidates of some queries, `width` each, in any order; index -1 is an empty place. */
export interface Candidates extends TopProducts {
  readonly width: number;
  /** The row of the first of these queries in `queries`. */
  readonly start: number;
}

/** What the searches need besides candidates. */
interface Refinement {
  readonly store: VectorStore;
  readonly queries: Vectors;
  /** Unit roundoff of the kernel when the keys left out were all scored: their order is then made certain. */
  readonly unitRoundoff?: number;
}

/** A result to be filled by {@link refine}. */
export function emptyNeighbors(queries: Vectors, k: number): Neighbors & TopLists {
  return { shape: [countOf(queries), k], ...topLists(countOf(queries), k) };
}

/** Scores candidates in float64 and keeps the best; queries with too few candidates, or uncertain ones, see every key. */
export function refine(found: TopLists, candidates: Candidates, { store, queries, unitRoundoff }: Refinement): number {
  const { k } = found;
  const { width, start } = candidates;
  const rows = candidates.indices.length / width;
  let scans = 0;
  for (let row = 0; row < rows; row++) {
    const query = start + row;
    const norm = rowNorm(queries.data, query * store.dimension, store.dimension, store.center);
    let lowest = Number.POSITIVE_INFINITY;
    let offered = 0;
    for (let at = row * width; at < (row + 1) * width; at++) {
      const key = candidates.indices[at] as number;
      if (key < 0) continue;
      offered++;
      lowest = Math.min(lowest, candidates.scores[at] as number);
      offer(found, query, store.score(queries, query, norm, key), key);
    }
    const complete = offered === store.size;
    const certain = unitRoundoff === undefined || isCertain(store, norm, found.scores[query * k] as number, lowest, unitRoundoff);
    if (complete || (offered >= k && certain)) continue;
    scans++;
    scan(found, store, queries, query, norm);
  }
  return scans;
}

/** Sorts the lists that {@link refine} has filled. */
export function sorted(found: Neighbors & TopLists): Neighbors {
  sortLists(found);
  const { shape, indices, scores } = found;
  return { shape, indices, scores };
}

/**
 * Whether no key outside the candidates can score as high as the worst one kept.
 *
 * A sum of $d$ products in precision $u$ errs by at most $\gamma_d \|q'\| \|x'\|$ with $\gamma_d = du/(1-du)$; preparing the vectors adds
 * rounding of float32. A key left out has a computed product of at most `lowest`.
 */
function isCertain(store: VectorStore, queryNorm: number, worst: number, lowest: number, unitRoundoff: number): boolean {
  const { metric, dimension, maxNorm } = store;
  const terms = (dimension + 2) * unitRoundoff;
  const gamma = terms < 1 ? terms / (1 - terms) : Number.POSITIVE_INFINITY;
  const prepared = metric === "inner-product" ? 0 : 3 * 2 ** -24;
  const reach = metric === "cosine" ? 1 : queryNorm * maxNorm + (metric === "euclidean" ? (maxNorm * maxNorm) / 2 : 0);
  // The last two terms: float64 sums of this check itself, and products too small for float32.
  const bound = (gamma + prepared + (dimension + 4) * 2 ** -52) * reach + dimension * 2 ** -126;
  const product = metric === "euclidean" ? (queryNorm * queryNorm - worst * worst) / 2 : worst;
  const checkError = metric === "euclidean" ? 2 ** -50 * (queryNorm * queryNorm + worst * worst) : 0;
  return product - checkError > lowest + bound;
}

function scan(found: TopLists, store: VectorStore, queries: Vectors, query: number, norm: number): void {
  const base = query * found.k;
  // Start over: a candidate offered twice would take two places.
  found.scores.fill(Number.NEGATIVE_INFINITY, base, base + found.k);
  found.indices.fill(-1, base, base + found.k);
  for (let key = 0; key < store.size; key++) offer(found, query, store.score(queries, query, norm, key), key);
}
