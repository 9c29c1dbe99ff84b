import type { Matrix } from "@attnlab/linalg";
import type { ListedDots } from "./listed-dots.ts";

const PAGE = 65_536;
/** Below this many numbers setting up costs more than it gains; above the other, memory of its own would be too much. */
const [LEAST, MOST] = [2 ** 12, 2 ** 26];

type Dots = (x: number, endOfX: number, list: number, endOfList: number, out: number) => void;

/** The part of WebAssembly this file uses: the compiler's library lists it only among the names of a browser. */
interface WebAssemblyNamespace {
  readonly Memory: new (size: { initial: number }) => { readonly buffer: ArrayBuffer };
  readonly Module: new (bytes: Uint8Array) => object;
  readonly Instance: new (module: object, imports: object) => { readonly exports: Readonly<Record<string, unknown>> };
}

/** Compiled on first use, once; `null` where WebAssembly or its SIMD is missing or forbidden. */
let compiled: object | null | undefined;

/**
 * Inner products with dense rows in WebAssembly, four rows at a time, two numbers at a time; `undefined` where this platform has no SIMD or the matrix is
 * too small or too large. The sums are those of the plain loops, bit by bit.
 */
export function simdDots({ rows, cols, data }: Matrix): ListedDots | undefined {
  if (data.length < LEAST || data.length > MOST) return undefined;
  const { WebAssembly: wasm } = globalThis as { WebAssembly?: WebAssemblyNamespace };
  if (wasm === undefined || compiled === null) return undefined;
  // Memory, in order: the rows, each padded to pairs; x; the row offsets; the results, both padded to four.
  const stride = 8 * (cols + (cols % 2));
  const xAt = rows * stride;
  const listAt = xAt + stride;
  const outAt = listAt + 4 * (rows + 4);
  const outStart = outAt + (16 - (outAt % 16));
  try {
    compiled ??= new wasm.Module(moduleBytes());
    const memory = new wasm.Memory({ initial: Math.ceil((outStart + 8 * (rows + 4)) / PAGE) });
    const { dots } = new wasm.Instance(compiled, { host: { memory } }).exports as { readonly dots: Dots };
    const numbers = new Float64Array(memory.buffer);
    for (let i = 0; i < rows; i++) numbers.set(data.subarray(i * cols, (i + 1) * cols), (i * stride) / 8);
    const list = new Int32Array(memory.buffer, listAt, rows + 4);
    const results = new Float64Array(memory.buffer, outStart, rows + 4);
    return (x, listed, from, to, out) => {
      numbers.set(x, xAt / 8);
      for (let start = from; start < to; start += rows) {
        const count = Math.min(rows, to - start);
        for (let k = 0; k < count; k++) list[k] = (listed[start + k] as number) * stride;
        list.fill(0, count, count + 3);
        dots(xAt, xAt + stride, listAt, listAt + 4 * count, outStart);
        out.set(results.subarray(0, count), start);
      }
    };
  } catch {
    // A page's security policy may forbid compilation, an old engine may lack SIMD or room: the plain loops give the same numbers.
    compiled ??= null;
    return undefined;
  }
}

// What follows assembles the module: one function over a list of row offsets, four rows in four registers of two sums each.

type Bytes = readonly number[];

/** A list in the binary format: every length here fits into two bytes of LEB128. */
const length = (n: number): number[] => (n < 128 ? [n] : [(n & 0x7f) | 0x80, n >> 7]);
const list = (items: readonly Bytes[]): number[] => [...length(items.length), ...items.flat()];
const sized = (bytes: Bytes): number[] => [...length(bytes.length), ...bytes];
const section = (id: number, bytes: Bytes): number[] => [id, ...sized(bytes)];
const text = (word: string): number[] => sized(Array.from(word, (letter) => letter.charCodeAt(0)));
const simd = (code: number): number[] => [0xfd, ...length(code)];
const get = (local: number): number[] => [0x20, local];
const set = (local: number): number[] => [0x21, local];
const forward = (local: number, bytes: number): number[] => [...get(local), 0x41, bytes, 0x6a, ...set(local)];
/** Repeats while `local`, an address, is below `end`. */
const loop = (body: Bytes, local: number, end: number): number[] => [0x03, 0x40, ...body, ...get(local), ...get(end), 0x49, 0x0d, 0, 0x0b];

const I32 = 0x7f;
const V128 = 0x7b;
const LOAD_PAIR = [...simd(0), 3, 0];
const ZEROS = [...simd(12), ...new Array<number>(16).fill(0)];
const ADD_PAIRS = simd(240);
const MULTIPLY_PAIRS = simd(242);

// Parameters, then locals: where in x, the four rows, their sums, two numbers of x.
const [X, END_X, LIST, END_LIST, OUT, AT, ROWS, SUMS, PAIR] = [0, 1, 2, 3, 4, 5, 6, 10, 14] as const;
const FOUR = [0, 1, 2, 3];

function dotsBody(): number[] {
  const begin = FOUR.flatMap((r) => [...ZEROS, ...set(SUMS + r), ...get(LIST), 0x28, 2, 4 * r, ...set(ROWS + r)]);
  const multiply = FOUR.flatMap((r) => [
    ...get(SUMS + r),
    ...get(PAIR),
    ...get(ROWS + r),
    ...LOAD_PAIR,
    ...MULTIPLY_PAIRS,
    ...ADD_PAIRS,
    ...set(SUMS + r),
    ...forward(ROWS + r, 16),
  ]);
  const inner = loop([...get(AT), ...LOAD_PAIR, ...set(PAIR), ...multiply, ...forward(AT, 16)], AT, END_X);
  const lane = (r: number, which: number): number[] => [...get(SUMS + r), ...simd(33), which];
  const end = FOUR.flatMap((r) => [...get(OUT), ...lane(r, 0), ...lane(r, 1), 0xa0, 0x39, 3, 8 * r]);
  const outer = loop([...begin, ...get(X), ...set(AT), ...inner, ...end, ...forward(OUT, 32), ...forward(LIST, 16)], LIST, END_LIST);
  return [
    ...list([
      [5, I32],
      [5, V128],
    ]),
    ...outer,
    0x0b,
  ];
}

function moduleBytes(): Uint8Array {
  return Uint8Array.from([
    ...[0x00, 0x61, 0x73, 0x6d, 1, 0, 0, 0],
    ...section(1, list([[0x60, 5, I32, I32, I32, I32, I32, 0]])),
    ...section(2, list([[...text("host"), ...text("memory"), 2, 0, 1]])),
    ...section(3, list([[0]])),
    ...section(7, list([[...text("dots"), 0, 0]])),
    ...section(10, list([sized(dotsBody())])),
  ]);
}
