import { describe, expect, test } from "vitest";
import { OptionError } from "./errors.ts";
import {
  booleanOption,
  customOption,
  integerOption,
  numberOption,
  type OptionRule,
  oneOfOption,
  optionTable,
  stringOption,
} from "./option-table.ts";

const RULES = {
  p: numberOption({ doc: "Exponent of the norm.", above: 1, required: true }),
  limit: numberOption({ doc: "Largest norm.", min: 0, max: Number.POSITIVE_INFINITY, default: Number.POSITIVE_INFINITY }),
  rate: numberOption({ doc: "Share of dropped weights.", min: 0, below: 1, default: 0 }),
  maxIter: integerOption({ doc: "Largest number of iterations.", min: 1, max: 1000, default: 100 }),
  normalize: booleanOption({ doc: "Divide by the norm.", default: false }),
  name: stringOption({ doc: "Name in messages." }),
  mode: oneOfOption(["stable", "authors"], { doc: "Formula of the step.", default: "stable" }),
  start: customOption<readonly number[]>({
    doc: "First iterate.",
    expected: "an array of numbers",
    accepts: (value) => Array.isArray(value) && value.every((x) => typeof x === "number"),
    invalid: [null, ["1"]],
  }),
};
const table = optionTable("solve", RULES);
const valid = { p: 1.5 };

test("fills in the defaults and leaves out what has none", () => {
  expect(table.parse(valid)).toEqual({
    p: 1.5,
    limit: Number.POSITIVE_INFINITY,
    rate: 0,
    maxIter: 100,
    normalize: false,
    name: undefined,
    mode: "stable",
    start: undefined,
  });
});

test("takes what is given, and an undefined value as absent", () => {
  const given = { p: 3, limit: 2, rate: 0.5, maxIter: 1, normalize: true, name: "x", mode: "authors", start: [1] };
  expect(table.parse(given)).toEqual(given);
  expect(table.parse({ ...valid, maxIter: undefined }).maxIter).toBe(100);
});

test("options may be left out when none is required", () => {
  expect(optionTable("f", { rate: RULES.rate }).parse(undefined)).toEqual({ rate: 0 });
});

describe("every value that a rule calls invalid is refused, with the rule in the message", () => {
  for (const [name, rule] of Object.entries<OptionRule<unknown>>(RULES)) {
    test.each(rule.invalid.map((value) => [value]))(`${name}: %o`, (value) => {
      const parse = (): unknown => table.parse({ ...valid, [name]: value });
      expect(parse).toThrow(OptionError);
      expect(parse).toThrow(`solve: ${name} must be ${rule.expected}; got `);
      expect(parse).toThrow(rule.doc);
    });
  }
});

test.each<[keyof typeof RULES, string]>([
  ["p", "a finite number > 1"],
  ["limit", "a number >= 0 and <= Infinity"],
  ["rate", "a finite number >= 0 and < 1"],
  ["maxIter", "a whole number >= 1 and <= 1000"],
  ["normalize", "true or false"],
  ["name", "a non-empty string"],
  ["mode", 'one of "stable", "authors"'],
  ["start", "an array of numbers"],
])("%s must be %s", (name, expected) => {
  expect(RULES[name].expected).toBe(expected);
});

test("bounds are closed or open as they say", () => {
  const parse = (options: object): unknown => table.parse({ ...valid, ...options });
  for (const inside of [{ p: 1 + Number.EPSILON }, { rate: 0 }, { rate: 0.999 }, { maxIter: 1 }, { maxIter: 1000 }, { limit: 0 }])
    parse(inside);
  for (const outside of [{ p: 1 }, { rate: -1e-300 }, { rate: 1 }, { maxIter: 0 }, { maxIter: 1001 }, { limit: -1 }]) {
    expect(() => parse(outside)).toThrow(OptionError);
  }
});

test("infinity is refused unless a bound names it", () => {
  expect(() => table.parse({ p: Number.POSITIVE_INFINITY })).toThrow("p must be a finite number > 1; got Infinity.");
});

test("an unknown key is refused with the known ones", () => {
  expect(() => optionTable("f", { rate: RULES.rate, mode: RULES.mode }).parse({ ratee: 1 } as object)).toThrow(
    new OptionError('f: every option must be known; got "ratee". Known options: rate, mode.'),
  );
});

test("a name from Object.prototype is no known key", () => {
  expect(() => table.parse({ ...valid, toString: 1 } as object)).toThrow('got "toString"');
});

test("a missing required option says what it is for", () => {
  expect(() => table.parse({})).toThrow(
    new OptionError("solve: p must be a finite number > 1; got nothing. Pass p: Exponent of the norm."),
  );
});

test.each([[null], [3], [[1]], ["p"]])("%j is no set of options", (options) => {
  expect(() => table.parse(options as object)).toThrow(/^solve: options must be an object; got .+\. Known options: p, limit,/);
});
