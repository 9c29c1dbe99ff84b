import {
  ADD_PAIRS,
  both,
  F64,
  forward,
  get,
  I32,
  loadNumber,
  loadPair,
  loadTwice,
  loop,
  type ModuleFunction,
  MULTIPLY,
  MULTIPLY_PAIRS,
  moduleOfFunctions,
  partOfPair,
  SUBTRACT_PAIRS,
  set,
  simd,
  storeNumber,
  storePair,
  V128,
} from "../wasm-assembler.ts";

/** Rows that share a panel: eight registers of sums keep the adders busy while each waits for its last result. */
export const PANEL = 16;
const SUMS = PANEL / 2;

/** Vectors are padded with zeros to a multiple of this. */
export const UNROLLED = 4;
const STEP = 8 * UNROLLED;

/** What a least-distance problem spends its time on; addresses in bytes, vectors and panels start at multiples of 16 and are not empty. */
export interface LeastDistanceFunctions {
  /** Products of all rows of the panels from `panels` up to `end`, `bytes` each, with the vector at `x`, to `out`. */
  readonly products: (panels: number, end: number, x: number, out: number, bytes: number) => void;
  /** Copies the rows from `rows` up to `end`, `bytes` each, to the places of a panel from `panel` on. */
  readonly pack: (rows: number, end: number, panel: number, bytes: number) => void;
  /** Sums of squares of all rows of the panels, to `out`. */
  readonly squares: (panels: number, end: number, out: number, bytes: number) => void;
  /** Multiplies each row of the panels with its factor. */
  readonly scale: (panels: number, end: number, factors: number, bytes: number) => void;
  /** Takes the parts along the basis vectors from `q` up to `end` off the vector from `rest` up to `restEnd`, one after the other, and adds their sizes to `inside`. */
  readonly project: (q: number, end: number, rest: number, restEnd: number, inside: number) => void;
  /**
   * Solves R y = y. Columns of R, `bytes` each, hold what is above the diagonal and zeros from there on; `column`, `last` and `inverse` are the
   * places of the last column, of the last element of y and of the last inverse of a diagonal element.
   */
  readonly substitute: (column: number, y: number, last: number, inverse: number, bytes: number) => void;
  /** Turns the vectors from `first` up to `end` and at `second`: (c first + s second, c second - s first). */
  readonly rotate: (first: number, end: number, second: number, c: number, s: number) => void;
}

/** The module behind {@link LeastDistanceFunctions}. */
export function leastDistanceModule(): Uint8Array {
  return moduleOfFunctions([products(), pack(), squares(), scale(), project(), substitute(), rotate()]);
}

const SPLAT = simd(20);
const ADD_ADDRESSES = [0x6a];
const SUBTRACT_ADDRESSES = [0x6b];

function products(): ModuleFunction {
  const [PANELS, END, X, OUT, BYTES, AT, STOP, FIRST, ONE] = [0, 1, 2, 3, 4, 5, 6, 7, 7 + SUMS] as const;
  const sums = Array.from({ length: SUMS }, (_, r) => r);
  const begin = [
    ...sums.flatMap((r) => [...both(0), ...set(FIRST + r)]),
    ...[...get(X), ...set(AT), ...get(PANELS), ...get(BYTES), ...ADD_ADDRESSES, ...set(STOP)],
  ];
  const multiply = sums.flatMap((r) => [
    ...[...get(FIRST + r), ...get(ONE), ...get(PANELS), ...loadPair(16 * r)],
    ...[...MULTIPLY_PAIRS, ...ADD_PAIRS, ...set(FIRST + r)],
  ]);
  const column = [...get(AT), ...loadTwice(0), ...set(ONE), ...multiply, ...forward(PANELS, 8 * PANEL), ...forward(AT, 8)];
  const end = sums.flatMap((r) => [...get(OUT), ...get(FIRST + r), ...storePair(16 * r)]);
  return {
    name: "products",
    parameters: [I32, I32, I32, I32, I32],
    locals: [
      [2, I32],
      [SUMS + 1, V128],
    ],
    code: loop([...begin, ...loop(column, PANELS, STOP), ...end, ...forward(OUT, 8 * PANEL)], PANELS, END),
  };
}

