import type { Matrix } from "@attnlab/linalg";
import {
  ADD,
  ADD_PAIRS,
  both,
  forward,
  get,
  I32,
  loadInteger,
  loadPair,
  loop,
  MULTIPLY_PAIRS,
  moduleOf,
  PAGE,
  partOfPair,
  set,
  storeNumber,
  V128,
  webAssembly,
} from "../wasm-assembler.ts";
import type { ListedDots } from "./listed-dots.ts";

/** Below this many numbers setting up costs more than it gains; above the other, memory of its own would be too much. */
const [LEAST, MOST] = [2 ** 12, 2 ** 26];

type Dots = (x: number, endOfX: number, list: number, endOfList: number, out: number) => void;

/** Compiled on first use, once; `null` where WebAssembly or its SIMD is missing or forbidden. */
let compiled: object | null | undefined;

/**
 * Inner products with dense rows in WebAssembly, four rows at a time, two numbers at a time; `undefined` where this platform has no SIMD or the matrix is
 * too small or too large. The sums are those of the plain loops, bit by bit.
 */
export function simdDots({ rows, cols, data }: Matrix): ListedDots | undefined {
  if (data.length < LEAST || data.length > MOST) return undefined;
  const wasm = webAssembly();
  if (wasm === undefined || compiled === null) return undefined;
  // Memory, in order: the rows, each padded to pairs; x; the row offsets; the results, both padded to four.
  const stride = 8 * (cols + (cols % 2));
  const xAt = rows * stride;
  const listAt = xAt + stride;
  const outAt = listAt + 4 * (rows + 4);
  const outStart = outAt + (16 - (outAt % 16));
  try {
    compiled ??= new wasm.Module(dotsModule());
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

const ZEROS = both(0);

// Parameters, then locals: where in x, the four rows, their sums, two numbers of x.
const [X, END_X, LIST, END_LIST, OUT, AT, ROWS, SUMS, PAIR] = [0, 1, 2, 3, 4, 5, 6, 10, 14] as const;
const FOUR = [0, 1, 2, 3];

function dotsModule(): Uint8Array {
  const begin = FOUR.flatMap((r) => [...ZEROS, ...set(SUMS + r), ...get(LIST), ...loadInteger(4 * r), ...set(ROWS + r)]);
  const multiply = FOUR.flatMap((r) => [
    ...get(SUMS + r),
    ...get(PAIR),
    ...get(ROWS + r),
    ...loadPair(0),
    ...MULTIPLY_PAIRS,
    ...ADD_PAIRS,
    ...set(SUMS + r),
    ...forward(ROWS + r, 16),
  ]);
  const inner = loop([...get(AT), ...loadPair(0), ...set(PAIR), ...multiply, ...forward(AT, 16)], AT, END_X);
  const lane = (r: number, which: 0 | 1): number[] => [...get(SUMS + r), ...partOfPair(which)];
  const end = FOUR.flatMap((r) => [...get(OUT), ...lane(r, 0), ...lane(r, 1), ...ADD, ...storeNumber(8 * r)]);
  const outer = loop([...begin, ...get(X), ...set(AT), ...inner, ...end, ...forward(OUT, 32), ...forward(LIST, 16)], LIST, END_LIST);
  const locals = [
    [5, I32],
    [5, V128],
  ];
  return moduleOf("dots", 5, locals, outer);
}
