/** Tokens of one round in the order of (bucket, position), cut into chunks. */
export interface SortedChunks {
  /** The queries of each chunk. */
  readonly queries: readonly Int32Array[];
  /** The keys of each chunk, without those before it. */
  readonly keys: readonly Int32Array[];
}

/**
 * Sorts tokens by (bucket, position) and cuts the keys into chunks of one size; the last one may be smaller.
 *
 * Only the tokens in `positions` are keys. A query that is no key joins the chunk it falls into, so that hidden keys change no other query.
 */
export function sortedChunks(buckets: Int32Array, positions: Int32Array | undefined, chunkSize: number): SortedChunks {
  const tokens = buckets.length;
  const order = Int32Array.from({ length: tokens }, (_, i) => i).sort((a, b) => (buckets[a] as number) - (buckets[b] as number) || a - b);
  const keyOf = new Int32Array(tokens).fill(positions === undefined ? 0 : -1);
  const keys = positions?.length ?? tokens;
  for (let key = 0; key < keys; key++) keyOf[positions?.[key] ?? key] = key;
  const chunks = Math.max(1, Math.ceil(keys / chunkSize));
  const lists = Array.from({ length: chunks }, () => ({ queries: [] as number[], keys: [] as number[] }));
  let rank = 0;
  for (const token of order) {
    const list = lists[Math.min(chunks - 1, Math.floor(rank / chunkSize))];
    list?.queries.push(token);
    if ((keyOf[token] as number) < 0) continue;
    list?.keys.push(keyOf[token] as number);
    rank++;
  }
  return { queries: lists.map((list) => Int32Array.from(list.queries)), keys: lists.map((list) => Int32Array.from(list.keys)) };
}
