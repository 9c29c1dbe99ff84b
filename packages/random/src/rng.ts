import { FormatError, numberOption, OptionError, optionTable, problem, show } from "@attnlab/check";
import { normalQuantileLower } from "./normal-quantile.ts";
import { splitKey } from "./split-key.ts";
import { threefryInto } from "./threefry.ts";

/** Arrays that can be shuffled in place. */
export type ShuffleTarget =
  | unknown[]
  | Float64Array
  | Float32Array
  | Int32Array
  | Uint32Array
  | Int16Array
  | Uint16Array
  | Int8Array
  | Uint8Array
  | BigInt64Array;

/** Where a generator stands, as plain JSON: for checkpoints. */
export interface RngState {
  readonly algorithm: "threefry2x32-20";
  /** Two 32-bit words. */
  readonly key: readonly [number, number];
  /** 32-bit words drawn so far. */
  readonly position: number;
}

/** The interval of {@link Rng.fillUniform}. */
export interface UniformOptions {
  /** Lower end, included. Default 0. */
  readonly low?: number;
  /** Upper end, excluded; for other values than the defaults rounding may reach it. Default 1. */
  readonly high?: number;
}

/** Mean and spread of {@link Rng.fillNormal}. */
export interface NormalOptions {
  /** Default 0. */
  readonly mean?: number;
  /** Standard deviation, >= 0. Default 1. */
  readonly std?: number;
}

/**
 * A source of random numbers. Drawing moves it forward; splitting does not, and does not depend on what was drawn.
 *
 * Make one with {@link createRng}.
 */
export interface Rng {
  /** The next 32 random bits, as a whole number in [0, 2^32). Takes one word. */
  readonly nextUint32: () => number;
  /** Uniform on [0, 1), a multiple of 2^-53. Takes two words. */
  readonly uniform: () => number;
  /** Standard normal, by inversion; the largest magnitude possible is 8.3. Takes two words. */
  readonly normal: () => number;
  /**
   * Uniform on {0, ..., bound - 1} without bias, for 1 <= bound <= 2^53 - 1.
   * @throws {@link OptionError} for any other bound.
   */
  readonly integer: (bound: number) => number;
  /**
   * The numbers 0 to length - 1 in random order, all orders equally likely.
   * @throws {@link OptionError} unless `length` is a whole number in [0, 2^32).
   */
  readonly permutation: (length: number) => Uint32Array;
  /** Puts `values` in random order in place and returns them. */
  readonly shuffle: <T extends ShuffleTarget>(values: T) => T;
  /**
   * An independent generator that depends on this one's seed and the label alone: the same label always gives the same child.
   * @throws {@link OptionError} unless `label` is a non-empty string or a safe integer.
   */
  readonly split: (label: string | number) => Rng;
  /**
   * Fills `target` with uniform numbers and returns it: 53 bits for a Float64Array (two words each), 24 for a Float32Array (one word each).
   * @throws {@link OptionError} unless `low < high`.
   */
  readonly fillUniform: <T extends Float64Array | Float32Array>(target: T, options?: UniformOptions) => T;
  /** Fills `target` with normal numbers and returns it; a Float32Array holds the rounded numbers that a Float64Array would get. */
  readonly fillNormal: <T extends Float64Array | Float32Array>(target: T, options?: NormalOptions) => T;
  /** Where the generator stands; {@link restoreRng} goes on from there. */
  readonly state: () => RngState;
}

const uniformTable = optionTable("Rng.fillUniform", {
  low: numberOption({ doc: "Lower end of the interval.", default: 0 }),
  high: numberOption({ doc: "Upper end of the interval.", default: 1 }),
});

const normalTable = optionTable("Rng.fillNormal", {
  mean: numberOption({ doc: "Mean.", default: 0 }),
  std: numberOption({ doc: "Standard deviation.", min: 0, default: 1 }),
});

function isWord(value: unknown): value is number {
  return Number.isInteger(value) && (value as number) >= 0 && (value as number) < 2 ** 32;
}

