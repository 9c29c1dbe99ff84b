/** Stands for a web address. */
export const URL_TOKEN = "[URL]";
/** Stands for a mail address. */
export const EMAIL_TOKEN = "[EMAIL]";
/** Stands for a number. */
export const NUMBER_TOKEN = "[NUM]";

// Alternatives in order of precedence. The local part of an address is bounded: an endless run of letters stays linear.
const PATTERN =
  /(?<url>(?:https?:\/\/|www\.)[^\s<>"]+)|(?<email>[\p{L}\p{N}._%+-]{1,64}@[\p{L}\p{N}-]{1,64}(?:\.[\p{L}\p{N}-]{1,64})+)|(?<number>\p{N}+(?:[.,:]\p{N}+)*)|(?<word>[\p{L}\p{M}]+(?:'[\p{L}\p{M}]+)*)|(?<mark>[\p{P}\p{S}])\k<mark>*/gu;

/**
 * Splits a text into lower-case words, number, address and punctuation tokens.
 *
 * Rules, in this order, after Unicode composition (NFC) and lower-casing without a locale:
 * - web addresses become `[URL]`, mail addresses `[EMAIL]`, numbers (with inner `.`, `,` or `:`) `[NUM]`;
 * - a run of letters is a word, inner apostrophes included (`don't`); curly apostrophes count as straight ones;
 * - a run of one punctuation mark or symbol is that mark once (`!!!` is `!`); white space and control characters separate.
 *
 * @param text - any text, also empty.
 * @returns the tokens in order of appearance.
 * @example
 * ```ts
 * import { tokenize } from "@attnlab/datasets";
 * tokenize("Don't pay $1,000.50 -- see www.example.org!!!"); // => ["don't", "pay", "$", "[NUM]", "-", "see", "[URL]"]
 * ```
 */
export function tokenize(text: string): string[] {
  const tokens: string[] = [];
  for (const { groups } of text.normalize("NFC").toLowerCase().replaceAll("\u2019", "'").matchAll(PATTERN)) {
    if (groups?.url !== undefined) tokens.push(URL_TOKEN);
    else if (groups?.email !== undefined) tokens.push(EMAIL_TOKEN);
    else if (groups?.number !== undefined) tokens.push(NUMBER_TOKEN);
    else tokens.push((groups?.word ?? groups?.mark) as string);
  }
  return tokens;
}
