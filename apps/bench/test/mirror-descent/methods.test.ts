import { tensorData, toNumbers } from "@attnlab/check";
import { evaluate, specOf, trace } from "@attnlab/graph";
import { expectClose } from "@attnlab/testing";
import { expect, test } from "vitest";
import { exponentOf, methodLabel, methodListOption, optimizerOf, settings } from "../../experiments/mirror-descent/methods.ts";

test("the rule refuses what it says it refuses", () => {
  const rule = methodListOption("Methods.");
  for (const bad of rule.invalid) expect(rule.accepts(bad), JSON.stringify(bad)).toBe(false);
  expect(rule.accepts(["p=1.1", "p=2", "adam"])).toBe(true);
});

test("labels and exponents", () => {
  expect(["p=1.1", "p=2", "adam"].map(methodLabel)).toEqual(["MD p = 1.1", "GD (p = 2)", "Adam"]);
  expect(exponentOf("p=1.75")).toBe(1.75);
  expect(exponentOf("adam")).toBeNaN();
});

test("settings pair each method with its own rate, times every factor", () => {
  expect(settings("x", ["p=3", "adam"], [3e-3, 7], [0.1, 1])).toEqual([
    { method: "p=3", rate: 3e-4 },
    { method: "p=3", rate: 3e-3 },
    { method: "adam", rate: 0.7 },
    { method: "adam", rate: 7 },
  ]);
  expect(() => settings("x", ["p=3", "adam"], [1], [1])).toThrow(
    /^x: rates must have one step per method; got \["p=3", "adam"\] and \[1\]\. Set both lists together\.$/,
  );
});

test("mirror descent is un-normalised and keeps its exponent; p = 2 is gradient descent", () => {
  const after = (method: string): number => {
    const optimizer = optimizerOf({ method, rate: 0.5 });
    const [w, g] = [tensorData("float64", [1], [1]), tensorData("float64", [1], [-6])];
    const program = trace((g, w) => optimizer.step(g, optimizer.init(w), w).params, [specOf(g), specOf(w)]);
    return toNumbers(evaluate(program, [g, w]))[0] as number;
  };
  // p = 3: u = 1, u + 3 = 4, w = 2.
  expectClose([after("p=3"), after("p=2")], [2, 4]);
  // Adam's first step is the rate itself.
  expectClose(after("adam"), 1.5, { relative: 1e-8, reason: "eps in the denominator" });
});
