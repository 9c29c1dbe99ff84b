/** Rotation distances of Threefry-2x32, repeated every eight rounds. */
const ROTATIONS = [13, 15, 26, 6, 17, 29, 16, 24] as const;

/** The constant that keeps an all-zero key from giving an all-zero schedule (Skein's `C240`, low 32 bits). */
const PARITY = 0x1bd11bda;

/** Two 32-bit words: a counter, a key or an output block. */
export type WordPair = readonly [number, number];

/**
 * One block of Threefry-2x32 with 20 rounds, written into `out`: no allocation, for the inner loop of the generator.
 *
 * Words are taken modulo 2^32; `out` holds them unsigned.
 */
export function threefryInto(out: Uint32Array, key0: number, key1: number, counter0: number, counter1: number): void {
  const schedule = [key0 | 0, key1 | 0, PARITY ^ key0 ^ key1];
  let x0 = (counter0 + key0) | 0;
  let x1 = (counter1 + key1) | 0;
  for (let group = 1; group <= 5; group++) {
    const first = group % 2 === 1 ? 0 : 4;
    for (let i = 0; i < 4; i++) {
      const r = ROTATIONS[first + i] as number;
      x0 = (x0 + x1) | 0;
      x1 = ((x1 << r) | (x1 >>> (32 - r))) ^ x0;
    }
    // The key is injected after every fourth round; the group number breaks the symmetry of equal rounds.
    x0 = (x0 + (schedule[group % 3] as number)) | 0;
    x1 = (x1 + (schedule[(group + 1) % 3] as number) + group) | 0;
  }
  out[0] = x0;
  out[1] = x1;
}

/**
 * The block function of Threefry-2x32 with 20 rounds: a keyed bijection of 64-bit counters whose outputs look random.
 *
 * @param counter - two words, taken modulo 2^32.
 * @param key - two words, taken modulo 2^32.
 * @returns two unsigned words.
 * @example
 * ```ts
 * import { threefry2x32 } from "@attnlab/random";
 * threefry2x32([0, 0], [0, 0]); // => [1797259609, 2579123966]
 * ```
 * @see Salmon, Moraes, Dror, Shaw 2011, "Parallel random numbers: as easy as 1, 2, 3", section 3.2; the tests hold the
 * known answers that come with their library Random123.
 */
export function threefry2x32(counter: WordPair, key: WordPair): WordPair {
  const out = new Uint32Array(2);
  threefryInto(out, key[0], key[1], counter[0], counter[1]);
  return [out[0] as number, out[1] as number];
}
