import type { Rng } from "@attnlab/random";

/** Draws distinct keys outside a set; the marks are kept between queries so that a draw costs no more than its result. */
export function createTailSampler(keys: number): (rng: Rng, visible: number, taken: Int32Array, wanted: number) => Int32Array {
  const marks = new Uint32Array(keys);
  let mark = 0;
  return (rng, visible, taken, wanted) => {
    mark++;
    for (const key of taken) marks[key] = mark;
    const out = new Int32Array(wanted);
    if (2 * (taken.length + wanted) <= visible) {
      // At least half of the keys are free: a draw is accepted within two attempts on average.
      for (let i = 0; i < wanted; i++) {
        let key = rng.integer(visible);
        while (marks[key] === mark) key = rng.integer(visible);
        marks[key] = mark;
        out[i] = key;
      }
      return out;
    }
    const free = new Int32Array(visible - taken.length);
    for (let key = 0, at = 0; key < visible; key++) if (marks[key] !== mark) free[at++] = key;
    for (let i = 0; i < wanted; i++) {
      const other = i + rng.integer(free.length - i);
      out[i] = free[other] as number;
      free[other] = free[i] as number;
    }
    return out;
  };
}
