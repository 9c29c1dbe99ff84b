import { booleanOption, integerOption, oneOfOption, stringOption } from "@attnlab/check";
import { expect, test } from "vitest";
import { defineExperiment, numberListOption, parameter, wordListOption } from "../experiment/index.ts";
import { checkParameters, parseSetting, resolveParameters } from "./resolve-parameters.ts";

const experiment = defineExperiment({
  id: "paper/one",
  title: "One",
  paper: "Paper",
  summary: "Summary.",
  parameters: {
    p: parameter(numberListOption({ doc: "Exponents.", above: 1 }), { quick: [2], full: [1.75, 2, 3] }),
    steps: parameter(integerOption({ doc: "Steps.", min: 1 }), { quick: 10, full: 100 }),
    stable: parameter(booleanOption({ doc: "Stable form." }), true),
    mode: parameter(oneOfOption(["stable", "authors"], { doc: "Mode." }), "stable"),
    which: parameter(wordListOption(["adam", "sgd"], { doc: "Optimizers." }), ["adam"]),
    name: parameter(stringOption({ doc: "Name." }), "x"),
  },
  seeds: { quick: 1, full: 1 },
  run: () => undefined,
  claims: [],
  figures: [],
});

const set = (...texts: string[]) => resolveParameters(experiment, "quick", texts.map(parseSetting));

test("defaults follow the scale", () => {
  expect(resolveParameters(experiment, "full", [])).toEqual({
    p: [1.75, 2, 3],
    steps: 100,
    stable: true,
    mode: "stable",
    which: ["adam"],
    name: "x",
  });
});

test("a typed value is read as whatever the rule accepts", () => {
  expect(set("p=1.5,2", "steps=7", "stable=false", "mode=authors", "which=sgd,adam", "name=12")).toEqual({
    p: [1.5, 2],
    steps: 7,
    stable: false,
    mode: "authors",
    which: ["sgd", "adam"],
    name: "12",
  });
  expect(set("p=3").p).toEqual([3]);
  expect(set("p=[3, 4]").p).toEqual([3, 4]);
  expect(set("name=a=b").name).toBe("a=b");
});

test.each([
  ["p=0.5", "paper/one: p must be a non-empty list of finite numbers > 1; got 0.5. Exponents."],
  ["steps=1.5", "paper/one: steps must be a whole number >= 1; got 1.5. Steps."],
  ["stable=maybe", 'paper/one: stable must be true or false; got "maybe". Stable form.'],
  ["mode=fast", 'paper/one: mode must be one of "stable", "authors"; got "fast". Mode.'],
])("%s is refused", (text, message) => {
  expect(() => set(text)).toThrow(message);
});

test("stored parameters that no longer fit are refused", () => {
  const { steps: _steps, ...without } = set();
  expect(() => checkParameters(experiment, without)).toThrow("paper/one: steps must be a whole number >= 1; got nothing.");
  expect(() => checkParameters(experiment, { ...set(), old: 1 })).toThrow('every option must be known; got "old".');
});

test.each(["steps", "=3", ""])("--set %j has no key and value", (text) => {
  expect(() => parseSetting(text)).toThrow("a setting must be written key=value");
});
