/**
 * A protobuf writer that fills its buffer from the end to the start.
 *
 * A length-delimited field carries its length in front of its content; written backwards the length is known when it is
 * needed, so nested messages cost neither a measuring pass nor a copy. Fields are therefore written last first.
 */
export interface WireWriter {
  bytes: Uint8Array;
  /** Bytes written so far; they occupy the end of `bytes`. */
  used: number;
}

const VARINT = 0;
const LENGTH = 2;
const FIXED32 = 5;
const utf8 = new TextEncoder();
const float32 = new Float32Array(1);
const float32Bytes = new Uint8Array(float32.buffer);

/** A writer with room for `capacity` bytes; it grows when that is too little. */
export function createWriter(capacity: number): WireWriter {
  return { bytes: new Uint8Array(Math.max(capacity, 64)), used: 0 };
}

/** What was written, as a view that shares the writer's memory. */
export function finishWriter(writer: WireWriter): Uint8Array {
  return writer.bytes.subarray(writer.bytes.length - writer.used);
}

/** Makes room for `count` bytes and returns the index of the first of them. */
function take(writer: WireWriter, count: number): number {
  const needed = writer.used + count;
  if (needed > writer.bytes.length) {
    const grown = new Uint8Array(Math.max(needed, 2 * writer.bytes.length));
    grown.set(finishWriter(writer), grown.length - writer.used);
    writer.bytes = grown;
  }
  writer.used = needed;
  return writer.bytes.length - needed;
}

/** A whole number as base-128 groups, lowest first; negative numbers take ten bytes as 64-bit two's complement. */
function putVarint(writer: WireWriter, value: number): void {
  if (value < 0) {
    let rest = BigInt.asUintN(64, BigInt(value));
    let at = take(writer, 10);
    for (let i = 0; i < 9; i++, rest >>= 7n) writer.bytes[at++] = Number(rest & 127n) | 128;
    writer.bytes[at] = Number(rest);
    return;
  }
  let size = 1;
  for (let rest = value; rest >= 128; rest = Math.floor(rest / 128)) size++;
  let at = take(writer, size);
  let rest = value;
  for (; size > 1; size--) {
    writer.bytes[at++] = (rest % 128) | 128;
    rest = Math.floor(rest / 128);
  }
  writer.bytes[at] = rest;
}

/** An integer field. */
export function writeInt(writer: WireWriter, field: number, value: number): void {
  putVarint(writer, value);
  putVarint(writer, field * 8 + VARINT);
}

/** A single-precision field. */
export function writeFloat(writer: WireWriter, field: number, value: number): void {
  float32[0] = value;
  const at = take(writer, 4);
  writer.bytes.set(float32Bytes, at);
  putVarint(writer, field * 8 + FIXED32);
}

/** A bytes field. */
export function writeBytes(writer: WireWriter, field: number, value: Uint8Array): void {
  const at = take(writer, value.length);
  writer.bytes.set(value, at);
  endMessage(writer, field, writer.used - value.length);
}

/** A string field in UTF-8. */
export function writeString(writer: WireWriter, field: number, value: string): void {
  const before = writer.used;
  let at = take(writer, value.length);
  for (let i = 0; i < value.length; i++) {
    const code = value.charCodeAt(i);
    if (code >= 128) {
      writer.used = before;
      writeBytes(writer, field, utf8.encode(value));
      return;
    }
    writer.bytes[at++] = code;
  }
  endMessage(writer, field, before);
}

/** Closes a message whose content was written since `writer.used` was `before`: its length, then its tag. */
export function endMessage(writer: WireWriter, field: number, before: number): void {
  putVarint(writer, writer.used - before);
  putVarint(writer, field * 8 + LENGTH);
}
