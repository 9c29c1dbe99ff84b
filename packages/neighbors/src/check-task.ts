import { OptionError, problem, ShapeError, show } from "@attnlab/check";
import type { ProductTask } from "./product-kernel.ts";

/** Requires whole rows, and a `k` that there are keys for. */
export function checkTask(where: string, { queries, keys, dimension, k, bias }: ProductTask): void {
  const whole = (length: number): boolean => length > 0 && length % dimension === 0;
  if (!Number.isSafeInteger(dimension) || dimension < 1 || !whole(queries.length) || !whole(keys.length)) {
    const got = `${queries.length} and ${keys.length} numbers for dimension ${show(dimension)}`;
    throw new ShapeError(problem({ where, expected: "queries and keys must be rows of the dimension", got, fix: "Pass whole rows." }));
  }
  const count = keys.length / dimension;
  if (bias !== undefined && bias.length !== count) {
    const got = `${bias.length} for ${count} keys`;
    throw new ShapeError(problem({ where, expected: "bias must have one number for each key", got, fix: "Leave it out for none." }));
  }
  if (!Number.isSafeInteger(k) || k < 1 || k > count) {
    const fix = "Ask for no more keys than there are.";
    throw new OptionError(problem({ where, expected: `k must be a whole number from 1 to the ${count} keys`, got: show(k), fix }));
  }
}