function makeRng(key: Uint32Array, start: number): Rng {
  const block = new Uint32Array(2);
  let position = start;
  let blockIndex = -1;

  const nextUint32 = (): number => {
    const wanted = Math.floor(position / 2);
    if (wanted !== blockIndex) {
      threefryInto(block, key[0] as number, key[1] as number, wanted % 2 ** 32, Math.floor(wanted / 2 ** 32));
      blockIndex = wanted;
    }
    return block[position++ % 2] as number;
  };

  const uniform = (): number => {
    const high = nextUint32() >>> 5;
    return (high * 2 ** 26 + (nextUint32() >>> 6)) * 2 ** -53;
  };

  const normal = (): number => {
    // 52 bits choose the lower half's probability, centred in its cell so that 0 is impossible; one bit chooses the side.
    const high = nextUint32();
    const p = ((high >>> 6) * 2 ** 26 + (nextUint32() >>> 6) + 0.5) * 2 ** -53;
    const z = normalQuantileLower(p);
    return (high & 1) === 0 ? z : -z;
  };

  const below = (bound: number): number => {
    const wide = bound > 2 ** 32;
    const range = wide ? 2 ** 53 : 2 ** 32;
    // Numbers past the last whole multiple of the bound would favour small remainders: draw again.
    const limit = range - (range % bound);
    for (;;) {
      const x = wide ? uniform() * 2 ** 53 : nextUint32();
      if (x < limit) return x % bound;
    }
  };

  const shuffle = <T extends ShuffleTarget>(values: T): T => {
    const items = values as unknown[];
    for (let i = items.length - 1; i > 0; i--) {
      const j = below(i + 1);
      const kept = items[i];
      items[i] = items[j];
      items[j] = kept;
    }
    return values;
  };

  return {
    nextUint32,
    uniform,
    normal,
    integer: (bound) => {
      if (!Number.isSafeInteger(bound) || bound < 1) {
        const expected = "bound must be a whole number from 1 to 2^53 - 1";
        throw new OptionError(problem({ where: "Rng.integer", expected, got: show(bound), fix: "Pass the number of outcomes." }));
      }
      return below(bound);
    },
    permutation: (length) => {
      if (!isWord(length)) {
        const expected = "length must be a whole number from 0 to 2^32 - 1";
        throw new OptionError(problem({ where: "Rng.permutation", expected, got: show(length), fix: "Pass the number of items." }));
      }
      return shuffle(Uint32Array.from({ length }, (_, i) => i));
    },
    shuffle,
    split: (label) => makeRng(splitKey(key, label), 0),
    fillUniform: (target, options) => {
      const { low, high } = uniformTable.parse(options);
      if (!(low < high)) {
        const got = `low ${low} and high ${high}`;
        throw new OptionError(
          problem({ where: "Rng.fillUniform", expected: "low must be below high", got, fix: "Swap or move the ends." }),
        );
      }
      // A 53-bit number just below 1 would round to 1 in float32.
      const draw = target instanceof Float32Array ? () => (nextUint32() >>> 8) * 2 ** -24 : uniform;
      for (let i = 0; i < target.length; i++) target[i] = low + (high - low) * draw();
      return target;
    },
    fillNormal: (target, options) => {
      const { mean, std } = normalTable.parse(options);
      for (let i = 0; i < target.length; i++) target[i] = mean + std * normal();
      return target;
    },
    state: () => ({ algorithm: "threefry2x32-20", key: [key[0] as number, key[1] as number], position }),
  };
}

/**
 * Makes a generator from a seed: counter-based (Threefry-2x32, 20 rounds), splittable, with the same bytes on every platform.
 *
 * Give an experiment one seed and split the rest off by name, so that adding a draw in one place changes nothing elsewhere.
 *
 * @param seed - a whole number from 0 to 2^53 - 1; its high and low words are the key.
 * @throws {@link OptionError} for any other seed.
 * @example
 * ```ts
 * import { createRng } from "@attnlab/random";
 * const rng = createRng(1);
 * const weights = rng.split("weights").fillNormal(new Float64Array(3));
 * rng.split("weights").normal() === weights[0]; // => true
 * ```
 * @see Salmon et al. 2011; the normal numbers are by inversion (Wichura 1988).
 */
export function createRng(seed: number): Rng {
  if (!Number.isSafeInteger(seed) || seed < 0) {
    const expected = "seed must be a whole number from 0 to 2^53 - 1";
    throw new OptionError(problem({ where: "createRng", expected, got: show(seed), fix: "Pass for example 1." }));
  }
  return makeRng(Uint32Array.of(Math.floor(seed / 2 ** 32), seed % 2 ** 32), 0);
}

/**
 * Goes on where {@link Rng.state} was taken, for example after loading a checkpoint.
 *
 * @throws {@link FormatError} when `state` is not what {@link Rng.state} returns.
 * @example
 * ```ts
 * import { createRng, restoreRng } from "@attnlab/random";
 * const rng = createRng(1);
 * rng.uniform();
 * const copy = restoreRng(JSON.parse(JSON.stringify(rng.state())));
 * copy.uniform() === rng.uniform(); // => true
 * ```
 */
export function restoreRng(state: RngState): Rng {
  const { algorithm, key, position } = state ?? {};
  const good = Array.isArray(key) && key.length === 2 && key.every(isWord) && Number.isSafeInteger(position) && position >= 0;
  if (algorithm !== "threefry2x32-20" || !good) {
    const expected = 'state must be { algorithm: "threefry2x32-20", key: two 32-bit words, position: a whole number >= 0 }';
    const got = `algorithm ${show(algorithm)}, key ${show(key)}, position ${show(position)}`;
    throw new FormatError(problem({ where: "restoreRng", expected, got, fix: "Pass what rng.state() returned." }));
  }
  return makeRng(Uint32Array.from(key), position);
}