function pack(): ModuleFunction {
  const [ROWS, END, PANEL_AT, BYTES, TO, STOP] = [0, 1, 2, 3, 4, 5] as const;
  const one = [...get(TO), ...get(ROWS), ...loadNumber(0), ...storeNumber(0), ...forward(ROWS, 8), ...forward(TO, 8 * PANEL)];
  const row = [
    ...[...get(PANEL_AT), ...set(TO), ...get(ROWS), ...get(BYTES), ...ADD_ADDRESSES, ...set(STOP)],
    ...[...loop(one, ROWS, STOP), ...forward(PANEL_AT, 8)],
  ];
  return { name: "pack", parameters: [I32, I32, I32, I32], locals: [[2, I32]], code: loop(row, ROWS, END) };
}

function squares(): ModuleFunction {
  const [PANELS, END, OUT, BYTES, STOP, ONE, FIRST] = [0, 1, 2, 3, 4, 5, 6] as const;
  const sums = Array.from({ length: SUMS }, (_, r) => r);
  const column = sums.flatMap((r) => [
    ...[...get(PANELS), ...loadPair(16 * r), ...set(ONE)],
    ...[...get(FIRST + r), ...get(ONE), ...get(ONE), ...MULTIPLY_PAIRS, ...ADD_PAIRS, ...set(FIRST + r)],
  ]);
  const panel = [
    ...sums.flatMap((r) => [...both(0), ...set(FIRST + r)]),
    ...[...get(PANELS), ...get(BYTES), ...ADD_ADDRESSES, ...set(STOP)],
    ...loop([...column, ...forward(PANELS, 8 * PANEL)], PANELS, STOP),
    ...sums.flatMap((r) => [...get(OUT), ...get(FIRST + r), ...storePair(16 * r)]),
    ...forward(OUT, 8 * PANEL),
  ];
  return {
    name: "squares",
    parameters: [I32, I32, I32, I32],
    locals: [
      [1, I32],
      [SUMS + 1, V128],
    ],
    code: loop(panel, PANELS, END),
  };
}

function scale(): ModuleFunction {
  const [PANELS, END, FACTORS, BYTES, STOP, FIRST] = [0, 1, 2, 3, 4, 5] as const;
  const pairs = Array.from({ length: SUMS }, (_, r) => r);
  const column = pairs.flatMap((r) => [
    ...[...get(PANELS), ...get(PANELS), ...loadPair(16 * r), ...get(FIRST + r), ...MULTIPLY_PAIRS, ...storePair(16 * r)],
  ]);
  const panel = [
    ...pairs.flatMap((r) => [...get(FACTORS), ...loadPair(16 * r), ...set(FIRST + r)]),
    ...[...get(PANELS), ...get(BYTES), ...ADD_ADDRESSES, ...set(STOP)],
    ...[...loop([...column, ...forward(PANELS, 8 * PANEL)], PANELS, STOP), ...forward(FACTORS, 8 * PANEL)],
  ];
  return {
    name: "scale",
    parameters: [I32, I32, I32, I32],
    locals: [
      [1, I32],
      [SUMS, V128],
    ],
    code: loop(panel, PANELS, END),
  };
}

const HALVES = [0, 1] as const;

