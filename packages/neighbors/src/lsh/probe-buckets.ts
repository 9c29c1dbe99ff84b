import type { Ranking } from "./hash-family.ts";

/** One step away from the likeliest bucket: another symbol of one function. */
interface Change {
  readonly at: number;
  readonly symbol: number;
  readonly cost: number;
}

interface ChangeSet {
  readonly cost: number;
  /** Places in the sorted list of changes, ascending. */
  readonly places: readonly number[];
}

/**
 * The `wanted` cheapest buckets of one table, cheapest first: the first symbols of all functions, then combinations with others in the
 * order of their total cost.
 *
 * @param rankings - one for each function.
 * @param alphabet - symbols per function: the bucket is a number in this base.
 * @see Lv et al. 2007, section 4.4: a set of changes is followed by the one that shifts its last change and the one that adds the next.
 */
export function probeBuckets(rankings: readonly Ranking[], alphabet: number, wanted: number): readonly number[] {
  const bucketOf = (changed: ReadonlyMap<number, number>): number =>
    rankings.reduce((code, { symbols }, i) => code * alphabet + (changed.get(i) ?? (symbols[0] as number)), 0);
  const buckets = [bucketOf(new Map())];
  if (wanted === 1) return buckets;
  const changes: Change[] = rankings.flatMap(({ symbols, costs }, at) =>
    symbols.slice(1).map((symbol, i) => ({ at, symbol, cost: costs[i + 1] as number })),
  );
  changes.sort((a, b) => a.cost - b.cost || a.at - b.at || a.symbol - b.symbol);
  const costOf = (places: readonly number[]): number => places.reduce((sum, place) => sum + (changes[place] as Change).cost, 0);
  const open: ChangeSet[] = changes.length === 0 ? [] : [{ cost: costOf([0]), places: [0] }];
  while (buckets.length < wanted && open.length > 0) {
    let best = 0;
    for (let i = 1; i < open.length; i++) if ((open[i] as ChangeSet).cost < (open[best] as ChangeSet).cost) best = i;
    const [{ places }] = open.splice(best, 1) as [ChangeSet];
    const next = (places.at(-1) as number) + 1;
    if (next < changes.length) {
      for (const grown of [
        [...places.slice(0, -1), next],
        [...places, next],
      ]) {
        open.push({ cost: costOf(grown), places: grown });
      }
    }
    const changed = new Map(places.map((place) => [(changes[place] as Change).at, (changes[place] as Change).symbol]));
    // Two changes of one function are no bucket.
    if (changed.size === places.length) buckets.push(bucketOf(changed));
  }
  return buckets;
}
