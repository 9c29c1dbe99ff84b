import { DataError, OptionError, problem, ShapeError, show } from "@attnlab/check";

/**
 * Requires an object with certain fields: plain JavaScript may pass anything, or misspell one.
 * @throws ShapeError naming the argument and the field that is missing.
 */
export function checkFields(where: string, name: string, value: unknown, fields: readonly string[]): void {
  const fix = `Pass { ${fields.join(", ")} }.`;
  if (typeof value !== "object" || value === null) {
    throw new ShapeError(problem({ where, expected: `${name} must be an object with ${fields.join(", ")}`, got: show(value), fix }));
  }
  const missing = fields.find((field) => !(field in value) || value[field as keyof typeof value] === undefined);
  if (missing === undefined) return;
  throw new ShapeError(problem({ where, expected: `${name} must have ${missing}`, got: show(value), fix }));
}

/**
 * Refuses fields that no solver reads: a misspelled optional one would be ignored without a word.
 * @throws OptionError naming the field, like an unknown option.
 */
export function checkKnown(where: string, name: string, value: object, known: readonly string[]): void {
  const other = Object.keys(value).find((field) => !known.includes(field));
  if (other === undefined) return;
  const fix = `Known fields: ${known.join(", ")}.`;
  throw new OptionError(problem({ where, expected: `every field of ${name} must be known`, got: show(other), fix }));
}

/**
 * Requires a list: an array or a typed array, not text, whose characters would pass for entries.
 * @throws ShapeError naming the argument.
 */
export function checkList(where: string, name: string, value: unknown): void {
  if (Array.isArray(value) || (ArrayBuffer.isView(value) && !(value instanceof DataView))) return;
  const fix = "Pass an array or a typed array.";
  throw new ShapeError(problem({ where, expected: `${name} must be a list`, got: show(value), fix }));
}

/** Beyond this the squares that every fit sums would leave the range of float64. */
export const LARGEST = 1e100;

/**
 * Requires magnitudes of at most {@link LARGEST}.
 * @throws DataError otherwise.
 */
export function checkMagnitude(where: string, name: string, values: ArrayLike<number>): void {
  for (let i = 0; i < values.length; i++) {
    if (Math.abs(values[i] as number) <= LARGEST) continue;
    const expected = `${name} must be at most ${LARGEST} in magnitude`;
    const fix = "Measure in larger units, or use fitStandardScaler first.";
    throw new DataError(problem({ where, expected, got: `${values[i]} at index ${i}`, fix }));
  }
}
