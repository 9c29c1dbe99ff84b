import {
  ADD,
  ADD_PAIRS,
  both,
  forward,
  get,
  I32,
  loadInteger,
  loadPair,
  loadTwice,
  loop,
  type ModuleFunction,
  MULTIPLY_PAIRS,
  moduleOfFunctions,
  partOfPair,
  set,
  storeNumber,
  storePair,
  V128,
} from "../wasm-assembler.ts";
import { wasmWorkspaces } from "../wasm-memory.ts";

/** Products with a fixed set of rows `[count, dim]`; each answers `false` where the memory for it is missing. */
export interface RowProducts {
  /** A w, `[count]`, into `out`. */
  readonly apply: (w: Float64Array, out: Float64Array) => boolean;
  /** A' multipliers, `[dim]`, into `out`. */
  readonly combine: (multipliers: Float64Array, out: Float64Array) => boolean;
}

interface Functions {
  /** Inner products of x with the listed rows, four at a time. */
  readonly apply: (x: number, endOfX: number, list: number, endOfList: number, out: number) => void;
  /** Adds multiples of the listed rows to u, four at a time. */
  readonly combine: (u: number, endOfU: number, list: number, endOfList: number, multiples: number) => void;
}

/** Below this many numbers copying them costs more than it gains; above the other, a second copy would be too much memory. */
const [LEAST, MOST] = [2 ** 14, 2 ** 24];

const open = wasmWorkspaces<Functions>(rowsModule);

/** Where the rows and what is computed from them lie in the memory. */
interface Placed {
  readonly functions: Functions;
  /** Byte offsets of all rows, padded with the first one to a multiple of four. */
  readonly everyRow: Int32Array;
  readonly someRows: Int32Array;
  /** A vector as long as a row; an odd length is padded with a zero. */
  readonly long: Float64Array;
  /** A vector with one number per listed row. */
  readonly short: Float64Array;
}

/** Whose rows the shared memory holds. */
let owner: object | undefined;

/** Products with dense rows in WebAssembly, two numbers at a time; `undefined` where the matrix is too small or too large to gain from it. */
export function simdRows(rows: Float64Array, count: number, dim: number): RowProducts | undefined {
  if (rows.length < LEAST || rows.length > MOST) return undefined;
  const key = {};
  let placed: Placed | undefined;
  // Another set of rows may have taken the memory meanwhile.
  const back = (): Placed | undefined => {
    if (owner !== key) placed = place(rows, count, dim);
    owner = key;
    return placed;
  };
  return {
    apply: (w, out) => {
      const here = back();
      if (here === undefined) return false;
      const { functions, everyRow, long, short } = here;
      long.set(w);
      functions.apply(long.byteOffset, endOf(long), everyRow.byteOffset, endOf(everyRow), short.byteOffset);
      out.set(count === short.length ? short : short.subarray(0, count));
      return true;
    },
    combine: (multipliers, out) => {
      const here = back();
      if (here === undefined) return false;
      const { functions, everyRow, someRows, long, short } = here;
      let used = 0;
      for (let i = 0; i < count; i++) {
        const scale = multipliers[i] as number;
        if (scale === 0) continue;
        someRows[used] = everyRow[i] as number;
        short[used++] = scale;
      }
      for (; used % 4 !== 0; used++) {
        someRows[used] = everyRow[0] as number;
        short[used] = 0;
      }
      long.fill(0);
      // The loops run at least once.
      if (used > 0) functions.combine(long.byteOffset, endOf(long), someRows.byteOffset, someRows.byteOffset + 4 * used, short.byteOffset);
      out.set(dim === long.length ? long : long.subarray(0, dim));
      return true;
    },
  };
}

const endOf = (values: Float64Array | Int32Array): number => values.byteOffset + values.byteLength;

