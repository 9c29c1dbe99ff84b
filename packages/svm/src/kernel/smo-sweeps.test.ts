import { spread } from "@attnlab/testing";
import { describe, expect, it } from "vitest";
import { openSmoMemory } from "./smo-memory.ts";
import { type PartnerSearch, plainSweeps, simdSweeps } from "./smo-sweeps.ts";

const LENGTH = 31;
const INFINITE = Number.POSITIVE_INFINITY;

/** The same numbers in plain arrays and in the memory of the functions. */
function twice(arrays: readonly ArrayLike<number>[]): { readonly plain: Float64Array[]; readonly fast: Float64Array[] } {
  const memory = open();
  const fast = arrays.map((values) => {
    const taken = memory.take(LENGTH);
    taken.set(values);
    return taken;
  });
  return { plain: arrays.map((values) => Float64Array.from(values)), fast };
}

function open() {
  const memory = openSmoMemory(2 ** 16);
  if (memory === undefined) expect.fail("no SIMD here");
  return memory;
}

const every = (period: number): Float64Array => Float64Array.from({ length: LENGTH }, (_, t) => (t % period === 0 ? INFINITE : 0));

describe("sweeps in WebAssembly and in plain loops", () => {
  for (const count of [0, 1, 3, 4, 7, 16, 29, LENGTH]) {
    it(`updates ${count} gradients to the same bits and finds the same least one`, () => {
      const { plain, fast } = twice([spread(LENGTH, 1), spread(LENGTH, 2), spread(LENGTH, 3), every(5)]);
      const [gradient, a, b, penalty] = plain as [Float64Array, Float64Array, Float64Array, Float64Array];
      const before = gradient.slice();
      const at = plainSweeps.step(count, gradient, 0.7, a, b, penalty);
      const [own, ...rest] = fast as [Float64Array, Float64Array, Float64Array, Float64Array];
      expect(simdSweeps(open()).step(count, own, 0.7, ...rest)).toBe(at);
      expect(Array.from(own)).toEqual(Array.from(gradient));
      const expected = before.map((g, t) => (t < count ? g + 0.7 * ((a[t] as number) - (b[t] as number)) : g));
      expect(gradient).toEqual(expected);
      const open_ = Array.from(expected.subarray(0, count)).map((g, t) => (t % 5 === 0 ? INFINITE : g));
      expect(at).toBe(count < 2 ? -1 : open_.indexOf(Math.min(...open_)));
    });

    it(`finds the same partner among ${count}`, () => {
      const { plain, fast } = twice([spread(LENGTH, 4), spread(LENGTH, 5), new Float64Array(LENGTH).fill(1), every(3)]);
      const search = ([gradient, column, diagonal, penalty]: Float64Array[]): PartnerSearch =>
        ({ gradient, column, diagonal, penalty, most: 0.3, own: 1 }) as PartnerSearch;
      const found = plainSweeps.partner(count, search(plain));
      expect(simdSweeps(open()).partner(count, search(fast))).toEqual(found);
      const { gradient, column } = search(plain);
      let [best, gain, worst] = [-1, 0, Number.NEGATIVE_INFINITY];
      for (let t = 0; t < count; t++) {
        if (t % 3 === 0) continue;
        worst = Math.max(worst, gradient[t] as number);
        const reward = Math.max(0, 0.3 + (gradient[t] as number)) ** 2 / Math.max(2 - 2 * (column[t] as number), 1e-12);
        if (reward > gain) [best, gain] = [t, reward];
      }
      expect(found.at).toBe(best);
      expect(found.worst).toBe(worst);
      expect(found.gain).toBeCloseTo(gain, 12);
    });
  }

  it("takes the first of equal variables", () => {
    const { fast } = twice([new Float64Array(LENGTH), new Float64Array(LENGTH), new Float64Array(LENGTH).fill(1), every(2)]);
    const [gradient, column, diagonal, penalty] = fast as [Float64Array, Float64Array, Float64Array, Float64Array];
    const sweeps = simdSweeps(open());
    expect(sweeps.step(LENGTH, gradient, 1, column, column, penalty)).toBe(1);
    expect(sweeps.partner(LENGTH, { gradient, column, diagonal, penalty, most: 1, own: 1 })).toEqual({ at: 1, gain: 0.5, worst: 0 });
  });

  it("finds nothing where no variable can move", () => {
    const { fast } = twice([spread(LENGTH), spread(LENGTH), new Float64Array(LENGTH).fill(1), every(1)]);
    const [gradient, column, diagonal, penalty] = fast as [Float64Array, Float64Array, Float64Array, Float64Array];
    const sweeps = simdSweeps(open());
    expect(sweeps.step(LENGTH, gradient, 1, column, column, penalty)).toBe(-1);
    const none = { at: -1, gain: 0, worst: Number.NEGATIVE_INFINITY };
    expect(sweeps.partner(LENGTH, { gradient, column, diagonal, penalty, most: 1, own: 1 })).toEqual(none);
  });
});
