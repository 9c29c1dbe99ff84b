import { customOption, integerOption, OptionError, type OptionRule, optionTable, problem, show } from "@attnlab/check";
import type { Rng } from "@attnlab/random";
import { requiredRng } from "./rng-option.ts";

/** A linear recurrence over whole numbers modulo $N$: $x_t = \sum_i c_i\,x_{t - l_i} \bmod N$. */
export interface DelayRule {
  /** $l_i$: different whole numbers >= 1. The two-term rule of delay $T$ is `[1, T]`. */
  readonly lags: readonly number[];
  /** $c_i$, whole numbers, one per lag. Default: all 1. */
  readonly coefficients?: readonly number[];
}

/** Sequences of tokens, row-major. */
export interface TokenSequences {
  readonly count: number;
  readonly length: number;
  /** `[count, length]`, from 0 to `modulus - 1`. */
  readonly tokens: Int32Array;
}

/** What {@link modularDelayMixture} draws. */
export interface MixedSequences extends TokenSequences {
  /** `[count]`: position in `tasks` of the rule of each sequence. */
  readonly task: Int32Array;
}

interface DrawOptions {
  /** $N >= 2$: tokens are 0 to $N - 1$. Required. */
  readonly modulus: number;
  /** Tokens of a sequence. Required. */
  readonly length: number;
  /** Number of sequences. Required. */
  readonly count: number;
  /** The first tokens of every sequence, as many as the longest lag, are drawn from it. Required. */
  readonly rng: Rng;
}

/** Options of {@link modularDelaySequences}. */
export interface ModularDelayOptions extends DrawOptions, DelayRule {}

/** Options of {@link modularDelayMixture}. */
export interface ModularDelayMixtureOptions extends DrawOptions {
  /** The rules, all modulo `modulus`. Required. */
  readonly tasks: readonly DelayRule[];
}

/** The rule of `lags`. */
export const lagsOption: OptionRule<readonly number[]> = customOption<readonly number[]>({
  doc: "How far back each term of the rule looks.",
  expected: "a non-empty list of different whole numbers >= 1",
  accepts: (value) => isWholeList(value) && value.every((lag) => lag >= 1) && new Set(value).size === value.length,
  invalid: [[], [0], [1, 1], [1.5], 2, null],
  required: true,
});

/** The rule of `coefficients`. */
export const coefficientsOption: OptionRule<readonly number[] | undefined> = customOption<readonly number[] | undefined>({
  doc: "Factor of each term of the rule.",
  expected: "a list of whole numbers",
  accepts: isWholeList,
  invalid: [[], [0.5], 1, null],
});

/** The rule of `modulus`. */
export const modulusOption: OptionRule<number> = integerOption({
  doc: "Number of tokens; sums are taken modulo it.",
  min: 2,
  max: 2 ** 24,
  required: true,
});

const drawRules = {
  modulus: modulusOption,
  length: integerOption({ doc: "Tokens of a sequence.", min: 1, required: true }),
  count: integerOption({ doc: "Number of sequences.", min: 1, required: true }),
  rng: requiredRng,
};
const sequencesTable = optionTable("modularDelaySequences", { ...drawRules, lags: lagsOption, coefficients: coefficientsOption });
const mixtureTable = optionTable("modularDelayMixture", {
  ...drawRules,
  tasks: customOption<readonly DelayRule[]>({
    doc: "The rules that are mixed.",
    expected: "a non-empty list of { lags, coefficients }",
    accepts: (value) => Array.isArray(value) && value.length > 0 && value.every((task) => typeof task === "object" && task !== null),
    invalid: [[], [1], {}, null],
    required: true,
  }),
});
const taskTable = optionTable("modularDelayMixture: a task", { lags: lagsOption, coefficients: coefficientsOption });

/** A rule whose coefficients are from 0 to `modulus - 1`. */
export interface ReducedRule {
  readonly lags: readonly number[];
  readonly coefficients: readonly number[];
  readonly longest: number;
}

/** @throws {@link OptionError} when there are not as many coefficients as lags. */
export function reduceRule(where: string, { lags, coefficients = lags.map(() => 1) }: DelayRule, modulus: number): ReducedRule {
  if (coefficients.length !== lags.length) {
    const got = `${coefficients.length} for ${lags.length} lags`;
    throw new OptionError(problem({ where, expected: "there must be one coefficient per lag", got, fix: `Lags: ${show(lags)}.` }));
  }
  return { lags, coefficients: coefficients.map((c) => ((c % modulus) + modulus) % modulus), longest: Math.max(...lags) };
}

