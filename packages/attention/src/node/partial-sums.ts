import type { AttentionResult } from "./attention-input.ts";

/**
 * Softmax sums of some queries over some keys: $\sum_j e^{y_{ij} - \text{shift}_i} v_j$ and $\sum_j e^{y_{ij} - \text{shift}_i}$ for query $i$.
 *
 * Sums over different keys with the same shift are added; others are brought to one shift first.
 */
export interface PartialSums {
  /** Numerators, `[queries, valueDim]`. */
  readonly sums: Float32Array;
  /** Denominators, `[queries]`. */
  readonly totals: Float32Array;
  /** `[queries]`; in float64, because scores may leave float32. */
  readonly shift: Float64Array;
  /** The part of each denominator that comes from means of keys instead of keys, `[queries]`; absent for none. */
  readonly far?: Float32Array;
}

/** Room for sums of `queries` rows, all 0. */
export function emptySums(queries: number, valueDim: number): PartialSums {
  return { sums: new Float32Array(queries * valueDim), totals: new Float32Array(queries), shift: new Float64Array(queries) };
}

/** Denominators outside are too near to the ends of float32 to be trusted: their terms may have been lost. */
const [LEAST, MOST] = [1e-20, 1e30];

/** Rows that cannot be divided without loss. */
export function unsoundRows({ sums, totals }: PartialSums): Int32Array {
  const width = sums.length / totals.length;
  const rows: number[] = [];
  for (let row = 0; row < totals.length; row++) {
    const total = totals[row] as number;
    // Zero times anything finite is zero; NaN and infinities leave NaN behind.
    let even = 0;
    let odd = 0;
    const end = (row + 1) * width;
    let j = row * width;
    for (; j + 1 < end; j += 2) {
      even += (sums[j] as number) * 0;
      odd += (sums[j + 1] as number) * 0;
    }
    if (j < end) even += (sums[j] as number) * 0;
    if (!(total >= LEAST && total <= MOST && even + odd === 0)) rows.push(row);
  }
  return Int32Array.from(rows);
}

/** Adds row `from` of some sums over other keys to row `to`, bringing both to the larger shift. */
export function mergeRow(into: PartialSums, to: number, other: PartialSums, from: number): void {
  const [mine, theirs] = [into.totals[to] as number, other.totals[from] as number];
  if (theirs === 0) return;
  if (mine === 0) into.shift[to] = other.shift[from] as number;
  const difference = (other.shift[from] as number) - (into.shift[to] as number);
  const [keep, take] = difference > 0 ? [Math.exp(-difference), 1] : [1, Math.exp(difference)];
  if (difference > 0) into.shift[to] = other.shift[from] as number;
  if (into.far !== undefined) into.far[to] = keep * (into.far[to] as number) + take * (other.far?.[from] ?? 0);
  into.totals[to] = keep * mine + take * theirs;
  const width = into.sums.length / into.totals.length;
  const [a, b] = [to * width, from * width];
  for (let j = 0; j < width; j++) into.sums[a + j] = keep * (into.sums[a + j] as number) + take * (other.sums[b + j] as number);
}

/** Divides sums into rows of the result, the first one at `start`; a row without a key stays zero. */
export function writeRows({ output, lse }: AttentionResult, start: number, { sums, totals, shift }: PartialSums): void {
  const width = sums.length / totals.length;
  const { data } = output;
  for (let i = 0; i < totals.length; i++) {
    const total = totals[i] as number;
    if (total === 0) continue;
    // In float64 the reciprocal rounds below the last digit of float32, and products are several times as fast as divisions.
    const factor = 1 / total;
    const to = start * width;
    let j = i * width;
    // Four at a time: twice as fast.
    for (; j + 3 < (i + 1) * width; j += 4) {
      data[to + j] = (sums[j] as number) * factor;
      data[to + j + 1] = (sums[j + 1] as number) * factor;
      data[to + j + 2] = (sums[j + 2] as number) * factor;
      data[to + j + 3] = (sums[j + 3] as number) * factor;
    }
    for (; j < (i + 1) * width; j++) data[to + j] = (sums[j] as number) * factor;
    lse.data[start + i] = (shift[i] as number) + Math.log(total);
  }
}
