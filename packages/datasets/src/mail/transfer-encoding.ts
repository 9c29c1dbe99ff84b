/**
 * A string with one code unit per byte. Bytes are widened to UTF-16, which is several times faster than joining characters;
 * TextDecoder's "latin1" is Windows-1252 and would change bytes.
 */
export function binaryOfBytes(bytes: Uint8Array): string {
  const wide = new Uint8Array(2 * bytes.length);
  for (let i = 0; i < bytes.length; i++) wide[2 * i] = bytes[i] as number;
  return new TextDecoder("utf-16le").decode(wide);
}

/** Bytes of a string whose code units are all below 256. */
export function bytesOfBinary(binary: string): Uint8Array {
  const bytes = new Uint8Array(binary.length);
  for (let i = 0; i < bytes.length; i++) bytes[i] = binary.charCodeAt(i);
  return bytes;
}

function quotedPrintable(text: string): string {
  return text.replaceAll(/=[ \t]*\n/g, "").replaceAll(/=([0-9A-Fa-f]{2})/g, (_, hex) => String.fromCharCode(Number.parseInt(hex, 16)));
}

function base64(text: string): string {
  // Mail lists append plain footers to encoded bodies: decode up to the first line that is no base64.
  const lines = text.split("\n").map((line) => line.trim());
  const end = lines.findIndex((line) => line !== "" && !/^[A-Za-z0-9+/]+={0,2}$/.test(line));
  const encoded = lines.slice(0, end < 0 ? lines.length : end).join("");
  const whole = encoded.replaceAll("=", "");
  return atob(whole.length % 4 === 1 ? whole.slice(0, -1) : whole);
}

/** Undoes a content-transfer-encoding; the result holds one byte per code unit for the encodings that carry bytes. */
export function decodeTransfer(body: string, encoding: string): string {
  if (encoding === "quoted-printable") return quotedPrintable(body);
  if (encoding === "base64") return base64(body);
  return body;
}

/** Text of bytes in a named charset; unknown names, and UTF-8 that is none, fall back to Windows-1252, which every byte string is. */
export function decodeCharset(bytes: Uint8Array, charset: string): string {
  for (const label of [charset === "us-ascii" || charset === "" ? "utf-8" : charset, "windows-1252"]) {
    try {
      return new TextDecoder(label, { fatal: label === "utf-8" }).decode(bytes);
    } catch {
      // an unknown label or bytes that are not UTF-8: try the next
    }
  }
  return "";
}
