import { DataError, OptionError, problem, ShapeError, show } from "@attnlab/check";

/** A softmax distribution over `count` outcomes whose largest logits are known. */
export interface SoftmaxDistribution {
  /** $n$, the number of outcomes. */
  readonly count: number;
  /** $y_j$, finite, for `j` from 0 to `count - 1`. Asked only for outcomes outside `top`. */
  readonly logit: (index: number) => number;
  /** $S$, the outcomes of the largest logits in any order, at least one. */
  readonly top: ArrayLike<number>;
  /** $y_j$ for each outcome of `top`. */
  readonly topLogits: ArrayLike<number>;
  /**
   * $c \ge 0$: no outcome outside `top` has a logit above the smallest of `topLogits` plus `gap`. Default 0, which is right for an exact
   * search; a gap that is too small takes probability from what the search missed.
   */
  readonly gap?: number;
}

/** What sampling needs to know of the top set. */
export interface TopSummary {
  /** The set, ascending: draws from its complement are counted past it. */
  readonly sorted: Int32Array;
  /** The smallest logit of the set plus the gap: nothing outside has a larger one. */
  readonly ceiling: number;
  readonly maximum: number;
}

/** @throws OptionError, ShapeError or DataError for a distribution that is none. */
export function summarizeTop(where: string, { count, top, topLogits, gap }: SoftmaxDistribution): TopSummary {
  if (!Number.isInteger(count) || count < 1 || count >= 2 ** 31) {
    const fix = "Pass the number of outcomes.";
    throw new OptionError(problem({ where, expected: "count must be a whole number from 1 to 2^31 - 1", got: show(count), fix }));
  }
  if (top.length < 1 || top.length > count || top.length !== topLogits.length) {
    const expected = `top and topLogits must have one length from 1 to the ${count} outcomes`;
    const got = `${top.length} and ${topLogits.length}`;
    throw new ShapeError(problem({ where, expected, got, fix: "Pass each of the best outcomes with its logit." }));
  }
  if (gap !== undefined && !(gap >= 0 && gap < Number.POSITIVE_INFINITY)) {
    const fix = "Leave it out for an exact search.";
    throw new OptionError(problem({ where, expected: "gap must be a finite number >= 0", got: show(gap), fix }));
  }
  const sorted = Int32Array.from(top).sort();
  for (let i = 0; i < sorted.length; i++) {
    const outcome = sorted[i] as number;
    if (outcome < 0 || outcome >= count || outcome === sorted[i - 1]) {
      const expected = `top must hold different whole numbers from 0 to ${count - 1}`;
      throw new DataError(problem({ where, expected, got: show(outcome), fix: "Pass every outcome once." }));
    }
  }
  let [minimum, maximum] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (let i = 0; i < topLogits.length; i++) {
    const logit = topLogits[i] as number;
    if (!Number.isFinite(logit)) {
      const got = `${show(logit)} at index ${i}`;
      throw new DataError(problem({ where, expected: "topLogits must be finite", got, fix: "Repair the scores first." }));
    }
    minimum = Math.min(minimum, logit);
    maximum = Math.max(maximum, logit);
  }
  return { sorted, ceiling: minimum + (gap ?? 0), maximum };
}

/** The `rank`-th outcome outside an ascending set. */
export function outside(sorted: Int32Array, rank: number): number {
  // sorted[i] - i outcomes outside the set stand before sorted[i]: find how many members stand before ours.
  let [low, high] = [0, sorted.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((sorted[middle] as number) - middle <= rank) low = middle + 1;
    else high = middle;
  }
  return rank + low;
}