function place(rows: Float64Array, count: number, dim: number): Placed | undefined {
  const stride = dim + (dim % 2);
  const listed = 4 * Math.ceil(count / 4);
  const workspace = open(8 * (count * stride + stride + 2 * listed));
  if (workspace === undefined) return undefined;
  const { take, functions } = workspace;
  const copy = take(count * stride);
  if (stride === dim) copy.set(rows);
  else {
    copy.fill(0);
    for (let i = 0; i < count; i++) copy.set(rows.subarray(i * dim, (i + 1) * dim), i * stride);
  }
  const [long, short] = [take(stride), take(listed)];
  const lists = take(listed);
  const everyRow = new Int32Array(lists.buffer, lists.byteOffset, listed);
  const someRows = new Int32Array(lists.buffer, lists.byteOffset + 4 * listed, listed);
  for (let i = 0; i < listed; i++) everyRow[i] = copy.byteOffset + (i < count ? i * stride * 8 : 0);
  long.fill(0);
  return { functions, everyRow, someRows, long, short };
}

// What follows assembles the module: both functions go over a list of row offsets, four rows at a time.

const FOUR = [0, 1, 2, 3];

function rowsModule(): Uint8Array {
  return moduleOfFunctions([applyFunction(), combineFunction()]);
}

/** Four registers of two sums each over one pair of x at a time. */
function applyFunction(): ModuleFunction {
  // Parameters, then locals: where in x, the four rows, their sums, two numbers of x.
  const [X, END_X, LIST, END_LIST, OUT, AT, ROWS, SUMS, PAIR] = [0, 1, 2, 3, 4, 5, 6, 10, 14] as const;
  const begin = FOUR.flatMap((r) => [...both(0), ...set(SUMS + r), ...get(LIST), ...loadInteger(4 * r), ...set(ROWS + r)]);
  const multiply = FOUR.flatMap((r) => [
    ...[...get(SUMS + r), ...get(PAIR), ...get(ROWS + r), ...loadPair(0)],
    ...[...MULTIPLY_PAIRS, ...ADD_PAIRS, ...set(SUMS + r), ...forward(ROWS + r, 16)],
  ]);
  const inner = loop([...get(AT), ...loadPair(0), ...set(PAIR), ...multiply, ...forward(AT, 16)], AT, END_X);
  const lane = (r: number, which: 0 | 1): number[] => [...get(SUMS + r), ...partOfPair(which)];
  const end = FOUR.flatMap((r) => [...get(OUT), ...lane(r, 0), ...lane(r, 1), ...ADD, ...storeNumber(8 * r)]);
  const code = loop([...begin, ...get(X), ...set(AT), ...inner, ...end, ...forward(OUT, 32), ...forward(LIST, 16)], LIST, END_LIST);
  return {
    name: "apply",
    parameters: [I32, I32, I32, I32, I32],
    locals: [
      [5, I32],
      [5, V128],
    ],
    code,
  };
}

/** Each pair of u is read and written once for four rows. */
function combineFunction(): ModuleFunction {
  // Parameters, then locals: where in u, the four rows, their multiples in both places of a pair.
  const [U, END_U, LIST, END_LIST, MULTIPLES, AT, ROWS, SCALES] = [0, 1, 2, 3, 4, 5, 6, 10] as const;
  const begin = FOUR.flatMap((r) => [
    ...[...get(LIST), ...loadInteger(4 * r), ...set(ROWS + r)],
    ...[...get(MULTIPLES), ...loadTwice(8 * r), ...set(SCALES + r)],
  ]);
  const term = (r: number): number[] => [...get(SCALES + r), ...get(ROWS + r), ...loadPair(0), ...MULTIPLY_PAIRS];
  const add = [...get(AT), ...get(AT), ...loadPair(0), ...term(0), ...term(1), ...ADD_PAIRS, ...ADD_PAIRS];
  const rest = [...term(2), ...term(3), ...ADD_PAIRS, ...ADD_PAIRS, ...storePair(0)];
  const inner = loop([...add, ...rest, ...FOUR.flatMap((r) => forward(ROWS + r, 16)), ...forward(AT, 16)], AT, END_U);
  const code = loop([...begin, ...get(U), ...set(AT), ...inner, ...forward(MULTIPLES, 32), ...forward(LIST, 16)], LIST, END_LIST);
  return {
    name: "combine",
    parameters: [I32, I32, I32, I32, I32],
    locals: [
      [5, I32],
      [4, V128],
    ],
    code,
  };
}
