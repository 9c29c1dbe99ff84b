import {
  ADD_PAIRS,
  both,
  DIVIDE_PAIRS,
  F64,
  forward,
  gatherPair,
  get,
  I32,
  integer,
  loadPair,
  loadTwice,
  loop,
  type ModuleFunction,
  MULTIPLY_PAIRS,
  moduleOfFunctions,
  SUBTRACT_PAIRS,
  set,
  simd,
  storePair,
  V128,
} from "../wasm-assembler.ts";
import { EXP_PER_STEP, EXP_STEP_HIGH, EXP_STEP_LOW, EXP_STEPS } from "./negative-exp.ts";

/** Variables that share a panel of packed rows: eight registers of sums keep the adders busy while each waits for its last result. */
export const PANEL = 16;
const SUMS_PER_PANEL = PANEL / 2;

/** Multiples of this many variables are swept over here; the caller does the rest. */
export const SWEEP = 4;

/** Least curvature of a pair. */
export const TAU = 1e-12;

/** Above this the exponential is taken as zero: its exponent has no place in a normal number. */
const LARGEST_EXPONENT = 708;

/** What the module exports; addresses in bytes, pairs start at multiples of 16. */
export interface SmoFunctions {
  /** Inner products of the row at `x`, in a panel too, with all rows of the panels from `panels` up to `end`, `bytes` each. */
  readonly dots: (panels: number, end: number, x: number, out: number, bytes: number) => void;
  /** Turns inner products from `out` up to `end` into $e^{-\gamma\lVert x - z\rVert^2}$; `norms` are of the z, `fractions` the table of powers. */
  readonly rbf: (out: number, end: number, norms: number, fractions: number, ofX: number, gamma: number) => void;
  /** `gradient += d (a - b)`, and the least of gradient + penalty with its place, for each of four interleaved parts, to `result`. */
  readonly step: (gradient: number, end: number, a: number, b: number, penalty: number, result: number, d: number) => void;
  /** The largest of gradient - penalty, the largest gain of a partner and its place, for each of four interleaved parts, to `result`. */
  readonly partner: (
    gradient: number,
    end: number,
    column: number,
    diagonal: number,
    penalty: number,
    result: number,
    most: number,
    own: number,
  ) => void;
}

/** The module behind {@link SmoFunctions}. */
export function smoModule(): Uint8Array {
  return moduleOfFunctions([dots(), rbf(), step(), partner()]);
}

const SPLAT = simd(20);
const AND = simd(78);
const BITSELECT = simd(82);
const LESS = simd(73);
const GREATER = simd(74);
const AT_MOST = simd(75);
// a < b ? b : a, and b < a ? b : a: unlike max and min they pass over a b that is no number.
const PSEUDO_MIN = simd(246);
const PSEUDO_MAX = simd(247);

/** Pairs that a loop reads from locals, `from` the first: constants inside a loop are built anew in every round. */
function constants<K extends string>(from: number, values: Readonly<Record<K, number>>) {
  const entries = Object.entries<number>(values);
  const place = Object.fromEntries(entries.map(([name], k) => [name, get(from + k)])) as Readonly<Record<K, number[]>>;
  return { place, count: entries.length, code: entries.flatMap(([, value], k) => [...both(value), ...set(from + k)]) };
}

function dots(): ModuleFunction {
  const [PANELS, END, X, OUT, BYTES, AT, STOP, SUMS, ONE] = [0, 1, 2, 3, 4, 5, 6, 7, 7 + SUMS_PER_PANEL] as const;
  const sums = Array.from({ length: SUMS_PER_PANEL }, (_, r) => r);
  const begin = [
    ...sums.flatMap((r) => [...both(0), ...set(SUMS + r)]),
    ...[...get(X), ...set(AT), ...get(PANELS), ...get(BYTES), 0x6a, ...set(STOP)],
  ];
  const multiply = sums.flatMap((r) => [
    ...[...get(SUMS + r), ...get(ONE), ...get(PANELS), ...loadPair(16 * r)],
    ...[...MULTIPLY_PAIRS, ...ADD_PAIRS, ...set(SUMS + r)],
  ]);
  const column = [...get(AT), ...loadTwice(0), ...set(ONE), ...multiply, ...forward(PANELS, 8 * PANEL), ...forward(AT, 8 * PANEL)];
  const end = sums.flatMap((r) => [...get(OUT), ...get(SUMS + r), ...storePair(16 * r)]);
  return {
    name: "dots",
    parameters: [I32, I32, I32, I32, I32],
    locals: [
      [2, I32],
      [SUMS_PER_PANEL + 1, V128],
    ],
    code: loop([...begin, ...loop(column, PANELS, STOP), ...end, ...forward(OUT, 8 * PANEL)], PANELS, END),
  };
}

