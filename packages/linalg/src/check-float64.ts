import { problem, ShapeError, show } from "@attnlab/check";

/** Requires a `Float64Array`; its elements are not looked at, so that this costs nothing beside a loop over them. */
export function checkFloat64(where: string, name: string, x: Float64Array): void {
  if (x instanceof Float64Array) return;
  const fix = "Convert it with Float64Array.from.";
  throw new ShapeError(problem({ where, expected: `${name} must be a Float64Array`, got: show(x), fix }));
}
