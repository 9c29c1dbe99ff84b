import { FormatError, problem, show } from "@attnlab/check";
import { METRICS, type Metric, type NeighborIndex } from "./neighbor-index.ts";
import { createVectorStore, type VectorStore } from "./vector-store.ts";
import { vectorsOf } from "./vectors.ts";

type Kind = NeighborIndex["kind"];
type SavedArray = Float32Array | Float64Array | Int32Array | Uint32Array | Uint8Array;

const TYPES = {
  float32: Float32Array,
  float64: Float64Array,
  int32: Int32Array,
  uint32: Uint32Array,
  uint8: Uint8Array,
} as const;

type TypeName = keyof typeof TYPES;

/** The JSON behind the first sixteen bytes. */
interface Header {
  readonly kind: Kind;
  readonly metric: Metric;
  readonly dimension: number;
  /** The build options that searching and adding need. */
  readonly numbers: Readonly<Record<string, number | string>>;
  /** The arrays behind the header, in order, each at a multiple of eight bytes. */
  readonly arrays: readonly { readonly name: string; readonly type: TypeName; readonly length: number }[];
}

/** What {@link readIndex} found. */
export interface SavedIndex {
  readonly kind: Kind;
  readonly store: VectorStore;
  /** A build option. */
  readonly number: (name: string) => number;
  readonly word: (name: string) => string;
  /** A copy of an array. */
  readonly array: <T extends TypeName>(name: string, type: T) => InstanceType<(typeof TYPES)[T]>;
}

// "attnknn" and the version of the format.
const MAGIC = Uint8Array.of(0x61, 0x74, 0x74, 0x6e, 0x6b, 0x6e, 0x6e, 1);
const HEAD = 16;

/** Lengths are padded to whole multiples of eight bytes. */
function padded(bytes: number): number {
  return Math.ceil(bytes / 8) * 8;
}

function typeOf(array: SavedArray): TypeName {
  return (Object.keys(TYPES) as TypeName[]).find((name) => array instanceof TYPES[name]) as TypeName;
}

/** Writes an index: its keys, its options and its arrays. */
export function writeIndex(
  kind: Kind,
  store: VectorStore,
  numbers: Readonly<Record<string, number | string>>,
  more: Readonly<Record<string, SavedArray>>,
): Uint8Array<ArrayBuffer> {
  const arrays: Record<string, SavedArray> = { vectors: store.vectors.data, center: store.center, ...more };
  const listed = Object.entries(arrays).map(([name, array]) => ({ name, type: typeOf(array), length: array.length }));
  const header: Header = { kind, metric: store.metric, dimension: store.dimension, numbers, arrays: listed };
  const text = new TextEncoder().encode(JSON.stringify(header));
  const total = HEAD + padded(text.length) + Object.values(arrays).reduce((sum, { byteLength }) => sum + padded(byteLength), 0);
  const bytes = new Uint8Array(total);
  bytes.set(MAGIC);
  bytes.set(text, HEAD);
  let at = HEAD + padded(text.length);
  for (const array of Object.values(arrays)) {
    bytes.set(new Uint8Array(array.buffer, array.byteOffset, array.byteLength), at);
    at += padded(array.byteLength);
  }
  const view = new DataView(bytes.buffer);
  view.setUint32(8, text.length, true);
  view.setUint32(12, checksum(bytes), true);
  return bytes;
}

/** FNV-1a over the 32-bit words behind the head. */
function checksum(bytes: Uint8Array<ArrayBuffer>): number {
  const words = new Uint32Array(bytes.buffer, bytes.byteOffset + HEAD, (bytes.length - HEAD) >>> 2);
  let hash = 0x811c9dc5;
  for (let i = 0; i < words.length; i++) hash = Math.imul(hash ^ (words[i] as number), 0x01000193);
  return hash >>> 0;
}

function refuse(where: string, expected: string, got: string): never {
  throw new FormatError(problem({ where, expected, got, fix: "Pass the bytes that serialize() of an index returned." }));
}

/** Reads what {@link writeIndex} wrote. */
export function readIndex(where: string, given: Uint8Array): SavedIndex {
  if (!(given instanceof Uint8Array)) refuse(where, "bytes must be a Uint8Array", show(given));
  // A copy of its own starts at a multiple of eight, as the arrays need.
  const bytes = new Uint8Array(given);
  if (bytes.length < HEAD || MAGIC.some((byte, i) => byte !== bytes[i])) {
    refuse(where, "bytes must begin with the mark of an index", `${bytes.length} bytes that do not`);
  }
  const view = new DataView(bytes.buffer);
  const textLength = view.getUint32(8, true);
  if (bytes.length % 8 !== 0 || view.getUint32(12, true) !== checksum(bytes)) {
    refuse(where, "bytes must be complete and unchanged", `${bytes.length} bytes whose checksum differs`);
  }
  const header = JSON.parse(new TextDecoder().decode(bytes.subarray(HEAD, HEAD + textLength))) as Header;
  const places = new Map<string, SavedArray>();
  let at = HEAD + padded(textLength);
  for (const { name, type, length } of header.arrays) {
    const array = new TYPES[type](bytes.buffer, at, length);
    places.set(name, array);
    at += padded(array.byteLength);
  }
  const { kind, metric, dimension, numbers } = header;
  const array: SavedIndex["array"] = (name, type) => {
    const found = places.get(name);
    if (!(found instanceof TYPES[type])) refuse(where, `the index must have ${type} ${name}`, show(found));
    return found.slice() as InstanceType<(typeof TYPES)[typeof type]>;
  };
  if (!METRICS.includes(metric)) refuse(where, `metric must be one of ${METRICS.join(", ")}`, show(metric));
  const center = array("center", "float64");
  const store = createVectorStore(metric, vectorsOf(array("vectors", "float32"), dimension), center);
  return { kind, store, number: (name) => Number(numbers[name]), word: (name) => String(numbers[name]), array };
}
