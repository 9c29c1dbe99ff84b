import { OptionError, problem, show } from "@attnlab/check";
import { portableLog } from "./portable-log.ts";
import { portableCosine, portableSine } from "./portable-trigonometry.ts";

const SIZE = 624;
const SHIFT = 397;
const TWO_PI_FLOAT32 = Math.fround(2 * Math.PI);

/** From this many numbers on PyTorch fills blocks of 16 in float32; below it draws one by one in double. */
const BLOCK = 16;

/** The Mersenne Twister with the draws of PyTorch's CPU generator. Make one with {@link createMt19937}. */
export interface Mt19937 {
  /** The next 32 bits of the generator, in [0, 2^32). */
  readonly nextUint32: () => number;
  /**
   * What `torch.rand(length)` returns: 24 bits of one word each, on [0, 1). Exact.
   * @throws {@link OptionError} unless `length` is a whole number >= 0.
   */
  readonly rand: (length: number) => Float32Array;
  /**
   * What `torch.randn(length)` returns, standard normal in float32. Shorter than 16: the same bits; from 16 on PyTorch's vector code
   * uses float32 approximations of log and cos, and the numbers agree to 2e-7 (relative above 1).
   * @throws {@link OptionError} unless `length` is a whole number >= 0.
   */
  readonly randn: (length: number) => Float32Array;
}

function seedState(seed: number): Uint32Array {
  const state = new Uint32Array(SIZE);
  state[0] = seed;
  for (let i = 1; i < SIZE; i++) {
    const before = state[i - 1] as number;
    state[i] = Math.imul(1812433253, before ^ (before >>> 30)) + i;
  }
  return state;
}

function twist(state: Uint32Array): void {
  for (let i = 0; i < SIZE; i++) {
    const joined = ((state[i] as number) & 0x80000000) | ((state[(i + 1) % SIZE] as number) & 0x7fffffff);
    const mixed = (joined >>> 1) ^ ((joined & 1) === 0 ? 0 : 0x9908b0df);
    state[i] = (state[(i + SHIFT) % SIZE] as number) ^ mixed;
  }
}

/** Box-Muller on 16 uniforms in place: the first eight are radii, the last eight angles. Each step rounds to float32. */
function normalBlock(values: Float32Array, start: number): void {
  for (let j = start; j < start + BLOCK / 2; j++) {
    const u1 = Math.fround(1 - (values[j] as number));
    const radius = Math.fround(Math.sqrt(Math.fround(-2 * Math.fround(portableLog(u1)))));
    const angle = Math.fround(TWO_PI_FLOAT32 * (values[j + BLOCK / 2] as number));
    values[j] = radius * Math.fround(portableCosine(angle));
    values[j + BLOCK / 2] = radius * Math.fround(portableSine(angle));
  }
}

function checkLength(where: string, length: number): void {
  if (!Number.isSafeInteger(length) || length < 0) {
    const expected = "length must be a whole number >= 0";
    throw new OptionError(problem({ where, expected, got: show(length), fix: "Pass how many numbers to draw." }));
  }
}

/**
 * Makes a Mersenne Twister (MT19937) that draws what PyTorch's CPU generator draws after `torch.manual_seed(seed)`.
 *
 * It is here to rebuild data that others published as a seed; for new work use `createRng`.
 *
 * @param seed - a whole number in [0, 2^32).
 * @throws {@link OptionError} for any other seed.
 * @example
 * ```ts
 * import { createMt19937 } from "@attnlab/random";
 * createMt19937(5489).nextUint32(); // => 3499211612
 * createMt19937(1).randn(2).map((z) => Math.round(z * 1e4)); // => Float32Array [6614, 2669]
 * ```
 * @see Matsumoto and Nishimura 1998; the order of the draws is PyTorch's (`randn` on the CPU).
 */
export function createMt19937(seed: number): Mt19937 {
  if (!Number.isSafeInteger(seed) || seed < 0 || seed >= 2 ** 32) {
    const expected = "seed must be a whole number from 0 to 2^32 - 1";
    throw new OptionError(problem({ where: "createMt19937", expected, got: show(seed), fix: "Pass for example 1." }));
  }
  const state = seedState(seed);
  let used = SIZE;
  let cached: number | undefined;

  const nextUint32 = (): number => {
    if (used === SIZE) {
      twist(state);
      used = 0;
    }
    let x = state[used++] as number;
    x ^= x >>> 11;
    x ^= (x << 7) & 0x9d2c5680;
    x ^= (x << 15) & 0xefc60000;
    return (x ^ (x >>> 18)) >>> 0;
  };

  const uniform24 = (): number => (nextUint32() & 0xffffff) * 2 ** -24;

  const uniform53 = (): number => {
    // The first word is the high one; the low 53 of its 64 bits count.
    const high = nextUint32() & 0x1fffff;
    return (high * 2 ** 32 + nextUint32()) * 2 ** -53;
  };

  const scalarNormal = (): number => {
    // The pair's second number waits for the next call, also across calls of randn.
    if (cached !== undefined) {
      const value = cached;
      cached = undefined;
      return value;
    }
    const angle = 2 * Math.PI * uniform53();
    const radius = Math.sqrt(-2 * portableLog(1 - uniform53()));
    cached = radius * portableSine(angle);
    return radius * portableCosine(angle);
  };

  return {
    nextUint32,
    rand: (length) => {
      checkLength("Mt19937.rand", length);
      return new Float32Array(length).map(uniform24);
    },
    randn: (length) => {
      checkLength("Mt19937.randn", length);
      const values = new Float32Array(length);
      if (length < BLOCK) return values.map(scalarNormal);
      for (let i = 0; i < length; i++) values[i] = uniform24();
      for (let i = 0; i + BLOCK <= length; i += BLOCK) normalBlock(values, i);
      if (length % BLOCK !== 0) {
        // The last 16 places are drawn afresh, over numbers that are already done.
        for (let i = length - BLOCK; i < length; i++) values[i] = uniform24();
        normalBlock(values, length - BLOCK);
      }
      return values;
    },
  };
}
