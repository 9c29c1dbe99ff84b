/**
 * Mixes the first `count` entries of `order` in place, with a fixed sequence: visiting coordinates in a mixed order speeds up
 * coordinate descent, and where it ends does not depend on the order, so nothing here is left to chance.
 */
export function createMixer(): (order: Int32Array, count: number) => void {
  let state = 0x2545f491; // xorshift32 with the shifts 13, 17, 5
  return (order, count) => {
    for (let s = 0; s < count; s++) {
      state ^= state << 13;
      state ^= state >>> 17;
      state ^= state << 5;
      const at = s + Math.floor((state >>> 0) * 2 ** -32 * (count - s));
      const picked = order[at] as number;
      order[at] = order[s] as number;
      order[s] = picked;
    }
  };
}