/** As `negativeExp`, operation by operation, so that the bits are the same. */
function rbf(): ModuleFunction {
  const [OUT, END, NORMS, FRACTIONS, OF_X, GAMMA, X, G, V, M, R, MF] = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11] as const;
  const { place, count, code } = constants(12, {
    zero: 0,
    half: 0.5,
    one: 1,
    two: 2,
    perStep: EXP_PER_STEP,
    high: EXP_STEP_HIGH,
    low: EXP_STEP_LOW,
    third: 1 / 6,
    fourth: 1 / 24,
    fifth: 1 / 120,
    largest: LARGEST_EXPONENT,
  });
  const distance = [
    ...[...get(X), ...get(NORMS), ...loadPair(0), ...ADD_PAIRS],
    ...[...place.two, ...get(OUT), ...loadPair(0), ...MULTIPLY_PAIRS, ...SUBTRACT_PAIRS],
  ];
  const value = [...place.zero, ...get(G), ...distance, ...MULTIPLY_PAIRS, ...PSEUDO_MAX, ...set(V)];
  const truncate = [...place.half, ...get(V), ...place.perStep, ...MULTIPLY_PAIRS, ...ADD_PAIRS, ...simd(252), ...set(M)];
  const rest = [
    ...[...get(M), ...simd(254), ...set(MF)],
    ...[...get(MF), ...place.high, ...MULTIPLY_PAIRS, ...get(V), ...SUBTRACT_PAIRS],
    ...[...get(MF), ...place.low, ...MULTIPLY_PAIRS, ...ADD_PAIRS, ...set(R)],
  ];
  const terms = [place.fourth, place.third, place.half, place.one, place.one];
  const series = [...place.fifth, ...terms.flatMap((term) => [...get(R), ...MULTIPLY_PAIRS, ...term, ...ADD_PAIRS])];
  const fractionAt = (lane: number): number[] => [
    ...[...get(FRACTIONS), ...get(M), ...simd(27), lane, ...integer(EXP_STEPS - 1), 0x71],
    ...[...integer(3), 0x74, 0x6a],
  ];
  const fractions = [...fractionAt(1), ...fractionAt(0), ...gatherPair];
  // 2^-(m >> 6) by its exponent bits: (1023 - (m >> 6)) << 52
  const power = [
    ...[...integer(1023), ...simd(17), ...get(M), ...integer(Math.log2(EXP_STEPS)), ...simd(172), ...simd(177)],
    ...[...simd(201), ...integer(52), ...simd(203)],
  ];
  const product = [...series, ...fractions, ...MULTIPLY_PAIRS, ...power, ...MULTIPLY_PAIRS];
  const kept = [...get(V), ...place.largest, ...AT_MOST, ...AND];
  const body = [...value, ...truncate, ...rest, ...get(OUT), ...product, ...kept, ...storePair(0)];
  return {
    name: "rbf",
    parameters: [I32, I32, I32, I32, F64, F64],
    locals: [[6 + count, V128]],
    code: [
      ...code,
      ...[...get(OF_X), ...SPLAT, ...set(X), ...get(GAMMA), ...SPLAT, ...set(G)],
      ...loop([...body, ...forward(OUT, 16), ...forward(NORMS, 16)], OUT, END),
    ],
  };
}

const HALVES = [0, 1] as const;
const PLACES = [
  [0, 1],
  [2, 3],
] as const;

/** Places of the first two pairs, as numbers. */
const startPlaces = (local: number): number[] => {
  const of = (pair: readonly [number, number]): number[] => [...simd(12), ...new Uint8Array(Float64Array.from(pair).buffer)];
  return HALVES.flatMap((h) => [...of(PLACES[h]), ...set(local + h)]);
};
/** Stores two pairs. */
const storeHalves = (address: number, local: number, at: number): number[] =>
  HALVES.flatMap((h) => [...get(address), ...get(local + h), ...storePair(at + 16 * h)]);

