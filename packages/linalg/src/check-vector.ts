import { OptionError, problem, show } from "@attnlab/check";
import { checkFloat64 } from "./check-float64.ts";
import { checkFinite, checkSameSize } from "./matrix.ts";

/** Requires a `Float64Array` of finite numbers: an ordinary array would slip through `map` and come back as another type. */
export function checkVector(where: string, name: string, x: Float64Array): void {
  checkFloat64(where, name, x);
  checkFinite(where, name, x);
}

/** A number >= 0, or one for each element, as a function of the index. */
export function perElement(where: string, name: string, value: number | Float64Array, length: number): (index: number) => number {
  if (!isNumberOrVector(value)) {
    const fix = "Pass a number >= 0, or one for each element.";
    throw new OptionError(problem({ where, expected: `${name} must be a number >= 0 or a Float64Array`, got: show(value), fix }));
  }
  const values = typeof value === "number" ? Float64Array.of(value) : value;
  for (let i = 0; i < values.length; i++) {
    if ((values[i] as number) >= 0) continue;
    const got = typeof value === "number" ? String(value) : `${values[i]} at index ${i}`;
    throw new OptionError(problem({ where, expected: `${name} must be >= 0`, got, fix: "Pass a number >= 0, or one for each element." }));
  }
  if (typeof value === "number") return () => value;
  checkSameSize(where, `${name} must have one number for each element`, [value.length, length]);
  return (index) => value[index] as number;
}

/** Whether an option is a number that is not NaN, or a `Float64Array`. */
export function isNumberOrVector(value: unknown): boolean {
  return (typeof value === "number" && !Number.isNaN(value)) || value instanceof Float64Array;
}
