import { customOption, type OptionRule } from "@attnlab/check";

/** What a parameter can be: it must survive JSON, because it is stored beside every run. */
export type ParameterValue = number | string | boolean | readonly number[] | readonly string[];

/** The parameters of an experiment by name, after defaults and `--set` are applied. */
export type ParameterValues = Readonly<Record<string, ParameterValue>>;

/** The size of an experiment: `quick` for `npm start`, `full` for the paper's own setting. */
export type Scale = "quick" | "full";

/** Every scale, smallest first. */
export const SCALES: readonly Scale[] = ["quick", "full"];

/** One parameter: its rule and documentation, and its default at each scale. */
export interface Parameter<T extends ParameterValue> extends Readonly<Record<Scale, T>> {
  readonly rule: OptionRule<T>;
}

/**
 * Declares a parameter from a rule of `@attnlab/check` and its default, for both scales or per scale.
 *
 * @example
 * ```ts
 * parameter(integerOption({ doc: "Training steps.", min: 1 }), { quick: 200, full: 2000 });
 * parameter(numberOption({ doc: "Step size of the dual update.", above: 0 }), 0.1);
 * ```
 */
export function parameter<T extends ParameterValue>(rule: OptionRule<T>, defaults: T | Readonly<Record<Scale, T>>): Parameter<T> {
  return isPerScale(defaults) ? { rule, quick: defaults.quick, full: defaults.full } : { rule, quick: defaults as T, full: defaults as T };
}

function isPerScale<T extends ParameterValue>(defaults: T | Readonly<Record<Scale, T>>): defaults is Readonly<Record<Scale, T>> {
  return typeof defaults === "object" && !Array.isArray(defaults) && "quick" in defaults;
}

/** A rule for a list of finite numbers, written `--set p=1.75,2,3` on the command line. */
export function numberListOption(about: {
  readonly doc: string;
  readonly above?: number;
  readonly min?: number;
}): OptionRule<readonly number[]> {
  const least = about.above !== undefined ? ` > ${about.above}` : about.min !== undefined ? ` >= ${about.min}` : "";
  const accepts = (value: unknown): boolean =>
    Array.isArray(value) &&
    value.length > 0 &&
    value.every((n) => Number.isFinite(n) && n > (about.above ?? Number.NEGATIVE_INFINITY) && n >= (about.min ?? Number.NEGATIVE_INFINITY));
  return customOption({
    doc: about.doc,
    expected: `a non-empty list of finite numbers${least}`,
    accepts,
    invalid: [[], ["1"], [Number.NaN], null],
  });
}

/** A rule for a list of words out of a closed set, written `--set optimizers=adam,sgd` on the command line. */
export function wordListOption<const T extends string>(words: readonly T[], about: { readonly doc: string }): OptionRule<readonly T[]> {
  const accepts = (value: unknown): boolean =>
    Array.isArray(value) && value.length > 0 && value.every((word) => (words as readonly unknown[]).includes(word));
  return customOption({
    doc: about.doc,
    expected: `a non-empty list out of ${words.map((w) => `"${w}"`).join(", ")}`,
    accepts,
    invalid: [[], ["no such word"], null],
  });
}