function project(): ModuleFunction {
  const [Q, END, REST, REST_END, INSIDE, AT, FROM, ALONG, FIRST] = [0, 1, 2, 3, 4, 5, 6, 7, 8] as const;
  const multiply = HALVES.flatMap((h) => [
    ...[...get(FIRST + h), ...get(Q), ...loadPair(16 * h), ...get(AT), ...loadPair(16 * h)],
    ...[...MULTIPLY_PAIRS, ...ADD_PAIRS, ...set(FIRST + h)],
  ]);
  const subtract = HALVES.flatMap((h) => [
    ...[...get(AT), ...get(AT), ...loadPair(16 * h), ...get(ALONG), ...get(FROM), ...loadPair(16 * h)],
    ...[...MULTIPLY_PAIRS, ...SUBTRACT_PAIRS, ...storePair(16 * h)],
  ]);
  const one = [
    ...[...both(0), ...set(FIRST), ...both(0), ...set(FIRST + 1), ...get(Q), ...set(FROM), ...get(REST), ...set(AT)],
    ...loop([...multiply, ...forward(Q, STEP), ...forward(AT, STEP)], AT, REST_END),
    // The sum of the four lanes in both places of a pair, by adding it to itself the other way round.
    ...[...get(FIRST), ...get(FIRST + 1), ...ADD_PAIRS, ...set(FIRST)],
    ...[...get(FIRST), ...get(FIRST), ...get(FIRST), ...simd(13), 8, 9, 10, 11, 12, 13, 14, 15, 0, 1, 2, 3, 4, 5, 6, 7],
    ...[...ADD_PAIRS, ...set(ALONG)],
    ...[...get(INSIDE), ...get(INSIDE), ...loadNumber(0), ...get(ALONG), ...partOfPair(0), 0xa0, ...storeNumber(0)],
    ...[...get(REST), ...set(AT)],
    ...loop([...subtract, ...forward(FROM, STEP), ...forward(AT, STEP)], AT, REST_END),
  ];
  return {
    name: "project",
    parameters: [I32, I32, I32, I32, I32],
    locals: [
      [2, I32],
      [3, V128],
    ],
    code: loop([...one, ...forward(INSIDE, 8)], Q, END),
  };
}

function substitute(): ModuleFunction {
  const [COLUMN, Y, LAST, INVERSE, BYTES, AT, FROM, VALUE] = [0, 1, 2, 3, 4, 5, 6, 7] as const;
  const subtract = [
    ...[...get(AT), ...get(AT), ...loadPair(0), ...get(VALUE), ...get(FROM), ...loadPair(0)],
    ...[...MULTIPLY_PAIRS, ...SUBTRACT_PAIRS, ...storePair(0)],
  ];
  const body = [
    ...[...get(LAST), ...get(LAST), ...loadNumber(0), ...get(INVERSE), ...loadNumber(0), ...MULTIPLY, ...storeNumber(0)],
    ...[...get(LAST), ...loadTwice(0), ...set(VALUE), ...get(Y), ...set(AT), ...get(COLUMN), ...set(FROM)],
    ...loop([...subtract, ...forward(AT, 16), ...forward(FROM, 16)], AT, LAST),
    ...[...forward(LAST, -8), ...forward(INVERSE, -8), ...get(COLUMN), ...get(BYTES), ...SUBTRACT_ADDRESSES, ...set(COLUMN)],
  ];
  return {
    name: "substitute",
    parameters: [I32, I32, I32, I32, I32],
    locals: [
      [2, I32],
      [1, V128],
    ],
    // Repeats while the last element is not below the first.
    code: [0x03, 0x40, ...body, ...get(LAST), ...get(Y), 0x4f, 0x0d, 0, 0x0b],
  };
}

function rotate(): ModuleFunction {
  const [FIRST, END, SECOND, C, S, COSINE, SINE, A, B] = [0, 1, 2, 3, 4, 5, 6, 7, 8] as const;
  const turn = [
    ...[...get(FIRST), ...loadPair(0), ...set(A), ...get(SECOND), ...loadPair(0), ...set(B)],
    ...[...get(FIRST), ...get(COSINE), ...get(A), ...MULTIPLY_PAIRS, ...get(SINE), ...get(B), ...MULTIPLY_PAIRS],
    ...[...ADD_PAIRS, ...storePair(0)],
    ...[...get(SECOND), ...get(COSINE), ...get(B), ...MULTIPLY_PAIRS, ...get(SINE), ...get(A), ...MULTIPLY_PAIRS],
    ...[...SUBTRACT_PAIRS, ...storePair(0)],
  ];
  return {
    name: "rotate",
    parameters: [I32, I32, I32, F64, F64],
    locals: [[4, V128]],
    code: [
      ...[...get(C), ...SPLAT, ...set(COSINE), ...get(S), ...SPLAT, ...set(SINE)],
      ...loop([...turn, ...forward(FIRST, 16), ...forward(SECOND, 16)], FIRST, END),
    ],
  };
}
