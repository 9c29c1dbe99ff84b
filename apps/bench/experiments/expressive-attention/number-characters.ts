import { DataError, problem } from "@attnlab/check";

/** A text as character numbers. */
export interface CharacterText {
  /** The characters, most frequent first. */
  readonly alphabet: readonly string[];
  readonly ids: Int32Array;
}

/**
 * Numbers the characters of a text by frequency; those beyond `size` are left out.
 * @throws DataError when the text has fewer different characters.
 */
export function numberCharacters(text: string, size: number): CharacterText {
  const counts = new Map<string, number>();
  for (const character of text) counts.set(character, (counts.get(character) ?? 0) + 1);
  if (counts.size < size) {
    const expected = `the text must have ${size} different characters`;
    throw new DataError(problem({ where: "numberCharacters", expected, got: String(counts.size), fix: "Ask for fewer." }));
  }
  const alphabet = [...counts]
    .sort(([a, x], [b, y]) => y - x || (a < b ? -1 : 1))
    .slice(0, size)
    .map(([character]) => character);
  const numbers = new Map(alphabet.map((character, i) => [character, i]));
  return { alphabet, ids: Int32Array.from(Array.from(text, (character) => numbers.get(character) ?? -1).filter((id) => id >= 0)) };
}
