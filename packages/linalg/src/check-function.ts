import { OptionError, problem, show } from "@attnlab/check";

/** Requires a function. */
export function checkFunction(where: string, name: string, f: unknown): void {
  if (typeof f === "function") return;
  const fix = "Pass a function from a Float64Array to a new one.";
  throw new OptionError(problem({ where, expected: `${name} must be a function`, got: show(f), fix }));
}
