import { FormatError, problem } from "@attnlab/check";
import { htmlToText } from "./html-to-text.ts";
import { binaryOfBytes, bytesOfBinary, decodeCharset, decodeTransfer } from "./transfer-encoding.ts";

/** A mail reduced to what a reader sees. */
export interface Mail {
  /** The subject line, encoded words left as they are; empty if there is none. */
  readonly subject: string;
  /** The body as text, without headers; may be empty. */
  readonly text: string;
}

interface Entity {
  /** Lower-case names; of repeated headers the first. */
  readonly headers: ReadonlyMap<string, string>;
  readonly body: string;
}

/** Nested parts deeper than this are not read. */
const MAX_DEPTH = 16;

// Not any tag: people write <snip> and <rant>.
const STARTS_AS_HTML =
  /^\s*<(?:!--|!doctype\b|(?:html|x-html|head|title|meta|style|script|body|div|p|br|center|table|tr|td|font|span|img|a|b|h[1-6])[\s>])/i;

function splitEntity(source: string): Entity {
  const headers = new Map<string, string>();
  let at = 0;
  let last: string | undefined;
  while (at < source.length) {
    const end = source.indexOf("\n", at);
    const stop = end < 0 ? source.length : end;
    const line = source.slice(at, stop);
    const field = /^([!-9;-~]+)[ \t]*:(.*)$/.exec(line);
    if (field !== null) {
      last = (field[1] as string).toLowerCase();
      if (headers.has(last)) last = undefined;
      else headers.set(last, (field[2] as string).trim());
    } else if (/^[ \t]+\S/.test(line) && headers.size > 0) {
      if (last !== undefined) headers.set(last, `${headers.get(last)} ${line.trim()}`);
    } else if (!/^>?From /.test(line)) {
      // A blank line ends the headers and belongs to neither side; any other line is body that came without one.
      return { headers, body: source.slice(line.trim() === "" ? stop + 1 : at) };
    }
    at = stop + 1;
  }
  return { headers, body: "" };
}

function parameter(header: string, name: string): string {
  const found = new RegExp(`;\\s*${name}\\s*=\\s*(?:"([^"]*)"|([^;\\s]+))`, "i").exec(header);
  return found?.[1] ?? found?.[2] ?? "";
}

/** The boundary of a multipart body whose header was lost: a dashed line near the top with a part's header behind it; else empty. */
function visibleBoundary(body: string): string {
  return /^(?:[^\n]{0,100}\n){0,5}?--(\S[^\n]*)\ncontent-(?:type|transfer-encoding):/i.exec(body)?.[1]?.trimEnd() ?? "";
}

/** The parts between boundary lines; nothing if there is no boundary or it never comes. */
function splitParts(body: string, boundary: string): string[] {
  if (boundary === "") return [];
  const parts: string[] = [];
  let current: string[] | undefined;
  for (const line of body.split("\n")) {
    const trimmed = line.trimEnd();
    if (trimmed === `--${boundary}` || trimmed === `--${boundary}--`) {
      if (current !== undefined) parts.push(current.join("\n"));
      current = trimmed.endsWith("--") && trimmed !== `--${boundary}` ? undefined : [];
    } else current?.push(line);
  }
  if (current !== undefined) parts.push(current.join("\n"));
  return parts;
}

function leafText(entity: Entity, type: string, binary: boolean): string {
  const contentType = entity.headers.get("content-type") ?? "";
  const encoding = (entity.headers.get("content-transfer-encoding") ?? "").toLowerCase();
  const body = decodeTransfer(entity.body, encoding);
  const carriesBytes = binary || encoding === "base64" || (encoding === "quoted-printable" && /^[\0-\xff]*$/.test(body));
  const text = carriesBytes ? decodeCharset(bytesOfBinary(body), parameter(contentType, "charset").toLowerCase()) : body;
  // Spam often calls HTML plain: a text that starts with a tag is HTML.
  return type === "text/html" || STARTS_AS_HTML.test(text) ? htmlToText(text) : text.trim();
}

function entityText(source: string, binary: boolean, depth: number): string {
  const entity = splitEntity(source);
  const contentType = entity.headers.get("content-type") ?? "text/plain";
  const type = (contentType.split(";")[0] as string).trim().toLowerCase();
  if (/^attachment\b/i.test(entity.headers.get("content-disposition") ?? "") || depth > MAX_DEPTH) return "";
  if (type === "message/rfc822") return entityText(entity.body, binary, depth + 1);
  if (type.startsWith("multipart/") || type === "text/plain") {
    const named = type === "text/plain" ? "" : parameter(contentType, "boundary");
    const parts = splitParts(entity.body, named === "" ? visibleBoundary(entity.body) : named);
    const texts = parts.map((part) => entityText(part, binary, depth + 1)).filter((text) => text !== "");
    // Alternatives say the same thing, the plainest first.
    if (parts.length > 0) return type === "multipart/alternative" ? (texts[0] ?? "") : texts.join("\n");
    // A multipart mail whose boundary never comes is shown as it stands.
    return leafText(entity, "text/plain", binary);
  }
  return type.startsWith("text") || !type.includes("/") ? leafText(entity, type, binary) : "";
}

/**
 * Reduces a raw mail to its text: headers are dropped, MIME parts walked, transfer encodings and charsets decoded, HTML reduced.
 *
 * Of alternative parts the first with text counts; other multiparts are joined; attachments and parts that are not text are left out.
 * Malformed mails never fail: what cannot be decoded is shown as it stands.
 *
 * @param raw - the mail as bytes (best: charsets are then decoded), or as text that was decoded already.
 * @throws FormatError when `raw` is empty.
 * @example
 * ```ts
 * import { parseMail } from "@attnlab/datasets";
 * const mail = parseMail("Subject: Hi\nContent-Type: text/html\n\n<b>See</b> you<br>soon");
 * mail.subject; // => "Hi"
 * mail.text; // => "See you soon"
 * ```
 * @see RFC 5322 (headers), RFC 2045 and RFC 2046 (MIME).
 */
export function parseMail(raw: string | Uint8Array): Mail {
  const binary = typeof raw !== "string";
  // One code unit per byte until each part's charset is known.
  const source = (binary ? binaryOfBytes(raw) : raw).replaceAll("\r\n", "\n");
  if (source.trim() === "") {
    throw new FormatError(problem({ where: "parseMail", expected: "a mail must not be empty", got: "no text", fix: "Check the file." }));
  }
  return { subject: splitEntity(source).headers.get("subject") ?? "", text: entityText(source, binary, 0) };
}
