import { customOption, integerOption, OptionError, type OptionRule, problem } from "@attnlab/check";
import { createExactIndex, type NeighborIndex, type Vectors } from "@attnlab/neighbors";
import type { VisibleHead } from "../visible-head.ts";

/** How the keys of large scores are found. */
export interface NearestKeyOptions {
  /** $k$: keys per query, at most the number of keys; default the whole part of its square root. A query that sees fewer takes all. */
  readonly k?: number;
  /** Makes the index over the keys of one head, by inner product; default an exact one. */
  readonly buildIndex?: (keys: Vectors) => Promise<NeighborIndex>;
  /** How hard an approximate index looks; default what it was built with. */
  readonly effort?: number;
}

/** The rules of {@link NearestKeyOptions}. */
export const nearestKeyRules = {
  k: integerOption({ doc: "Keys per query.", min: 1 }) as OptionRule<number | undefined>,
  buildIndex: customOption<(keys: Vectors) => Promise<NeighborIndex>>({
    doc: "Makes the index over the keys of one head.",
    expected: "a function of the keys that returns an index of @attnlab/neighbors",
    accepts: (value) => typeof value === "function",
    invalid: [null, {}, "exact"],
    default: (keys) => createExactIndex(keys),
  }),
  effort: integerOption({ doc: "How hard an approximate index looks.", min: 1 }) as OptionRule<number | undefined>,
};

/** Vectors whose inner product was taken. */
export interface AttentionDotProducts {
  /** Building indices; `undefined` when their library does not tell. */
  readonly build: number | undefined;
  /** Searching them; `undefined` when their library does not tell. */
  readonly search: number | undefined;
  /** Everything else: scores of sampled keys, and products of values with gradients. */
  readonly direct: number;
}

/** The same, while it is counted. */
export interface DotProductCounter {
  direct: number;
  /** Adds what an index has done since it had searched so much. */
  readonly add: (index: NeighborIndex, searchedBefore: number | undefined) => void;
  readonly total: () => AttentionDotProducts;
}

/** Starts at nothing. */
export function countDotProducts(): DotProductCounter {
  let build: number | undefined = 0;
  let search: number | undefined = 0;
  const plus = (a: number | undefined, b: number | undefined): number | undefined =>
    a === undefined || b === undefined ? undefined : a + b;
  const counter: DotProductCounter = {
    direct: 0,
    add: ({ dotProducts }, searchedBefore) => {
      build = plus(build, dotProducts.build);
      search = plus(search, plus(dotProducts.search, searchedBefore === undefined ? undefined : -searchedBefore));
    },
    total: () => ({ build, search, direct: counter.direct }),
  };
  return counter;
}

/** The keys found for one query. */
export interface NearestKeys {
  readonly query: number;
  /** How many keys the query sees, at least one: the first of the head. */
  readonly visible: number;
  /** Some of them, of largest scores. */
  readonly indices: Int32Array;
  /** Their scores, scaled. */
  readonly logits: Float64Array;
}

/** What {@link nearestKeys} needs beside a head. */
export interface NearestKeySearch {
  readonly where: string;
  readonly k: number;
  readonly scale: number;
  readonly buildIndex: (keys: Vectors) => Promise<NeighborIndex>;
  readonly effort: number | undefined;
  readonly counter: DotProductCounter;
}

/** Queries per search: bounds the memory of the answers. */
const BLOCK = 1024;

/** @throws OptionError for more neighbours than keys. */
export function resolveK(where: string, k: number | undefined, keys: number): number {
  if (k !== undefined && k > keys) {
    const expected = `k must be at most the number of keys, ${keys}`;
    throw new OptionError(problem({ where, expected, got: String(k), fix: `Pass ${keys} to use them all.` }));
  }
  return k ?? Math.max(1, Math.floor(Math.sqrt(keys)));
}

/**
 * The top keys of the given queries, ascending; queries that see no key are left out.
 *
 * Causal queries meet an index that grows with them. It is built anew whenever it has doubled, because cells and graphs that were fitted to a
 * few keys serve many badly; all builds together cost at most twice the last one.
 */
