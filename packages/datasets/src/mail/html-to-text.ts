/** Entities that occur in mail; others stay as they are written. */
const ENTITIES: ReadonlyMap<string, string> = new Map([
  ["amp", "&"],
  ["lt", "<"],
  ["gt", ">"],
  ["quot", '"'],
  ["apos", "'"],
  ["nbsp", " "],
  ["copy", "\u00a9"],
  ["reg", "\u00ae"],
  ["trade", "\u2122"],
  ["middot", "\u00b7"],
  ["bull", "\u2022"],
  ["hellip", "\u2026"],
  ["ndash", "\u2013"],
  ["mdash", "\u2014"],
  ["lsquo", "\u2018"],
  ["rsquo", "\u2019"],
  ["ldquo", "\u201c"],
  ["rdquo", "\u201d"],
  ["laquo", "\u00ab"],
  ["raquo", "\u00bb"],
  ["cent", "\u00a2"],
  ["pound", "\u00a3"],
  ["yen", "\u00a5"],
  ["euro", "\u20ac"],
  ["deg", "\u00b0"],
  ["eacute", "\u00e9"],
  ["egrave", "\u00e8"],
  ["aacute", "\u00e1"],
  ["iacute", "\u00ed"],
  ["oacute", "\u00f3"],
  ["uacute", "\u00fa"],
  ["auml", "\u00e4"],
  ["ouml", "\u00f6"],
  ["uuml", "\u00fc"],
  ["szlig", "\u00df"],
  ["ntilde", "\u00f1"],
  ["ccedil", "\u00e7"],
]);

/** Tags inside a line; any other tag ends a word. */
const INLINE_TAGS: ReadonlySet<string> = new Set(["a", "abbr", "b", "big", "code", "em", "font", "i", "s", "small", "span", "strong", "u"]);

/** Elements whose content is not text for a reader. */
const HIDDEN_TAGS: ReadonlySet<string> = new Set(["script", "style"]);

function decodeEntities(text: string): string {
  return text.replaceAll(/&(?:#(\d{1,7})|#[xX]([0-9a-fA-F]{1,6})|([a-zA-Z]{2,8}));?/g, (whole, decimal, hex, name) => {
    if (name !== undefined) return ENTITIES.get(name) ?? ENTITIES.get(name.toLowerCase()) ?? whole;
    const code = decimal === undefined ? Number.parseInt(hex, 16) : Number(decimal);
    return code > 0 && code <= 0x10ffff ? String.fromCodePoint(code) : whole;
  });
}

/**
 * Reduces HTML to the text a reader sees: tags, comments, scripts and styles go, entities are decoded, white space is collapsed.
 *
 * One pass that never fails, for the broken HTML of mails. Inline tags join the text around them, so a word cut by tags comes back whole.
 *
 * @example
 * ```ts
 * import { htmlToText } from "@attnlab/datasets";
 * htmlToText("<p>F<b>R</b>EE &amp; easy</p><style>p{}</style><!-- x -->now"); // => "FREE & easy now"
 * ```
 */
export function htmlToText(html: string): string {
  const lower = html.toLowerCase();
  const after = (mark: string, from: number): number => {
    const found = lower.indexOf(mark, from);
    return found < 0 ? html.length : found + mark.length;
  };
  const pieces: string[] = [];
  let at = 0;
  while (at < html.length) {
    const open = html.indexOf("<", at);
    pieces.push(html.slice(at, open < 0 ? html.length : open));
    if (open < 0) break;
    if (html.startsWith("<!--", open)) {
      // A comment that never ends must not swallow the rest of the mail: it ends like a tag.
      at = lower.includes("-->", open + 4) ? after("-->", open + 4) : after(">", open);
      continue;
    }
    const name = /^<[/!?]?([a-z][a-z0-9]*)?/.exec(lower.slice(open, open + 24)) ?? [""];
    if (name[0] === "<" && name[1] === undefined) {
      pieces.push("<"); // a lone sign, as in "a < b"
      at = open + 1;
      continue;
    }
    at = after(">", open);
    if (!INLINE_TAGS.has(name[1] ?? "")) pieces.push(" ");
    if (HIDDEN_TAGS.has(name[1] ?? "") && lower[open + 1] !== "/") at = after(">", after(`</${name[1]}`, at) - 1);
  }
  return decodeEntities(pieces.join("")).replaceAll(/\s+/g, " ").trim();
}
