import { FormatError, problem } from "@attnlab/check";

/** A protobuf reader: a cursor over bytes, inside the message that ends at `end`. */
export interface WireReader {
  readonly bytes: Uint8Array;
  readonly view: DataView;
  at: number;
  end: number;
  /** Field number and wire type of the field that {@link nextField} stopped at. */
  field: number;
  wire: number;
  depth: number;
}

const VARINT = 0;
const FIXED64 = 1;
const LENGTH = 2;
const FIXED32 = 5;
/** Deeper nesting than any real model has; without a limit a small hostile file could overflow the stack. */
const MAX_DEPTH = 200;
const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** A reader at the start of a top-level message. */
export function createReader(bytes: Uint8Array): WireReader {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return { bytes, view, at: 0, end: bytes.length, field: 0, wire: 0, depth: 0 };
}

/** The error for bytes that are no ONNX model. */
export function corrupt(reader: WireReader, what: string): FormatError {
  return new FormatError(
    problem({
      where: "decodeModel",
      expected: "the bytes must be a complete ONNX model",
      got: `${what} at byte ${reader.at} of ${reader.bytes.length}`,
      fix: "Check that the file is an .onnx file and was copied whole.",
    }),
  );
}

/** Moves to the next field of the current message; `false` at its end. */
export function nextField(reader: WireReader): boolean {
  if (reader.at === reader.end) return false;
  const tag = readVarint(reader);
  reader.field = Math.floor(tag / 8);
  reader.wire = tag & 7;
  if (reader.field < 1 || tag > 0xffff_ffff) throw corrupt(reader, "an impossible field number");
  return true;
}

/** Steps over a field nobody asked for. */
export function skipField(reader: WireReader): void {
  if (reader.wire === VARINT) readBigVarint(reader);
  else if (reader.wire === LENGTH) readSpan(reader);
  else if (reader.wire === FIXED64) advance(reader, 8);
  else if (reader.wire === FIXED32) advance(reader, 4);
  else throw corrupt(reader, `wire type ${reader.wire}`);
}

function advance(reader: WireReader, count: number): number {
  const from = reader.at;
  if (count > reader.end - from) throw corrupt(reader, `a field of ${count} bytes where ${reader.end - from} are left`);
  reader.at = from + count;
  return from;
}

/** A 64-bit two's complement integer. */
function readBigVarint(reader: WireReader): bigint {
  let value = 0n;
  for (let shift = 0n; shift < 70n; shift += 7n) {
    const byte = reader.bytes[advance(reader, 1)] as number;
    value |= BigInt(byte & 127) << shift;
    if (byte < 128) return BigInt.asIntN(64, value);
  }
  throw corrupt(reader, "an integer of more than ten bytes");
}

/** An integer as an ordinary number; beyond 2^53 it would not be the one in the file. */
function readVarint(reader: WireReader): number {
  const start = reader.at;
  let value = 0;
  let scale = 1;
  // Four groups of seven bits stay in 32-bit integer arithmetic; nearly every varint of a model is that short.
  for (let i = 0; i < 4; i++, scale *= 128) {
    const byte = reader.bytes[advance(reader, 1)] as number;
    value += (byte & 127) * scale;
    if (byte < 128) return value;
  }
  reader.at = start;
  const big = Number(readBigVarint(reader));
  if (!Number.isSafeInteger(big)) throw corrupt(reader, `the integer ${big}, beyond 2^53,`);
  return big;
}

function want(reader: WireReader, wire: number): void {
  if (reader.wire !== wire) throw corrupt(reader, `wire type ${reader.wire} instead of ${wire} in field ${reader.field}`);
}

/** The value of an integer field. */
export function readInt(reader: WireReader): number {
  want(reader, VARINT);
  return readVarint(reader);
}

/** The value of a single-precision field. */
export function readFloat(reader: WireReader): number {
  want(reader, FIXED32);
  return reader.view.getFloat32(advance(reader, 4), true);
}

function readSpan(reader: WireReader): Uint8Array {
  const size = readVarint(reader);
  if (size < 0) throw corrupt(reader, `a field of ${size} bytes`);
  const from = advance(reader, size);
  return reader.bytes.subarray(from, from + size);
}

/** The value of a bytes field; a view, not a copy. */
export function readBytes(reader: WireReader): Uint8Array {
  want(reader, LENGTH);
  return readSpan(reader);
}

/** The value of a string field. */
export function readString(reader: WireReader): string {
  const bytes = readBytes(reader);
  let text = "";
  for (let i = 0; i < bytes.length; i++) {
    const code = bytes[i] as number;
    if (code >= 128) return decodeUtf8(reader, bytes);
    text += String.fromCharCode(code);
  }
  return text;
}

function decodeUtf8(reader: WireReader, bytes: Uint8Array): string {
  try {
    return utf8.decode(bytes);
  } catch {
    throw corrupt(reader, "text that is not UTF-8");
  }
}

/** Appends one value of a repeated field, or all of them when the writer packed them into one field. */
function readRepeated<T>(reader: WireReader, wire: number, one: () => T, into: T[]): void {
  if (reader.wire !== LENGTH) {
    want(reader, wire);
    into.push(one());
    return;
  }
  readMessage(reader, () => {
    while (reader.at < reader.end) into.push(one());
  });
}

/** Reads a repeated integer field. */
export function readInts(reader: WireReader, into: number[]): void {
  readRepeated(reader, VARINT, () => readVarint(reader), into);
}

/** Reads a repeated integer field whose values may exceed 2^53. */
export function readBigInts(reader: WireReader, into: bigint[]): void {
  readRepeated(reader, VARINT, () => readBigVarint(reader), into);
}

/** Reads a repeated single-precision field. */
export function readFloats(reader: WireReader, into: number[]): void {
  readRepeated(reader, FIXED32, () => reader.view.getFloat32(advance(reader, 4), true), into);
}

/** Reads a repeated double-precision field. */
export function readDoubles(reader: WireReader, into: number[]): void {
  readRepeated(reader, FIXED64, () => reader.view.getFloat64(advance(reader, 8), true), into);
}

/** Reads a nested message with `body`, which sees only the message's own bytes. */
export function readMessage<T>(reader: WireReader, body: (reader: WireReader) => T): T {
  want(reader, LENGTH);
  const size = readVarint(reader);
  if (size < 0) throw corrupt(reader, `a message of ${size} bytes`);
  const from = advance(reader, size);
  const outer = reader.end;
  if (++reader.depth > MAX_DEPTH) throw corrupt(reader, `messages nested more than ${MAX_DEPTH} deep`);
  reader.at = from;
  reader.end = from + size;
  const value = body(reader);
  if (reader.at !== reader.end) throw corrupt(reader, "a message that ends inside a field");
  reader.end = outer;
  reader.depth--;
  return value;
}