function step(): ModuleFunction {
  const [F, END, A, B, PENALTY, RESULT, STEP, D, G, LEAST, WHERE, PLACE] = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 11, 13] as const;
  const { place, count, code } = constants(15, { stride: SWEEP });
  const half = (h: number): number[] => [
    ...[...get(F), ...get(F), ...loadPair(16 * h), ...get(D)],
    ...[...get(A), ...loadPair(16 * h), ...get(B), ...loadPair(16 * h), ...SUBTRACT_PAIRS, ...MULTIPLY_PAIRS, ...ADD_PAIRS],
    ...[0x22, G, ...storePair(16 * h)],
    ...[...get(G), ...get(PENALTY), ...loadPair(16 * h), ...ADD_PAIRS, ...set(G)],
    ...[...get(PLACE + h), ...get(WHERE + h), ...get(G), ...get(LEAST + h), ...LESS, ...BITSELECT, ...set(WHERE + h)],
    ...[
      ...get(LEAST + h),
      ...get(G),
      ...PSEUDO_MIN,
      ...set(LEAST + h),
      ...get(PLACE + h),
      ...place.stride,
      ...ADD_PAIRS,
      ...set(PLACE + h),
    ],
  ];
  const on = [F, A, B, PENALTY].flatMap((local) => forward(local, 8 * SWEEP));
  return {
    name: "step",
    parameters: [I32, I32, I32, I32, I32, I32, F64],
    locals: [[8 + count, V128]],
    code: [
      ...code,
      ...[...get(STEP), ...SPLAT, ...set(D), ...startPlaces(PLACE)],
      ...HALVES.flatMap((h) => [...both(Number.POSITIVE_INFINITY), ...set(LEAST + h), ...both(-1), ...set(WHERE + h)]),
      ...loop([...HALVES.flatMap(half), ...on], F, END),
      ...[...storeHalves(RESULT, LEAST, 0), ...storeHalves(RESULT, WHERE, 32)],
    ],
  };
}

function partner(): ModuleFunction {
  const [F, END, COLUMN, DIAGONAL, PENALTY, RESULT, STEEPEST, OWN] = [0, 1, 2, 3, 4, 5, 6, 7] as const;
  const [MOST, II, G, C, WORST, GAIN, WHERE, PLACE] = [8, 9, 10, 11, 12, 14, 16, 18] as const;
  const { place, count, code } = constants(20, { stride: SWEEP, zero: 0, two: 2, least: TAU });
  const half = (h: number): number[] => [
    ...[...get(F), ...loadPair(16 * h), ...get(PENALTY), ...loadPair(16 * h), ...SUBTRACT_PAIRS, ...set(G)],
    ...[...get(WORST + h), ...get(G), ...PSEUDO_MAX, ...set(WORST + h)],
    ...[...place.zero, ...get(MOST), ...get(G), ...ADD_PAIRS, ...PSEUDO_MAX, ...set(G)],
    ...[...get(II), ...get(DIAGONAL), ...loadPair(16 * h), ...ADD_PAIRS],
    ...[...place.two, ...get(COLUMN), ...loadPair(16 * h), ...MULTIPLY_PAIRS, ...SUBTRACT_PAIRS, ...set(C)],
    ...[...get(G), ...get(G), ...MULTIPLY_PAIRS],
    ...[...get(C), ...place.least, ...get(C), ...place.zero, ...GREATER, ...BITSELECT, ...DIVIDE_PAIRS, ...set(G)],
    ...[...get(PLACE + h), ...get(WHERE + h), ...get(G), ...get(GAIN + h), ...GREATER, ...BITSELECT, ...set(WHERE + h)],
    ...[...get(GAIN + h), ...get(G), ...PSEUDO_MAX, ...set(GAIN + h), ...get(PLACE + h), ...place.stride, ...ADD_PAIRS, ...set(PLACE + h)],
  ];
  const on = [F, COLUMN, DIAGONAL, PENALTY].flatMap((local) => forward(local, 8 * SWEEP));
  return {
    name: "partner",
    parameters: [I32, I32, I32, I32, I32, I32, F64, F64],
    locals: [[12 + count, V128]],
    code: [
      ...code,
      ...[...get(STEEPEST), ...SPLAT, ...set(MOST), ...get(OWN), ...SPLAT, ...set(II), ...startPlaces(PLACE)],
      ...HALVES.flatMap((h) => [
        ...[...both(Number.NEGATIVE_INFINITY), ...set(WORST + h), ...both(0), ...set(GAIN + h)],
        ...[...both(-1), ...set(WHERE + h)],
      ]),
      ...loop([...HALVES.flatMap(half), ...on], F, END),
      ...[...storeHalves(RESULT, WORST, 0), ...storeHalves(RESULT, GAIN, 32), ...storeHalves(RESULT, WHERE, 64)],
    ],
  };
}
