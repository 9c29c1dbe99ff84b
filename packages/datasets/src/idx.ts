import { FormatError, problem } from "@attnlab/check";

/** Elements of an IDX file. */
export type IdxData = Uint8Array | Int8Array | Int16Array | Int32Array | Float32Array | Float64Array;

/** A multi-dimensional array read from the IDX format. */
export interface IdxArray {
  readonly shape: readonly number[];
  /** Row-major, `[product of shape]`. */
  readonly data: IdxData;
}

interface ElementType {
  readonly bytes: number;
  readonly make: (length: number) => IdxData;
  readonly read: (view: DataView, at: number) => number;
}

const ELEMENT_TYPES: ReadonlyMap<number, ElementType> = new Map<number, ElementType>([
  [0x08, { bytes: 1, make: (n) => new Uint8Array(n), read: (v, at) => v.getUint8(at) }],
  [0x09, { bytes: 1, make: (n) => new Int8Array(n), read: (v, at) => v.getInt8(at) }],
  [0x0b, { bytes: 2, make: (n) => new Int16Array(n), read: (v, at) => v.getInt16(at) }],
  [0x0c, { bytes: 4, make: (n) => new Int32Array(n), read: (v, at) => v.getInt32(at) }],
  [0x0d, { bytes: 4, make: (n) => new Float32Array(n), read: (v, at) => v.getFloat32(at) }],
  [0x0e, { bytes: 8, make: (n) => new Float64Array(n), read: (v, at) => v.getFloat64(at) }],
]);

/**
 * Reads an IDX file, the format of MNIST: two zero bytes, element type, number of axes, axis sizes, elements; big-endian.
 *
 * @param bytes - the whole file, already decompressed.
 * @throws FormatError when the magic number is wrong, or the file is shorter or longer than its header says.
 * @example
 * ```ts
 * import { parseIdx } from "@attnlab/datasets";
 * const { shape, data } = parseIdx(Uint8Array.of(0, 0, 8, 1, 0, 0, 0, 3, 5, 0, 4));
 * shape; // => [3]
 * data; // => Uint8Array [5, 0, 4]
 * ```
 * @see Y. LeCun, C. Cortes, C. Burges, "The MNIST database of handwritten digits".
 */
export function parseIdx(bytes: Uint8Array): IdxArray {
  const fail = (expected: string, got: string): never => {
    const fix = "Pass a whole IDX file; decompress a .gz file first.";
    throw new FormatError(problem({ where: "parseIdx", expected, got, fix }));
  };
  const type = ELEMENT_TYPES.get(bytes[2] ?? 0);
  if (bytes.length < 4 || bytes[0] !== 0 || bytes[1] !== 0 || type === undefined) {
    const start = Array.from(bytes.subarray(0, 4), (b) => b.toString(16).padStart(2, "0")).join(" ");
    return fail("the file must start with 00 00 and an element type 08, 09 or 0b to 0e", start === "" ? "no bytes" : `bytes ${start}`);
  }
  const axes = bytes[3] as number;
  const header = 4 + 4 * axes;
  if (axes === 0 || bytes.length < header)
    return fail("the header must name at least one axis size", `${axes} axes in ${bytes.length} bytes`);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const shape = Array.from({ length: axes }, (_, i) => view.getUint32(4 + 4 * i));
  const size = shape.reduce((a, b) => a * b, 1);
  const wanted = header + size * type.bytes;
  if (bytes.length !== wanted) fail(`the file must have ${wanted} bytes for shape [${shape.join(", ")}]`, `${bytes.length} bytes`);
  if (type.bytes === 1 && bytes[2] === 0x08) return { shape, data: new Uint8Array(bytes.subarray(header)) };
  const data = type.make(size);
  for (let i = 0; i < size; i++) data[i] = type.read(view, header + i * type.bytes);
  return { shape, data };
}
