import { integerOption, oneOfOption } from "@attnlab/check";
import { expect, test } from "vitest";
import { numberListOption, parameter, wordListOption } from "./parameter.ts";

test("a default is for both scales, or per scale", () => {
  expect(parameter(integerOption({ doc: "Steps." }), 7)).toMatchObject({ quick: 7, full: 7 });
  expect(parameter(integerOption({ doc: "Steps." }), { quick: 7, full: 11 })).toMatchObject({ quick: 7, full: 11 });
  expect(parameter(numberListOption({ doc: "p." }), [2, 3])).toMatchObject({ quick: [2, 3], full: [2, 3] });
  expect(parameter(oneOfOption(["a", "b"], { doc: "Which." }), "b")).toMatchObject({ quick: "b", full: "b" });
});

test("list rules refuse what they say they refuse", () => {
  const rules = [
    numberListOption({ doc: "p.", above: 1 }),
    numberListOption({ doc: "R.", min: 0 }),
    wordListOption(["adam", "sgd"], { doc: "Which." }),
  ];
  for (const rule of rules)
    for (const bad of rule.invalid) expect(rule.accepts(bad), `${rule.expected}: ${JSON.stringify(bad)}`).toBe(false);
  const [above, min, words] = rules;
  expect([above?.accepts([1]), above?.accepts([1.1])]).toEqual([false, true]);
  expect([min?.accepts([-1]), min?.accepts([0])]).toEqual([false, true]);
  expect(words?.accepts(["adam", "sgd"])).toBe(true);
});
