/**
 * The best `k` of a stream of scored candidates, for each of several rows: a heap per row whose root is the worst kept.
 *
 * Candidates are ordered by score, and equal scores by index: the lower index is the better one.
 */
export interface TopLists {
  readonly k: number;
  readonly scores: Float64Array;
  readonly indices: Int32Array;
}

/** Empty lists: index -1 and score -Infinity. */
export function topLists(rows: number, k: number): TopLists {
  return { k, scores: new Float64Array(rows * k).fill(Number.NEGATIVE_INFINITY), indices: new Int32Array(rows * k).fill(-1) };
}

/** Whether `(score, index)` is worse than the candidate at `at`. Empty places are worse than everything. */
function isWorse(scores: Float64Array, indices: Int32Array, at: number, score: number, index: number): boolean {
  const other = scores[at] as number;
  if (score !== other) return score < other;
  const otherIndex = indices[at] as number;
  return otherIndex >= 0 && index > otherIndex;
}

/** Offers one candidate to a row. */
export function offer(lists: TopLists, row: number, score: number, index: number): void {
  const { k, scores, indices } = lists;
  const base = row * k;
  if (isWorse(scores, indices, base, score, index)) return;
  siftDown(lists, base, k, 0, score, index);
}

/** Puts `(score, index)` into the hole at `hole` of the heap of `size` at `base`, moving worse candidates up. */
function siftDown(lists: TopLists, base: number, size: number, hole: number, score: number, index: number): void {
  const { scores, indices } = lists;
  let at = hole;
  for (;;) {
    let child = 2 * at + 1;
    if (child >= size) break;
    const right = child + 1;
    if (right < size && isWorse(scores, indices, base + child, scores[base + right] as number, indices[base + right] as number)) {
      child = right;
    }
    if (isWorse(scores, indices, base + child, score, index)) break;
    scores[base + at] = scores[base + child] as number;
    indices[base + at] = indices[base + child] as number;
    at = child;
  }
  scores[base + at] = score;
  indices[base + at] = index;
}

/** Sorts every row best first, in place; the heaps are used up. */
export function sortLists(lists: TopLists): void {
  const { k, scores, indices } = lists;
  for (let base = 0; base < scores.length; base += k) {
    for (let size = k - 1; size > 0; size--) {
      const score = scores[base + size] as number;
      const index = indices[base + size] as number;
      scores[base + size] = scores[base] as number;
      indices[base + size] = indices[base] as number;
      siftDown(lists, base, size, 0, score, index);
    }
  }
}
