import { OptionError, problem, show } from "./errors.ts";

/** One rule about one option: what it must be, in words and as a test, and values that break it (the tests use them). */
export interface OptionRule<T> {
  /** Completes "must be …". */
  readonly expected: string;
  /** One sentence on what the option does, with its unit. */
  readonly doc: string;
  /** Used when the option is absent; `undefined` leaves it absent. */
  readonly fallback: T | undefined;
  /** A required option has no fallback and must be given. */
  readonly required: boolean;
  /** The test behind `expected`. */
  readonly accepts: (value: unknown) => boolean;
  /** Values that must be refused. */
  readonly invalid: readonly unknown[];
}

interface Described<T> {
  readonly doc: string;
  readonly default?: T;
  readonly required?: boolean;
}

/** Bounds of a numeric option. */
export interface NumberBounds {
  /** Smallest value allowed. */
  readonly min?: number;
  /** Largest value allowed. */
  readonly max?: number;
  /** Every value must be larger than this. */
  readonly above?: number;
  /** Every value must be smaller than this. */
  readonly below?: number;
}

function within(value: unknown, bounds: NumberBounds): value is number {
  return (
    typeof value === "number" &&
    !Number.isNaN(value) &&
    value >= (bounds.min ?? Number.NEGATIVE_INFINITY) &&
    value <= (bounds.max ?? Number.POSITIVE_INFINITY) &&
    (bounds.above === undefined || value > bounds.above) &&
    (bounds.below === undefined || value < bounds.below)
  );
}

function boundsInWords(bounds: NumberBounds): string {
  const parts: string[] = [];
  if (bounds.min !== undefined) parts.push(`>= ${bounds.min}`);
  if (bounds.above !== undefined) parts.push(`> ${bounds.above}`);
  if (bounds.max !== undefined) parts.push(`<= ${bounds.max}`);
  if (bounds.below !== undefined) parts.push(`< ${bounds.below}`);
  return parts.length === 0 ? "" : ` ${parts.join(" and ")}`;
}

function outside(bounds: NumberBounds): number[] {
  const bad = [Number.NaN];
  // One beyond infinity is infinity, which the rule may allow.
  if (Number.isFinite(bounds.min)) bad.push((bounds.min as number) - 1);
  if (bounds.above !== undefined) bad.push(bounds.above);
  if (Number.isFinite(bounds.max)) bad.push((bounds.max as number) + 1);
  if (bounds.below !== undefined) bad.push(bounds.below);
  return bad;
}

function rule<T>(expected: string, about: Described<T>, accepts: (value: unknown) => boolean, invalid: readonly unknown[]): OptionRule<T> {
  return { expected, doc: about.doc, fallback: about.default, required: about.required ?? false, accepts, invalid };
}

/** A real number; finite unless a bound of Infinity is named. */
export function numberOption(about: Described<number> & NumberBounds): OptionRule<number> {
  const infinite = about.max === Number.POSITIVE_INFINITY;
  return rule(
    `a ${infinite ? "" : "finite "}number${boundsInWords(about)}`,
    about,
    (v) => within(v, about) && (infinite || Number.isFinite(v)),
    ["1", null, ...(infinite ? [] : [Number.POSITIVE_INFINITY]), ...outside(about)],
  );
}

/** A whole number. */
export function integerOption(about: Described<number> & NumberBounds): OptionRule<number> {
  return rule(`a whole number${boundsInWords(about)}`, about, (v) => within(v, about) && Number.isSafeInteger(v), [
    "1",
    null,
    1.5,
    ...outside(about),
  ]);
}

/** `true` or `false`. */
export function booleanOption(about: Described<boolean>): OptionRule<boolean> {
  return rule("true or false", about, (v) => typeof v === "boolean", ["true", 1, null]);
}

/** A non-empty string. */
export function stringOption(about: Described<string>): OptionRule<string> {
  return rule("a non-empty string", about, (v) => typeof v === "string" && v !== "", ["", 1, null]);
}

/** One of a closed list of words. */
export function oneOfOption<const T extends string>(words: readonly T[], about: Described<T>): OptionRule<T> {
  return rule(`one of ${words.map((w) => `"${w}"`).join(", ")}`, about, (v) => (words as readonly unknown[]).includes(v), [
    "no such word",
    1,
    null,
  ]);
}

/** Anything a test accepts; `expected` completes "must be …" and `invalid` lists values that must be refused. */
export function customOption<T>(
  about: Described<T> & { readonly expected: string; readonly accepts: (value: unknown) => boolean; readonly invalid?: readonly unknown[] },
): OptionRule<T> {
  return rule(about.expected, about, about.accepts, about.invalid ?? [null]);
}

type AnyRules = Readonly<Record<string, OptionRule<unknown>>>;

/** Options after the defaults are filled in. */
export type ResolvedOptions<R extends AnyRules> = { readonly [K in keyof R]: R[K] extends OptionRule<infer T> ? T : never };

/** The options of one function: rules as data, used for checks, messages, docs and tests. */
export interface OptionTable<R extends AnyRules> {
  /** The function the options belong to. */
  readonly owner: string;
  readonly rules: R;
  /**
   * Fills in defaults and refuses everything the rules do not allow.
   * @throws {@link OptionError} on an unknown key, a missing required option or a refused value.
   */
  readonly parse: (options: Readonly<Partial<Record<keyof R, unknown>>> | undefined) => ResolvedOptions<R>;
}

/**
 * Declares the options of a function once.
 *
 * Rules without a default resolve to `undefined` when absent: type them `OptionRule<T | undefined>`.
 *
 * @example
 * ```ts
 * import { numberOption, optionTable } from "@attnlab/check";
 * const table = optionTable("descend", { learningRate: numberOption({ doc: "Step size.", above: 0, default: 0.1 }) });
 * table.parse({}).learningRate; // => 0.1
 * ```
 */
export function optionTable<R extends AnyRules>(owner: string, rules: R): OptionTable<R> {
  return { owner, rules, parse: (options) => parseOptions(owner, rules, options) };
}

function parseOptions<R extends AnyRules>(owner: string, rules: R, options: unknown): ResolvedOptions<R> {
  const given = options === undefined ? {} : options;
  const names = Object.keys(rules);
  if (typeof given !== "object" || given === null || Array.isArray(given)) {
    throw new OptionError(
      problem({ where: owner, expected: "options must be an object", got: show(given), fix: `Known options: ${names.join(", ")}.` }),
    );
  }
  const values = given as Record<string, unknown>;
  for (const key of Object.keys(values)) {
    if (!Object.hasOwn(rules, key)) {
      throw new OptionError(
        problem({ where: owner, expected: "every option must be known", got: show(key), fix: `Known options: ${names.join(", ")}.` }),
      );
    }
  }
  const resolved: Record<string, unknown> = {};
  for (const name of names) {
    const one = rules[name] as OptionRule<unknown>;
    const value = values[name];
    if (value === undefined) {
      if (one.required) {
        throw new OptionError(
          problem({ where: owner, expected: `${name} must be ${one.expected}`, got: "nothing", fix: `Pass ${name}: ${one.doc}` }),
        );
      }
      resolved[name] = one.fallback;
    } else if (one.accepts(value)) {
      resolved[name] = value;
    } else {
      throw new OptionError(problem({ where: owner, expected: `${name} must be ${one.expected}`, got: show(value), fix: one.doc }));
    }
  }
  return resolved as ResolvedOptions<R>;
}