export async function* nearestKeys(
  head: VisibleHead,
  queries: ArrayLike<number>,
  search: NearestKeySearch,
): AsyncGenerator<NearestKeys, void, void> {
  const { k, counter } = search;
  const seenBy = (query: number): number => head.limits?.[query] ?? head.keys;
  const growing = growingIndex(head, search);
  for (let at = 0; at < queries.length; ) {
    const visible = seenBy(queries[at] as number);
    let end = at + 1;
    while (end < queries.length && end < at + BLOCK && seenBy(queries[end] as number) === visible) end++;
    const block = Int32Array.from({ length: end - at }, (_, i) => queries[at + i] as number);
    at = end;
    if (visible === 0) continue;
    if (visible <= k) {
      for (const query of block) {
        const indices = Int32Array.from({ length: visible }, (_, j) => j);
        counter.direct += visible;
        yield { query, visible, indices, logits: Float64Array.from(indices, (j) => scoreOf(head, query, j, search.scale)) };
      }
      continue;
    }
    const { indices, scores } = await growing.search(block, visible);
    const logits = scores.map((score) => score * Math.abs(search.scale));
    for (let i = 0; i < block.length; i++) {
      const [start, stop] = [i * k, (i + 1) * k];
      yield { query: block[i] as number, visible, indices: indices.subarray(start, stop), logits: logits.subarray(start, stop) };
    }
  }
  growing.finish();
}

/** $s\langle q_i, k_j\rangle$ in float64. */
export function scoreOf({ query, key, headDim }: VisibleHead, i: number, j: number, scale: number): number {
  let sum = 0;
  for (let t = 0; t < headDim; t++) sum += (query[i * headDim + t] as number) * (key[j * headDim + t] as number);
  return scale * sum;
}

interface GrowingIndex {
  readonly search: (queries: Int32Array, keys: number) => Promise<{ readonly indices: Int32Array; readonly scores: Float64Array }>;
  readonly finish: () => void;
}

function growingIndex(head: VisibleHead, { where, k, scale, buildIndex, effort, counter }: NearestKeySearch): GrowingIndex {
  const { headDim, key, query } = head;
  // The largest scores of a negative scale are the smallest products.
  const sign = scale < 0 ? -1 : 1;
  let index: NeighborIndex | undefined;
  let built = 0;
  let searchedBefore: number | undefined = 0;
  const rows = (start: number, end: number): Vectors => ({
    dtype: "float32",
    shape: [end - start, headDim],
    data: key.subarray(start * headDim, end * headDim),
  });
  const finish = (): void => {
    if (index !== undefined) counter.add(index, searchedBefore);
    index = undefined;
  };
  const upTo = async (keys: number): Promise<NeighborIndex> => {
    if (index === undefined || keys >= 2 * built) {
      finish();
      index = await buildIndex(rows(0, keys));
      checkIndex(where, index, rows(0, keys));
      built = keys;
      // An index that was made earlier may have answered others.
      searchedBefore = index.dotProducts.search;
    } else if (index.size < keys) await index.add(rows(index.size, keys));
    return index;
  };
  return {
    finish,
    search: async (queries, keys) => {
      const data = new Float32Array(queries.length * headDim);
      for (let i = 0; i < queries.length; i++) {
        const from = (queries[i] as number) * headDim;
        for (let t = 0; t < headDim; t++) data[i * headDim + t] = sign * (query[from + t] as number);
      }
      const task = { dtype: "float32", shape: [queries.length, headDim], data } as const;
      return await (await upTo(keys)).search(task, effort === undefined ? { k } : { k, effort });
    },
  };
}

function checkIndex(where: string, index: NeighborIndex, { shape, data }: Vectors): void {
  const { size, dimension, metric, vectors } = index ?? {};
  const [keys, headDim] = shape as [number, number];
  const fix = 'Build it as (keys) => createExactIndex(keys), with metric "inner-product".';
  if (size !== keys || dimension !== headDim || metric !== "inner-product") {
    const expected = `buildIndex must return an inner-product index of the ${keys} keys of dimension ${headDim} it is given`;
    throw new OptionError(problem({ where, expected, got: `${size} keys of dimension ${dimension} by ${metric}`, fix }));
  }
  const at = data.findIndex((x, i) => x !== vectors.data[i]);
  if (at >= 0) {
    const got = `another vector in place of key ${Math.floor(at / headDim)}`;
    throw new OptionError(problem({ where, expected: "buildIndex must return an index of the keys it is given", got, fix }));
  }
}
