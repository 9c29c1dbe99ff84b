import { bytesPerElement, type Dtype, FormatError, problem, show, sizeOf, type TensorData } from "@attnlab/check";

const TO_FORMAT: Readonly<Record<Dtype, string>> = {
  float32: "F32",
  float64: "F64",
  int32: "I32",
  int64: "I64",
  uint32: "U32",
  bool: "BOOL",
};
const ARRAYS = {
  float32: Float32Array,
  float64: Float64Array,
  int32: Int32Array,
  int64: BigInt64Array,
  uint32: Uint32Array,
  bool: Uint8Array,
} as const;
// The format allows larger headers; this bound keeps a corrupt length from allocating gigabytes.
const MAX_HEADER = 100_000_000;

/** Tensors by name, and a map of strings. */
export interface SafetensorsFile {
  readonly tensors: Readonly<Record<string, TensorData>>;
  readonly metadata: Readonly<Record<string, string>>;
}

/**
 * Writes tensors in the safetensors format: an 8-byte little-endian length, a JSON header, then the data.
 *
 * @see https://github.com/huggingface/safetensors
 */
export function encodeSafetensors({ tensors, metadata }: SafetensorsFile): Uint8Array {
  const header: Record<string, unknown> = Object.keys(metadata).length === 0 ? {} : { __metadata__: metadata };
  let offset = 0;
  // Larger elements first: every tensor then starts at a multiple of its element size.
  const entries = Object.entries(tensors).sort(([, a], [, b]) => bytesPerElement(b.dtype) - bytesPerElement(a.dtype));
  for (const [name, { dtype, shape, data }] of entries) {
    header[name] = { dtype: TO_FORMAT[dtype], shape, data_offsets: [offset, offset + data.byteLength] };
    offset += data.byteLength;
  }
  const json = new TextEncoder().encode(JSON.stringify(header));
  const padded = Math.ceil(json.length / 8) * 8;
  const bytes = new Uint8Array(8 + padded + offset);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(padded), true);
  bytes.fill(0x20, 8, 8 + padded);
  bytes.set(json, 8);
  let at = 8 + padded;
  for (const [, { data }] of entries) {
    bytes.set(new Uint8Array(data.buffer, data.byteOffset, data.byteLength), at);
    at += data.byteLength;
  }
  return bytes;
}

/**
 * Reads the safetensors format.
 * @throws {@link FormatError} when the bytes are cut off, the header is no JSON, or a tensor's place and shape disagree.
 */
export function decodeSafetensors(bytes: Uint8Array, where = "safetensors"): SafetensorsFile {
  if (bytes.length < 8) throw corrupt(where, "at least 8 bytes", `${bytes.length} bytes`);
  const length = Number(new DataView(bytes.buffer, bytes.byteOffset).getBigUint64(0, true));
  if (length > MAX_HEADER || 8 + length > bytes.length)
    throw corrupt(where, `a header of ${length} bytes inside the file`, `${bytes.length} bytes in all`);
  const { __metadata__: metadata = {}, ...entries } = parseHeader(where, bytes.subarray(8, 8 + length));
  const data = bytes.subarray(8 + length);
  const tensors: Record<string, TensorData> = {};
  for (const [name, entry] of Object.entries(entries)) tensors[name] = readTensor(where, name, entry, data);
  return { tensors, metadata: metadata as Readonly<Record<string, string>> };
}

function parseHeader(where: string, json: Uint8Array): Record<string, unknown> {
  try {
    const header: unknown = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(json));
    if (typeof header === "object" && header !== null && !Array.isArray(header)) return header as Record<string, unknown>;
  } catch {
    // Told below, with the rest of what may be wrong.
  }
  throw corrupt(where, "a JSON object as header", show(new TextDecoder().decode(json.subarray(0, 40))));
}

function readTensor(where: string, name: string, entry: unknown, data: Uint8Array): TensorData {
  const { dtype: code, shape, data_offsets: offsets } = entry as { dtype?: unknown; shape?: unknown; data_offsets?: unknown };
  const dtype = (Object.keys(TO_FORMAT) as Dtype[]).find((one) => TO_FORMAT[one] === code);
  if (dtype === undefined) throw corrupt(where, `${name} must have one of the dtypes ${Object.values(TO_FORMAT).join(", ")}`, show(code));
  const whole = (v: unknown): v is number => Number.isSafeInteger(v) && (v as number) >= 0;
  const valid = Array.isArray(shape) && shape.every(whole) && Array.isArray(offsets) && offsets.length === 2 && offsets.every(whole);
  const [start, end] = valid ? (offsets as [number, number]) : [0, -1];
  if (!valid || end > data.length || end - start !== sizeOf(shape as number[]) * bytesPerElement(dtype)) {
    throw corrupt(
      where,
      `the place of ${name} must fit its shape and the file`,
      `${show(shape)} at ${show(offsets)} of ${data.length} bytes`,
    );
  }
  // A copy of its own is aligned, whatever the place in the file; slice() would not copy the bytes of a Node Buffer.
  const own = new Uint8Array(data.subarray(start, end));
  return { dtype, shape: shape as number[], data: new ARRAYS[dtype](own.buffer) } as TensorData;
}

function corrupt(where: string, expected: string, got: string): FormatError {
  return new FormatError(problem({ where, expected, got, fix: "The file is damaged or no safetensors file; restore it from a copy." }));
}
