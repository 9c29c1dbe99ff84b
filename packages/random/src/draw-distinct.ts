import { OptionError, problem, show } from "@attnlab/check";
import type { Rng } from "./rng.ts";

/**
 * Draws different whole numbers from 0 to `bound - 1`, every set of that size equally likely.
 *
 * Floyd's method: time and memory grow with `count`, not with `bound`.
 *
 * @param rng - the source of chance.
 * @param count - how many, from 0 to `bound`.
 * @param bound - a whole number from 0 to 2^32 - 1.
 * @returns the numbers; their order is not random, shuffle them if it must be.
 * @throws OptionError for other counts or bounds.
 * @example
 * ```ts
 * import { createRng, drawDistinct } from "@attnlab/random";
 * drawDistinct(createRng(1), 3, 1_000_000); // => Uint32Array [452459, 171647, 694964]
 * drawDistinct(createRng(1), 3, 3).toSorted(); // => Uint32Array [0, 1, 2]
 * ```
 * @see J. Bentley, R. Floyd, "A sample of brilliance", CACM 30(9), 1987.
 */
export function drawDistinct(rng: Rng, count: number, bound: number): Uint32Array<ArrayBuffer> {
  if (!Number.isInteger(bound) || bound < 0 || bound >= 2 ** 32) {
    const expected = "bound must be a whole number from 0 to 2^32 - 1";
    throw new OptionError(problem({ where: "drawDistinct", expected, got: show(bound), fix: "Pass the number of outcomes." }));
  }
  if (!Number.isInteger(count) || count < 0 || count > bound) {
    const expected = `count must be a whole number from 0 to bound, ${bound}`;
    throw new OptionError(problem({ where: "drawDistinct", expected, got: show(count), fix: "Ask for no more than there are." }));
  }
  const drawn = new Uint32Array(count);
  const seen = new Set<number>();
  for (let i = 0; i < count; i++) {
    const last = bound - count + i;
    const candidate = rng.integer(last + 1);
    const chosen = seen.has(candidate) ? last : candidate;
    seen.add(chosen);
    drawn[i] = chosen;
  }
  return drawn;
}