/** The token after the first `at` of a row that starts at `start`. */
export function nextToken(tokens: Int32Array, start: number, at: number, { lags, coefficients }: ReducedRule, modulus: number): number {
  let total = 0;
  // Below 2^24 * 2^24, so every product and every reduced sum is exact.
  lags.forEach((lag, i) => {
    total = (total + (coefficients[i] as number) * (tokens[start + at - lag] as number)) % modulus;
  });
  return total;
}

/**
 * Draws sequences of a modular-delay task: $x_t = \sum_i c_i\,x_{t - l_i} \bmod N$ after random first tokens.
 *
 * With `lags: [1, T]` this is the two-term rule $x_t = (x_{t-1} + x_{t-T}) \bmod N$: a delayed XOR for $N = 2$, Fibonacci numbers modulo $N$
 * for $T = 2$. The first tokens, as many as the longest lag, are independent and uniform; all others follow from the rule.
 *
 * Shapes: `tokens [count, length]`.
 *
 * @param options.modulus - $N >= 2$; required.
 * @param options.lags - $l_i$; required.
 * @param options.coefficients - $c_i$; default all 1.
 * @param options.length - tokens of a sequence; required.
 * @param options.count - number of sequences; required.
 * @param options.rng - source of the first tokens; it is drawn from. Required.
 * @throws {@link OptionError} on an unknown or bad option.
 * @example
 * ```ts
 * import { modularDelaySequences } from "@attnlab/datasets";
 * import { createRng } from "@attnlab/random";
 * const { tokens } = modularDelaySequences({ modulus: 10, lags: [1, 2], length: 20, count: 1, rng: createRng(1) });
 * tokens.every((x, t) => t < 2 || x === ((tokens[t - 1] ?? 0) + (tokens[t - 2] ?? 0)) % 10); // => true
 * ```
 */
export function modularDelaySequences(options: ModularDelayOptions): TokenSequences {
  const { modulus, lags, coefficients, length, count, rng } = sequencesTable.parse({ ...options });
  const rule = reduceRule("modularDelaySequences", withCoefficients(lags, coefficients), modulus);
  const tokens = new Int32Array(count * length);
  for (let row = 0; row < count; row++) fillRow(tokens, row * length, length, { rule, modulus, rng });
  return { count, length, tokens };
}

/**
 * Draws sequences of several modular-delay tasks in equal shares: sequence $i$ follows rule $i \bmod$ the number of tasks. Nothing in a
 * sequence names its task, so the rule has to be inferred from the tokens.
 *
 * Shapes: `tokens [count, length]`, `task [count]`.
 *
 * @param options.tasks - the rules; required. `count` must be a multiple of their number.
 * @param options - `modulus`, `length`, `count` and `rng` as for {@link modularDelaySequences}.
 * @throws {@link OptionError} on an unknown or bad option, or a `count` that the tasks do not divide.
 */
export function modularDelayMixture(options: ModularDelayMixtureOptions): MixedSequences {
  const { modulus, tasks, length, count, rng } = mixtureTable.parse({ ...options });
  if (count % tasks.length !== 0) {
    const got = `${count} for ${tasks.length} tasks`;
    const fix = "Draw as many sequences of every task.";
    throw new OptionError(problem({ where: "modularDelayMixture", expected: "count must be a multiple of the number of tasks", got, fix }));
  }
  const rules = tasks.map((task) => {
    const { lags, coefficients } = taskTable.parse({ ...task });
    return reduceRule("modularDelayMixture", withCoefficients(lags, coefficients), modulus);
  });
  const tokens = new Int32Array(count * length);
  const task = Int32Array.from({ length: count }, (_, row) => row % rules.length);
  task.forEach((kind, row) => {
    fillRow(tokens, row * length, length, { rule: rules[kind] as ReducedRule, modulus, rng });
  });
  return { count, length, tokens, task };
}

function withCoefficients(lags: readonly number[], coefficients: readonly number[] | undefined): DelayRule {
  return coefficients === undefined ? { lags } : { lags, coefficients };
}

function fillRow(
  tokens: Int32Array,
  start: number,
  length: number,
  { rule, modulus, rng }: { readonly rule: ReducedRule; readonly modulus: number; readonly rng: Rng },
): void {
  for (let t = 0; t < length; t++) {
    tokens[start + t] = t < rule.longest ? rng.integer(modulus) : nextToken(tokens, start, t, rule, modulus);
  }
}

function isWholeList(value: unknown): value is readonly number[] {
  return Array.isArray(value) && value.length > 0 && value.every((one) => Number.isSafeInteger(one));
}
