import type { AttentionResult } from "./attention-input.ts";

/**
 * Softmax sums of some queries over some keys: row $i$ is $\sum_j e^{y_{ij} - \text{shift}_i} [v_j, 1]$.
 *
 * Sums over different keys with the same shift are added; others are brought to one shift first.
 */
export interface PartialSums {
  /** `[queries, valueDim + 1]`; the last column is the denominator. */
  readonly sums: Float32Array;
  /** `[queries]`; in float64, because scores may leave float32. */
  readonly shift: Float64Array;
  /** The part of each denominator that comes from means of keys instead of keys, `[queries]`; absent for none. */
  readonly far?: Float32Array;
}

/** Room for sums of `queries` rows, all 0. */
export function emptySums(queries: number, valueDim: number): PartialSums {
  return { sums: new Float32Array(queries * (valueDim + 1)), shift: new Float64Array(queries) };
}

/** Denominators outside are too near to the ends of float32 to be trusted: their terms may have been lost. */
const [LEAST, MOST] = [1e-20, 1e30];

/** Whether a row of sums can be divided without loss. */
export function isSound(sums: Float32Array, row: number, width: number): boolean {
  const denominator = sums[row * width + width - 1] as number;
  if (!(denominator >= LEAST && denominator <= MOST)) return false;
  let trace = 0;
  for (let j = row * width; j < row * width + width; j++) trace += (sums[j] as number) * 0;
  return trace === 0;
}

/** Adds row `from` of some sums over other keys to row `to`, bringing both to the larger shift. */
export function mergeRow(into: PartialSums, to: number, other: PartialSums, from: number, width: number): void {
  const [a, b] = [to * width, from * width];
  const [mine, theirs] = [into.sums[a + width - 1] as number, other.sums[b + width - 1] as number];
  if (theirs === 0) return;
  if (mine === 0) into.shift[to] = other.shift[from] as number;
  const difference = (other.shift[from] as number) - (into.shift[to] as number);
  const [keep, take] = difference > 0 ? [Math.exp(-difference), 1] : [1, Math.exp(difference)];
  if (difference > 0) into.shift[to] = other.shift[from] as number;
  if (into.far !== undefined) into.far[to] = keep * (into.far[to] as number) + take * (other.far?.[from] ?? 0);
  for (let j = 0; j < width; j++) into.sums[a + j] = keep * (into.sums[a + j] as number) + take * (other.sums[b + j] as number);
}

/** Divides sums into rows of the result, the first one at `start`; a row without a key stays zero. */
export function writeRows({ output, lse }: AttentionResult, start: number, { sums, shift }: PartialSums): void {
  const width = sums.length / shift.length;
  for (let i = 0; i < shift.length; i++) {
    const denominator = sums[i * width + width - 1] as number;
    if (denominator === 0) continue;
    const to = (start + i) * (width - 1);
    for (let j = 0; j < width - 1; j++) output.data[to + j] = (sums[i * width + j] as number) / denominator;
    lse.data[start + i] = (shift[i] as number) + Math.log(denominator);
  }
}
