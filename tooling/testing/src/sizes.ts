/** Different primes, one per axis, so that swapped axes cannot cancel out. */
export const PRIMES: readonly number[] = [2, 3, 5, 7, 11, 13, 17, 19, 23];

/** Deterministic test data in (-1, 1) without repeats: a fractional Weyl sequence. */
export function spread(length: number, offset = 0): Float64Array {
  return Float64Array.from({ length }, (_, i) => 2 * (((i + 1 + offset) * 0.6180339887498949) % 1) - 1);
}
